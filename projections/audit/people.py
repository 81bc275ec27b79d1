"""The fold of the facts about members, on rows; the domain's fold is the measure of it."""

from __future__ import annotations

from typing import Any

from msgspec import UNSET

from domain import events as e
from domain.evolve import patched
from projections.audit.state import Batch, Organization, linked, replace, replace_all
from projections.audit.tables import MEMBERS, MEMBERSHIPS, When

_COLUMN = {name: index for index, name in enumerate(MEMBERS.values)}
_MANAGER, _STATE, _DETAILS = _COLUMN["manager"], _COLUMN["state"], _COLUMN["details"]

_PATCHES: dict[type[e.Fact], tuple[str, ...]] = {
    e.MemberRenamed: ("name",),
    e.MemberContactChanged: ("email", "mobile"),
    e.MemberProfileChanged: ("job_number", "title", "avatar"),
    e.MemberManagerChanged: ("manager",),
    e.MemberDeactivated: (),
    e.MemberReactivated: (),
    e.MemberResigned: (),
    e.MemberRehired: (),
}
"""The fields of each fact that replace a value where they are set."""

_STATES: dict[type[e.Fact], str] = {
    e.MemberDeactivated: "deactivated",
    e.MemberReactivated: "active",
    e.MemberResigned: "resigned",
    e.MemberRehired: "active",
}


def fold_member(o: Organization, batch: Batch, fact: Any, when: When) -> None:
    """Fold a fact about a member. Raises KeyError for one that was never created."""
    cls = type(fact)
    if cls is e.MemberTransferred:
        _move(o, batch, fact.uid, (fact.departments, fact.main_department), when)
        return
    if cls is e.MemberCreated:
        _create(o, batch, fact, when)
        return
    old = o.people[fact.uid]
    row = list(old)
    for name in _PATCHES[cls]:
        value = getattr(fact, name)
        if value is not UNSET:
            row[_COLUMN[name]] = value
    if cls is e.MemberProfileChanged and fact.details is not UNSET:
        row[_DETAILS] = patched(row[_DETAILS], fact.details)
    row[_STATE] = _STATES.get(cls, row[_STATE])
    if cls is e.MemberResigned:
        row[_MANAGER] = None
        _move(o, batch, fact.uid, ((), None), when)
    elif cls is e.MemberRehired:
        _move(o, batch, fact.uid, (fact.departments, fact.main_department), when)
    new = tuple(row)
    if new != old:
        o.people[fact.uid] = new
        replace(batch[MEMBERS.name], (o.directory.org, fact.uid), old, new, when)


def _create(o: Organization, batch: Batch, fact: e.MemberCreated, when: When) -> None:
    uid, origin = fact.uid, fact.origin
    if origin is not None:
        links = o.directory.linked(origin.system, "member")
        held_by = links.uids.get(origin.id)
        links.link(origin.id, uid, {})
        linked(o, batch, (origin.system, "member", origin.id), held_by, uid, when)
    new = (
        o.own_ids("member").get(uid),
        fact.name,
        fact.email,
        fact.mobile,
        fact.job_number,
        fact.title,
        fact.avatar,
        None,
        "active" if fact.active else "deactivated",
        fact.details,
    )
    replace(batch[MEMBERS.name], (o.directory.org, uid), o.people.get(uid), new, when)
    o.people[uid] = new
    _move(o, batch, uid, (fact.departments, fact.main_department), when)


def _move(
    o: Organization,
    batch: Batch,
    uid: str,
    new: tuple[tuple[str, ...], str | None],
    when: When,
) -> None:
    old = o.belongs.get(uid)
    if old is None and uid not in o.people:
        raise KeyError(uid)
    if old != new:
        o.belongs[uid] = new
        org, changes = o.directory.org, batch[MEMBERSHIPS.name]
        if old is None:
            departments, main = new
            for department in dict.fromkeys(departments):
                changes.begin((org, uid, department), (department == main,), when)
        else:
            replace_all(changes, (org, uid), _places(old), _places(new), when)


def _places(belongs: tuple[tuple[str, ...], str | None]) -> dict[str, tuple[Any, ...]]:
    departments, main = belongs
    return {uid: (uid == main,) for uid in departments}
