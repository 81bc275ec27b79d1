"""The fold of the facts about departments, roles and role groups.

The fold itself is the domain's; here an entity is compared before and after each fact.
Only a value that really changed ends an interval.
"""

from __future__ import annotations

from collections.abc import Callable
from operator import attrgetter
from typing import Any, NamedTuple

from domain.directory import Directory
from domain.events import Fact
from domain.evolve import evolve
from projections.audit.state import Batch, Organization, Row, linked, replace, replace_all
from projections.audit.tables import DEPARTMENTS, GRANTS, LEADERS, ROLE_GROUPS, ROLES, When


class Kind(NamedTuple):
    """Where the directory keeps the entities, their table, and its values after the id."""

    store: Callable[[Directory], dict[str, Any]]
    table: str
    values: Callable[[Any], Row]


ENTITIES = {
    "department": Kind(
        attrgetter("departments"),
        DEPARTMENTS.name,
        attrgetter("name", "parent", "order", "state", "merged_into", "details"),
    ),
    "role_group": Kind(attrgetter("role_groups"), ROLE_GROUPS.name, attrgetter("name", "state")),
    "role": Kind(attrgetter("roles"), ROLES.name, attrgetter("name", "group", "state", "details")),
}


def row(o: Organization, kind: str, uid: str) -> Row | None:
    """The values that the entity's open interval has, None if there is no such entity."""
    if kind == "member":
        return o.people.get(uid)
    entity = ENTITIES[kind].store(o.directory).get(uid)
    return None if entity is None else (o.own_ids(kind).get(uid), *ENTITIES[kind].values(entity))


def fold_role_group(o: Organization, batch: Batch, fact: Fact, when: When) -> None:
    """Fold a fact about a role group. Raises KeyError for one that was never created."""
    _fold(o, batch, fact, when)


def fold_department(o: Organization, batch: Batch, fact: Fact, when: When) -> None:
    """Fold a fact about a department. Raises KeyError for one that was never created."""
    before = o.directory.departments.get(fact.uid)
    _fold(o, batch, fact, when)
    after = o.directory.departments[fact.uid]
    old = () if before is None else before.leaders
    if old != after.leaders:
        leaders_changed(o, batch, after.uid, old, after.leaders, when)


def leaders_changed(
    o: Organization,
    batch: Batch,
    department: str | None,
    old: tuple[str, ...],
    new: tuple[str, ...],
    when: When,
) -> None:
    """Of ``department``, or of the organization itself for None."""
    owner = (o.directory.org, department)
    replace_all(batch[LEADERS.name], owner, _places(old), _places(new), when)


def fold_role(o: Organization, batch: Batch, fact: Fact, when: When) -> None:
    """Fold a fact about a role or a grant of it. Raises KeyError for one never created."""
    d, grants = o.directory, batch[GRANTS.name]
    old = d.grants.get(fact.uid, set())
    member = getattr(fact, "member", None)
    if member is not None:
        held = member in old
        evolve(d, fact)
        holds = member in d.grants[fact.uid]
        replace(
            grants,
            (d.org, fact.uid, member),
            () if held else None,
            () if holds else None,
            when,
        )
        return
    _fold(o, batch, fact, when)
    if d.grants[fact.uid] is not old:
        for uid in old:
            grants.end((d.org, fact.uid, uid), when)


def _fold(o: Organization, batch: Batch, fact: Fact, when: When) -> None:
    kind, uid, d = fact.KIND, fact.uid, o.directory
    old = row(o, kind, uid)
    origin = getattr(fact, "origin", None)
    if origin is None:
        evolve(d, fact)
    else:
        uids = d.linked(origin.system, kind).uids
        held_by = uids.get(origin.id)
        evolve(d, fact)
        linked(o, batch, (origin.system, kind, origin.id), held_by, uid, when)
    replace(batch[ENTITIES[kind].table], (d.org, uid), old, row(o, kind, uid), when)


def _places(leaders: tuple[str, ...]) -> dict[str, Row]:
    return {uid: (place,) for place, uid in enumerate(dict.fromkeys(leaders), start=1)}
