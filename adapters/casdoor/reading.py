"""Reading back everything that an organization of Casdoor holds."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import msgspec

from adapters.casdoor import wire
from adapters.casdoor.client import CasdoorClient
from adapters.casdoor.mapping import Form
from domain.delivery.operation import Inventory, Present
from domain.errors import CredentialFault, SystemFault
from domain.ports import Progress

T = TypeVar("T")

READINGS = 2
"""How often a list is read when it does not come out even: pages shift while somebody writes."""

_Rows = msgspec.json.Decoder[list[T] | None]
_USERS: _Rows[wire.User] = msgspec.json.Decoder(list[wire.User] | None)
_GROUPS: _Rows[wire.Group] = msgspec.json.Decoder(list[wire.Group] | None)
_ROLES: _Rows[wire.Role] = msgspec.json.Decoder(list[wire.Role] | None)


async def read(client: CasdoorClient, form: Form, progress: Progress) -> Inventory:
    """All groups, users and roles of the organization, also those that are not ours.

    Raises SystemFault when nothing can be read.
    """
    reading = _Reading(client, progress)
    await reading.take("department", "get-groups", _GROUPS, form.group)
    await reading.take("member", "get-users", _USERS, form.user)
    await reading.take("role", "get-roles", _ROLES, form.role)
    if not reading.present:
        raise reading.failed[0]
    return Inventory(
        present=reading.present,
        complete=frozenset(reading.complete),
        gaps=tuple(reading.gaps),
    )


class _Reading:
    def __init__(self, client: CasdoorClient, progress: Progress) -> None:
        self._client, self._progress = client, progress
        self.present: dict[str, tuple[Present, ...]] = {}
        self.complete: set[str] = set()
        self.gaps: list[str] = []
        self.failed: list[SystemFault] = []

    async def take(
        self,
        kind: str,
        api: str,
        decoder: _Rows[T],
        made: Callable[[T], Present],
    ) -> None:
        """One list; what fails is a gap. Raises CredentialFault."""
        try:
            found, total = await self._listed(kind, api, decoder, made)
        except CredentialFault:
            raise
        except SystemFault as fault:
            self.failed.append(fault)
            self.gaps.append(str(fault))
            return
        self.present[kind] = tuple(found.values())
        if len(found) == total:
            self.complete.add(kind)
        else:
            self.gaps.append(f"{api}: Casdoor counts {total} and listed {len(found)}")

    async def _listed(
        self,
        kind: str,
        api: str,
        decoder: _Rows[T],
        made: Callable[[T], Present],
    ) -> tuple[dict[str, Present], int]:
        found: dict[str, Present] = {}
        total = 0
        for _ in range(READINGS):
            found = {}
            async for rows, total in self._client.pages(api, decoder):
                for row in rows:
                    present = made(row)
                    found[present.remote] = present
                self._progress(f"{kind}s", len(found), total)
            if len(found) == total:
                break
        return found, total
