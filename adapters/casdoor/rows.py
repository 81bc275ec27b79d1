"""Groups and roles are written whole: read the row, change it, write it back.

update-group and update-role write every column from the body (Casdoor source at e6b2338f,
object/group.go, role.go), so what is not ours goes back as it came.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Callable
from datetime import UTC, datetime

from adapters.casdoor.client import CasdoorClient
from adapters.casdoor.wire import Row
from domain.delivery.operation import Acknowledged, Change
from domain.errors import AbsentFault, ExistsFault

_ONLY_SHOWN = frozenset({"users", "children", "parentName", "haveChildren"})
"""What an answer about a group has beside its columns; a big group has many users."""


class Rows:
    """Writes one ``kind`` of row, ``group`` or ``role``."""

    def __init__(self, client: CasdoorClient, kind: str) -> None:
        self._client, self.kind = client, kind
        self._turns: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def create(self, name: str, columns: Row, change: Change) -> Acknowledged:
        """A new row; with ``again`` one that an earlier try has made is acknowledged.

        A name is all the key that there is. So what is there counts as made by us only if it
        says exactly what we would write. Raises ExistsFault, or another SystemFault.
        """
        if change.again:
            found = await self._client.row(self.kind, name)
            if found is not None and not _says(found, columns):
                raise ExistsFault(
                    f"{self._client.name} add-{self.kind} was not sent",
                    why="something of this name is there already, and says something else",
                    fix="The next run reads Casdoor and looks whether it is ours.",
                    code="duplicate",
                )
            if found is not None:
                return Acknowledged(remote=name)
        body = {
            "owner": self._client.organization,
            "name": name,
            "createdTime": now(),
            "isEnabled": True,
            **columns,
        }
        await self._client.add(f"add-{self.kind}", body)
        return Acknowledged(remote=name)

    async def edit(self, name: str, edit: Callable[[Row], Row]) -> None:
        """Write what ``edit`` makes of the row; nothing if that is the same.

        Edits of one row wait for each other. Raises AbsentFault, or another SystemFault.
        """
        async with self._turns[name]:
            before = await self._client.row(self.kind, name)
            if before is None:
                raise self._absent(f"get-{self.kind}")
            if self.kind == "group":
                before = {n: value for n, value in before.items() if n not in _ONLY_SHOWN}
            after = edit(before)
            if after == before:
                return
            api = f"update-{self.kind}"
            written = await self._client.act(api, after, {"id": self._client.id(name)})
            if not written and await self._client.row(self.kind, name) is None:
                raise self._absent(api)

    async def delete(self, name: str) -> None:
        """Delete the row; one that is gone is fine."""
        await self._client.act(
            f"delete-{self.kind}", {"owner": self._client.organization, "name": name}
        )

    def _absent(self, api: str) -> AbsentFault:
        return AbsentFault(
            f"{self._client.name} {api} found nothing",
            why=f"there is no such {self.kind} (any more)",
            code=self.kind,
        )


def now() -> str:
    """The time as Casdoor writes it."""
    return datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def _says(found: Row, columns: Row) -> bool:
    return all((found.get(name) or None) == (value or None) for name, value in columns.items())
