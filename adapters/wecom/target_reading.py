"""Reading back what WeCom holds: all people and tags, and the departments below our root.

With ``contact_secret`` alone that is ids: who is where, and nothing of what they are called.
"""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import UNSET

from adapters.wecom import mapping, target_mapping
from adapters.wecom.client import WeComClient
from adapters.wecom.errors import NO_DETAILS
from adapters.wecom.mapping import ROOT
from adapters.wecom.reading import NAMES, Reading
from adapters.wecom.settings import WeComSettings
from domain.delivery.operation import Inventory, Present
from domain.errors import CredentialFault, SystemFault
from domain.ports import Progress


async def read(
    client: WeComClient,
    settings: WeComSettings,
    progress: Progress,
    ours: Iterable[str] = (),
    *,
    keyed: bool,
) -> Inventory:
    """Everything that is there. ``keyed``: userids are our own ids.

    ``ours`` are the userids that we know. They keep their spelling, whatever case WeCom shows.

    Raises CredentialFault, or the fault for which not even ids can be read.
    """
    reading = Reading(client, settings, progress)
    closed = False
    try:
        await reading.run()
    except CredentialFault:
        raise
    except SystemFault as fault:
        if not reading.exact:
            raise
        closed = fault.code == NO_DETAILS and "app" not in client.callers
    gaps = reading.gaps.told()
    if closed:  # as it is configured; check says so, and it is no failure of this reading
        gaps = tuple(gap for gap in gaps if gap.what != NAMES)
    found = _Inventory(reading, settings.root_department, ours, keyed=keyed)
    return found.whole(tuple(map(str, gaps)))


class _Inventory:
    """What a reading found, below ``root``."""

    def __init__(self, reading: Reading, root: int, ours: Iterable[str], *, keyed: bool) -> None:
        self._reading, self._root, self._keyed = reading, root, keyed
        self._ours = {userid.casefold(): userid for userid in ours}
        self._parents = {one.id: one.parentid for one in reading.departments.values()}
        if reading.places is not None:
            self._parents = {one.id: one.parentid for one in reading.places.values()}

    def whole(self, gaps: tuple[str, ...]) -> Inventory:
        """All of it; ids of the contact-sync secret are the proof of what is there."""
        reading = self._reading
        sure = {
            "department": reading.places is not None,
            "member": reading.memberships is not None,
            "role": "roles" not in reading.incomplete,
        }
        return Inventory(
            present={
                "department": tuple(map(self._department, filter(self._below, self._parents))),
                "member": tuple(self._members()),
                "role": tuple(self._tags()),
            },
            complete=frozenset(kind for kind, known in sure.items() if known),
            gaps=gaps,
        )

    def _below(self, dept_id: int) -> bool:
        """Whether a department lies below our root, which is not one of ours."""
        passed: set[int] = set()
        while dept_id not in passed and dept_id != self._root:
            passed.add(dept_id)
            dept_id = self._parents.get(dept_id, 0)
        return bool(passed) and dept_id == self._root

    def _spelled(self, userid: str) -> str:
        return self._ours.get(userid.casefold()) or self._reading.spelled(userid)

    def _department(self, dept_id: int) -> Present:
        reading, parent = self._reading, self._parents[dept_id]
        found, place = reading.departments.get(dept_id), (reading.places or {}).get(dept_id)
        keys = reading.listed.get(dept_id)
        users = None if keys is None else [u for k in keys if (u := reading.members.get(k))]
        known = place or found
        return target_mapping.department(
            dept_id,
            None if parent == self._root else parent,
            found if found is not None and found.name else None,
            None if known is None else known.order,
            UNSET if found is None else mapping.leaders(found, users, self._spelled),
        )

    def _members(self) -> list[Present]:
        reading = self._reading
        listed, left = reading.memberships or {}, {userid.casefold() for userid in reading.left}
        found = []
        for key in dict.fromkeys([*listed, *reading.members]):
            user = reading.members.get(key)
            places = listed.get(key, (user.department if user else None) or [])
            ours = [one for one in dict.fromkeys(places) if one not in (ROOT, self._root)]
            userid = self._spelled(key)
            own_id = userid if self._keyed else None
            if user is not None:
                present = target_mapping.member(
                    user, reading.fields, ours, self._spelled, whole=reading.whole, key=own_id
                )
            elif key in left:
                continue
            else:
                present = target_mapping.unseen(userid, ours, own_id)
            found.append(present)
        return found

    def _tags(self) -> list[Present]:
        reading = self._reading
        found = []
        for tag in reading.tags.values():
            held = reading.holders.get(tag.tagid)
            people = None if held is None else [self._spelled(u.userid) for u in held.userlist]
            found.append(target_mapping.tag(tag, people))
        return found
