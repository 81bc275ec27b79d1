"""What the app sees, and what the contact-sync secret's lists of ids say beyond it.

Each list is asked for once in a look, and only if somebody's place depends on it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from functools import partial
from typing import Generic, TypeVar

from adapters.wecom import errors, listing, mapping, wire
from adapters.wecom.client import WeComClient
from adapters.wecom.errors import Caller
from adapters.wecom.listing import Memberships
from adapters.wecom.mapping import ROOT
from domain.around import above
from domain.errors import SystemFault, TerminalFault
from domain.ports import Known

T = TypeVar("T")


class Sight:
    """``detail`` is who reads names and details; ``listed`` whether all ids can be listed.

    ``root`` is the organization itself; None where ``detail`` does not see it, nor everybody.
    """

    def __init__(self, client: WeComClient, known: Known) -> None:
        self._client, self._known = client, known
        self.listed = "contact" in client.callers
        self.detail: Caller = "app" if "app" in client.callers else "contact"
        self.root: wire.Department | None = None
        lister: Caller = "contact" if self.listed else self.detail
        self._memberships: Once[Memberships] = Once(partial(listing.memberships, client))
        self._places = Once(partial(listing.places, client, lister))

    async def find_root(self) -> None:
        """Look whether the organization itself is in sight. Raises SystemFault."""
        try:
            self.root = await self._client.department(self.detail, ROOT)
        except TerminalFault as fault:
            if not errors.is_out_of_range(fault):
                raise

    async def lists_person(self, userid: str) -> bool:
        """Whether all ids have this one. Raises SystemFault."""
        return userid.casefold() in (await self._memberships.get()).departments

    async def place(self, dept_id: int) -> wire.Place | None:
        """A department as it is listed; None for one that is not. Raises SystemFault."""
        return (await self._places.get()).get(dept_id)

    async def has(self, department: str) -> bool:
        """Whether the ledger has a department in or below what is listed. Raises SystemFault."""
        places = await self._places.get()
        return any(int(one) in places for one in above(self._known, department))

    async def spots_of(self, user: wire.User) -> list[int]:
        """Everywhere that somebody is, also where ``detail`` does not see it. Raises SystemFault.

        Where nothing lists that, the ledger's departments that are out of sight are kept.
        """
        shown = [*(user.department or ())]
        if self.root is not None:
            return shown
        if self.listed:
            found = (await self._memberships.get()).departments
            return [*shown, *found.get(user.userid.casefold(), ())]
        member = self._known.member(user.userid)
        if member is None:
            return shown
        places = await self._places.get()
        return [*shown, *(d for d in map(int, member.departments) if d not in places)]

    async def in_or_below(self, departments: Iterable[int]) -> list[str]:
        """The people in these departments and all below them. Raises SystemFault."""
        if not self.listed:
            raise TerminalFault(
                "The people of a department that has a tag were not looked for",
                why="without contact_secret only a whole reading shows them",
                code="not_listed",
            )
        places, found = await self._places.get(), await self._memberships.get()
        parents = {one.id: one.parentid for one in places.values()}
        inside = mapping.branches(parents, departments)
        rows = found.departments.items()
        return [found.spelled[key] for key, spots in rows if not inside.isdisjoint(spots)]


class Once(Generic[T]):
    """What is asked for once, by the first who needs it; its fault is everybody's."""

    def __init__(self, ask: Callable[[], Awaitable[T]]) -> None:
        self._ask, self._lock = ask, asyncio.Lock()
        self._found: T | None = None
        self._fault: SystemFault | None = None

    async def get(self) -> T:
        """The answer. Raises SystemFault."""
        async with self._lock:
            if self._fault is not None:
                raise self._fault
            if self._found is None:
                try:
                    self._found = await self._ask()
                except SystemFault as fault:
                    self._fault = fault
                    raise
            return self._found
