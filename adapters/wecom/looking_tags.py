"""The tags that hints name, with all that are listed beside them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial

from msgspec import UNSET, UnsetType

from adapters.http import Attempts, Lane
from adapters.wecom import mapping, wire
from adapters.wecom.client import WeComClient
from adapters.wecom.errors import Caller
from adapters.wecom.mapping import Spelling
from adapters.wecom.reading import WORKERS
from adapters.wecom.sight import Sight
from domain.errors import PermissionFault
from domain.ports import Known
from domain.records import RoleRecord

STRANGERS = 50
"""So many unknown people with a tag are looked up; more are out of sight, not newcomers."""


class Tags:
    """One listing shows all; the holders of those that are named are read.

    ``person`` has somebody looked at, whose absence or presence a tag tells.
    """

    def __init__(
        self,
        client: WeComClient,
        sight: Sight,
        known: Known,
        attempts: Attempts,
        person: Callable[[str], None],
    ) -> None:
        self._client, self._sight, self._known = client, sight, known
        self._attempts, self._person = attempts, person
        self._caller: Caller = "contact" if sight.listed else "app"
        self._asked: set[int] = set()
        self._tags: dict[int, wire.Tag] | None = None
        self._holders: dict[int, tuple[str, ...]] = {}

    def begin(self, group: asyncio.TaskGroup) -> None:
        """Work in ``group`` from now on."""
        self._lists = Lane(group, self._list, size=1)
        self._held = Lane(group, self._hold, size=WORKERS)

    def ask(self, tag_id: int) -> None:
        """Read this tag; to be said before the work begins."""
        if not self._asked:
            self._lists.put("")
        self._asked.add(tag_id)

    @property
    def complete(self) -> bool:
        """Whether all tags were listed; the app may see fewer than the other secret."""
        return self._tags is not None and not (self._sight.listed and self._caller == "app")

    def records(self, spelled: Spelling) -> tuple[RoleRecord, ...]:
        """All that are listed, with the holders of those that were asked for."""
        tags = (self._tags or {}).values()
        return tuple(mapping.role(tag, self._held_by(tag, spelled)) for tag in tags)

    def _held_by(self, tag: wire.Tag, spelled: Spelling) -> tuple[str, ...] | UnsetType:
        held = self._holders.get(tag.tagid)
        return UNSET if held is None else tuple(dict.fromkeys(map(spelled, held)))

    async def _list(self, _: str) -> None:
        await self._attempts.make("tag/list", "roles", "", self._list_all, "roles")

    async def _list_all(self) -> None:
        try:
            found = await self._client.tags(self._caller)
        except PermissionFault:
            if self._caller == self._sight.detail:
                raise
            self._caller = self._sight.detail
            found = await self._client.tags(self._caller)
        self._tags = {tag.tagid: tag for tag in found}
        for tag_id in self._asked & self._tags.keys():
            self._held.put(tag_id)

    async def _hold(self, tag_id: int) -> None:
        ask = partial(self._hold_one, tag_id)
        await self._attempts.make("tag/get", "holders of role", tag_id, ask)

    async def _hold_one(self, tag_id: int) -> None:
        held = await self._client.holders(self._caller, tag_id)
        if not self.complete and self._sight.root is None:
            return  # within the app's sight alone
        people = [one.userid for one in held.userlist]
        if held.partylist:
            people += await self._sight.in_or_below(held.partylist)
        self._holders[tag_id] = tuple(people)
        strangers = [one for one in people if self._known.member(one) is None]
        if len(strangers) <= STRANGERS:
            for userid in strangers:
                self._person(userid)
        keys = {one.casefold() for one in people}
        role = self._known.role(str(tag_id))
        for userid in role.members if role is not None else ():
            if userid.casefold() not in keys:
                self._person(userid)  # only who is in sight can have lost it
