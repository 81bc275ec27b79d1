"""The fold of the facts about members, on rows; the domain's fold is the measure of it."""

from __future__ import annotations

from typing import Any

from msgspec import UNSET

from domain import events as e
from domain.evolve import patched
from projections.audit.state import Batch, Organization, linked, replace, replace_all
from projections.audit.tables import LINKS, MEMBERS, MEMBERSHIPS, When

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
    uid, origin, org = fact.uid, fact.origin, o.directory.org
    own, held_by = False, None
    if origin is not None:
        links = o.directory.linked(origin.system, "member")
        held_by = links.uids.get(origin.id)
        own = origin.system == o.own_system()
        links.link(origin.id, uid, {})
    record_id = origin.id if own and origin else o.own_ids("member").get(uid)
    new = (
        record_id,
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
    if uid not in o.people and (own or record_id is None) and _free(org, batch, origin, held_by):
        batch.created.append((when[0], own))
        o.people[uid], o.belongs[uid] = new, (fact.departments, fact.main_department)
        return
    if origin is not None:
        linked(o, batch, (origin.system, "member", origin.id), held_by, uid, when)
    replace(batch[MEMBERS.name], (org, uid), o.people.get(uid), new, when)
    o.people[uid] = new
    _move(o, batch, uid, (fact.departments, fact.main_department), when)


def _free(org: str, batch: Batch, origin: e.Origin | None, held_by: str | None) -> bool:
    """Whether the record is nobody's, and the file knows that too."""
    record = (org, origin.system, "member", origin.id) if origin else None
    return held_by is None and record not in batch[LINKS.name].ended


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
        replace_all(
            batch[MEMBERSHIPS.name], (o.directory.org, uid), _places(old), _places(new), when
        )


def _places(belongs: tuple[tuple[str, ...], str | None] | None) -> dict[str, tuple[Any, ...]]:
    if belongs is None:
        return {}
    departments, main = belongs
    return {uid: (uid == main,) for uid in departments}
