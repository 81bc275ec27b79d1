"""Reading back everything that a user pool holds."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from typing import TypeVar

from adapters.authing import wire
from adapters.authing.client import AuthingClient
from adapters.authing.mapping import Form
from domain.delivery.operation import Inventory, Present
from domain.errors import CredentialFault, SystemFault
from domain.ports import Progress

T = TypeVar("T")

READINGS = 2
"""How often a list is read when it does not come out even: pages shift while somebody writes."""


async def read(
    client: AuthingClient, form: Form, progress: Progress, *, departments: bool
) -> Inventory:
    """All departments of our organization, all people and roles of the pool.

    Raises SystemFault when nothing can be read.
    """
    reading = _Reading(client, form, progress)
    if departments:
        await reading.departments()
    await reading.members()
    await reading.roles()
    if not reading.present:
        raise reading.failed[0]
    return Inventory(
        present=reading.present,
        complete=frozenset(reading.complete),
        gaps=tuple(reading.gaps),
    )


class _Reading:
    def __init__(self, client: AuthingClient, form: Form, progress: Progress) -> None:
        self._client, self._form, self._progress = client, form, progress
        self._places: frozenset[str] | None = None
        self.present: dict[str, tuple[Present, ...]] = {}
        self.complete: set[str] = set()
        self.gaps: list[str] = []
        self.failed: list[SystemFault] = []

    async def departments(self) -> None:
        """The tree, which comes in one answer, with or without the organization itself."""
        try:
            root = (await self._client.organization()).departmentId
            page = await self._client.all_departments()
        except CredentialFault:
            raise
        except SystemFault as fault:
            self._failed(fault)
            return
        rows = {row.departmentId: row for row in page.rows}
        made = (self._form.department(row, root) for row in rows.values())
        self.present["department"] = tuple(p for p in made if p.remote != root)
        self._progress("departments", len(rows), page.totalCount)
        if len(rows) >= page.totalCount:
            self.complete.add("department")
            self._places = frozenset(rows) - {root}
        else:
            self.gaps.append(
                f"get-all-departments: Authing counts {page.totalCount} and listed {len(rows)}"
            )

    async def members(self) -> None:
        """Everybody; who has resigned is not there any more."""

        def made(row: wire.User) -> tuple[str, Present | None]:
            here = None if row.status in wire.GONE else self._form.user(row, self._places)
            return row.userId, here

        await self._take("member", "list-users", self._client.users, made)

    async def roles(self) -> None:
        """The roles of our namespace, with everybody who has them."""
        rows: dict[str, wire.Role] = {}

        def made(row: wire.Role) -> tuple[str, None]:
            rows[row.code] = row
            return row.code, None

        def pages() -> AsyncIterator[tuple[list[wire.Role], int]]:
            return self._client.pages("list-roles", self._client.in_namespace(), wire.Role)

        await self._take("role", "list-roles", pages, made)
        if "role" not in self.present:
            return
        found = [self._form.role(row, await self._holders(row.code)) for row in rows.values()]
        self.present["role"] = tuple(found)
        if any(role.members is None for role in found):
            self.complete.discard("role")

    async def _holders(self, code: str) -> frozenset[str] | None:
        """Who has a role; None where that cannot be read. Raises CredentialFault."""
        try:
            pages = self._client.holders(code)
            return frozenset([row.userId async for rows, _ in pages for row in rows])
        except CredentialFault:
            raise
        except SystemFault as fault:
            self.gaps.append(f"{fault} (role {code})")
            return None

    async def _take(
        self,
        kind: str,
        api: str,
        pages: Callable[[], AsyncIterator[tuple[list[T], int]]],
        made: Callable[[T], tuple[str, Present | None]],
    ) -> None:
        """One list; what fails is a gap. Raises CredentialFault."""
        try:
            found, total = await self._listed(kind, pages, made)
        except CredentialFault:
            raise
        except SystemFault as fault:
            self._failed(fault)
            return
        self.present[kind] = tuple(present for present in found.values() if present is not None)
        if len(found) == total:
            self.complete.add(kind)
        else:
            self.gaps.append(f"{api}: Authing counts {total} and listed {len(found)}")

    async def _listed(
        self,
        kind: str,
        pages: Callable[[], AsyncIterator[tuple[list[T], int]]],
        made: Callable[[T], tuple[str, Present | None]],
    ) -> tuple[dict[str, Present | None], int]:
        found: dict[str, Present | None] = {}
        total = 0
        for _ in range(READINGS):
            found = {}
            async for rows, total in pages():
                found.update(made(row) for row in rows)
                self._progress(f"{kind}s", len(found), total)
            if len(found) == total:
                break
        return found, total

    def _failed(self, fault: SystemFault) -> None:
        self.failed.append(fault)
        self.gaps.append(str(fault))
