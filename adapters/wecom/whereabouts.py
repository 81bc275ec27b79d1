"""Where people are, read before it is written: WeCom takes a person's departments as one list.

``department``, ``order`` and ``is_leader_in_dept`` go together and replace what was there. The app
reads all three within its visible range (user/get); the contact-sync secret lists everybody's
departments without the other two (user/list_id).
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Any, NamedTuple

from adapters.wecom import errors, wire
from adapters.wecom.client import WeComClient
from adapters.wecom.mapping import ROOT
from domain.errors import TerminalFault


class Spot(NamedTuple):
    """One membership; ``order`` and ``leads`` are None where we may not see them."""

    department: int
    order: int | None = None
    leads: bool | None = None


class Whereabouts:
    """Reads where people are. All ids of one run are listed once, and our own moves noted."""

    def __init__(self, client: WeComClient) -> None:
        self._client = client
        self._locks: dict[str, asyncio.Lock] = {}
        self._listing = asyncio.Lock()
        self._listed: dict[str, list[int]] | None = None
        self._whole: bool | None = None
        self._departments: set[int] = {ROOT}

    def lock(self, userid: str) -> asyncio.Lock:
        """Held from reading somebody's departments to writing them."""
        return self._locks.setdefault(userid.casefold(), asyncio.Lock())

    async def shown(self, userid: str) -> wire.User | None:
        """The person as the app sees them; None where it may not. Raises SystemFault."""
        if "app" not in self._client.callers:
            return None
        try:
            return await self._client.user("app", userid)
        except TerminalFault as fault:
            if fault.code in errors.OUT_OF_RANGE or fault.code in errors.FORBIDDEN:
                return None
            raise

    async def of(self, userid: str) -> list[Spot]:
        """All memberships of somebody. Raises SystemFault."""
        user = await self.shown(userid)
        spots = [] if user is None else _spots(user)
        if user is not None and await self._sees_all():
            return spots
        seen = {spot.department for spot in spots}
        listed = (await self._ids()).get(userid.casefold(), ())
        return spots + [Spot(one) for one in listed if one not in seen]

    async def lists(self, userid: str, *, afresh: bool) -> list[int] | None:
        """The departments by the contact-sync secret; None for somebody who is not there."""
        if afresh:
            self._listed = None
        return (await self._ids()).get(userid.casefold())

    def note(self, userid: str, departments: Iterable[int]) -> None:
        """Somebody is in exactly these departments now."""
        if self._listed is not None:
            self._listed[userid.casefold()] = list(departments)

    def renamed(self, old: str, new: str) -> None:
        """Somebody has another userid now."""
        if self._listed is not None and old.casefold() in self._listed:
            self._listed[new.casefold()] = self._listed.pop(old.casefold())

    async def missing(self, departments: list[int]) -> list[int]:
        """Those of ``departments`` that are not there, read at most once where all are."""
        async with self._listing:
            if not self._departments.issuperset(departments):
                self._departments |= {one.id for one in await self._client.places("contact")}
            return [one for one in departments if one not in self._departments]

    async def _sees_all(self) -> bool:
        async with self._listing:
            if self._whole is None:
                self._whole = any(one.id == ROOT for one in await self._client.places("app"))
            return self._whole

    async def _ids(self) -> dict[str, list[int]]:
        async with self._listing:
            if self._listed is None:
                found: dict[str, list[int]] = {}
                async for rows in self._client.membership_pages():
                    for row in rows:
                        found.setdefault(row.userid.casefold(), []).append(row.department)
                self._listed = found
            return self._listed


def _spots(user: wire.User) -> list[Spot]:
    departments = user.department or []
    orders: list[Any] = _along(user.order, len(departments))
    leads: list[Any] = _along(user.is_leader_in_dept, len(departments))
    return [
        Spot(one, order, None if lead is None else bool(lead))
        for one, order, lead in zip(departments, orders, leads, strict=True)
    ]


def _along(values: list[int] | None, length: int) -> list[Any]:
    """A list beside ``department``; unknown where it is not as long."""
    return [None] * length if values is None or len(values) != length else values


def columns(spots: list[Spot]) -> dict[str, list[int]]:
    """The lists to send. What we may not see of one membership is sent of none: it stays."""
    found = {"department": [spot.department for spot in spots]}
    orders = [spot.order for spot in spots if spot.order is not None]
    leads = [int(spot.leads) for spot in spots if spot.leads is not None]
    if len(orders) == len(spots):
        found["order"] = orders
    if len(leads) == len(spots):
        found["is_leader_in_dept"] = leads
    return found
