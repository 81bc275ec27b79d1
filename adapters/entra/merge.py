"""The tree and the roles after a round of changes: what the ledger has, and what was told. Pure.

The result is what reading everything would give; only how a text is usually spelled is counted
anew when everything is read, because the ledger does not keep how each person's is.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

import msgspec
from msgspec import UNSET, UnsetType

from adapters.entra import branches, mapping, texts, trees, wire
from adapters.entra.entries import Entry, Tie
from adapters.entra.people import People
from adapters.entra.reading import GROUP, USER, Reading
from adapters.entra.settings import EntraSettings
from domain.ports import KnownDepartment, KnownRole
from domain.records import DepartmentRecord, RoleRecord

Entries = Mapping[str, Entry]
Departments = Mapping[str, KnownDepartment]

_NO_TIES: dict[str, Tie] = {}


def attribute(people: People, known: Departments, settings: EntraSettings) -> trees.Tree:
    """The texts of those that changed, and of the others the names of where they are."""
    names = [mapping.holder(level) for level in settings.attributes]
    before = {department: _path(department, known) for department in known}
    paths: dict[str, texts.Path] = {}
    for person in people.there:
        if people.shows(person, names):
            path = trees.path_of(people.rows[person], settings)
        else:
            member = people.known.get(person)
            path = before.get(member.departments[0], ()) if member and member.departments else ()
        if path:
            paths[person] = path
    found = texts.tree_of(paths, known.values(), trees.renamed(settings), whole=True)
    places = {person: (place,) for person, place in found.places.items()}
    return trees.Tree(departments=found.departments, places=places)


def manager(people: People) -> trees.Tree:
    """The teams, with the managers that changed."""
    return trees.teams({p: people.manager(p) for p in people.there}, people.name)


def units(
    known: Departments, entries: Entries, reading: Reading, settings: EntraSettings
) -> trees.Tree:
    """Units whose members changed, and with ``reading`` those that are new."""
    kept = _kept(known, entries, known)
    separator = settings.separator
    names = {unit: separator.join(_path(unit, known)) if separator else known[unit].name
             for unit in kept}  # fmt: skip
    names |= {unit.id: unit.displayName or "" for unit in reading.groups.values()}
    names |= {
        unit: str(entries[unit].props["displayName"] or "")
        for unit in kept
        if unit in entries and "displayName" in entries[unit].props
    }
    placed = branches.by_names(names, separator)
    departments = []
    for unit in branches.top_down({unit: parent for unit, (_, parent) in placed.items()}):
        name, parent = placed[unit]
        if unit in known:
            props = entries[unit].props if unit in entries else {}
            told = {n: props[n] or None for n in ("description",) if n in props}
            departments.append(
                DepartmentRecord(id=unit, name=name, parent_id=parent, details=told or UNSET)
            )
        else:
            departments.append(mapping.department(reading.groups[unit], name, parent))
    inside = {unit: _people(known[unit].members, _ties(entries, unit, "members")) for unit in kept}
    inside |= {unit: reading.inside[unit].users or () for unit in reading.groups}
    return trees.Tree(departments=tuple(departments), places=_places(inside))


def groups(known: Departments, entries: Entries, reading: Reading, *, listing: bool) -> trees.Tree:
    """Groups whose members and owners changed, and with ``reading`` those that are new.

    With a ``listing`` only what it has is there.
    """
    kept = _kept(known, entries, reading.groups if listing else known)
    new = [group for group in reading.groups if group not in known]
    above = _above(known, kept, entries)
    for group in new:
        for child in reading.inside[group].groups:
            above.setdefault(child, set()).add(group)
    tree = branches.hang([*kept, *new], {child: sorted(those) for child, those in above.items()})
    departments = []
    for found in branches.top_down(tree):
        others = tuple(sorted(p for p in above.get(found, ()) if p in tree and p != tree[found]))
        if found in known:
            owners = _ties(entries, found, "owners")
            leaders = _people(known[found].leaders, owners) if owners else UNSET
        else:
            owned = reading.inside[found].owners
            leaders = UNSET if owned is None else owned
        row = reading.groups.get(found)
        departments.append(_group(found, row, known, tree[found], leaders, others))
    inside = {g: _people(known[g].members, _ties(entries, g, "members")) for g in kept}
    inside |= {group: reading.inside[group].users or () for group in new}
    return trees.Tree(departments=tuple(departments), places=_places(inside))


def _group(
    group: str,
    row: wire.Group | None,
    known: Departments,
    parent: str | None,
    leaders: Sequence[str] | UnsetType,
    others: tuple[str, ...],
) -> DepartmentRecord:
    led = UNSET if leaders is UNSET else tuple(leaders)
    if row is not None:
        return mapping.department(row, row.displayName or "", parent, leaders=led, others=others)
    return DepartmentRecord(
        id=group,
        name=known[group].name,
        parent_id=parent,
        leaders=led,
        details={"other_parents": list(others) or None},
    )


def _above(known: Departments, kept: Iterable[str], entries: Entries) -> dict[str, set[str]]:
    """All parents of each group, as known and with the groups that came and went."""
    above: dict[str, set[str]] = {}
    for found in known.values():
        others = found.details.get("other_parents") or ()
        above[found.id] = {p for p in (found.parent_id, *others) if p is not None}
    for group in kept:
        for other, tie in _ties(entries, group, "members").items():
            parents = above.setdefault(other, set())
            if not tie.added:
                parents.discard(group)
            elif tie.kind == GROUP:
                parents.add(group)
    return above


class Roles(msgspec.Struct, frozen=True, kw_only=True):
    """Roles that changed; all of them where ``whole``. ``lost``: who does not hold one any more."""

    records: tuple[RoleRecord, ...] = ()
    whole: bool = False
    lost: frozenset[str] = frozenset()


def roles(
    known: Mapping[str, KnownRole], entries: Entries, reading: Reading, *, listing: bool
) -> Roles:
    """Roles whose holders changed, and with ``reading`` those that are new."""
    kept = _kept(known, entries, reading.roles if listing else known)
    records, lost = [], set[str]()
    whole = len(kept) < len(known)
    for found in kept:
        before, row = known[found], reading.roles.get(found)
        name = before.name if row is None else row.displayName or ""
        after = _people(before.members, _ties(entries, found, "members"))
        changed = before.members != set(after)
        lost |= before.members.difference(after)
        if changed or whole or name != before.name:
            holders = after if changed else UNSET
            records.append(RoleRecord(id=found, name=name, members=holders))
    records += [
        mapping.role(row, reading.inside[role].users)
        for role, row in reading.roles.items()
        if role not in known
    ]
    return Roles(records=tuple(records), whole=whole, lost=frozenset(lost))


def _kept(known: Iterable[str], entries: Entries, there: Collection[str]) -> list[str]:
    return [found for found in known if found in there and not _removed(entries, found)]


def _removed(entries: Entries, found: str) -> bool:
    return found in entries and entries[found].removed


def _ties(entries: Entries, found: str, navigation: str) -> dict[str, Tie]:
    return entries[found].ties.get(navigation, _NO_TIES) if found in entries else _NO_TIES


def _people(before: Iterable[str], ties: Mapping[str, Tie]) -> tuple[str, ...]:
    """Those of ``before`` who did not go, and the people who came."""
    came = (other for other, tie in ties.items() if tie.added and tie.kind == USER)
    stayed = (p for p in before if p not in ties or ties[p].added)
    return tuple(dict.fromkeys((*stayed, *came)))


def _places(inside: Mapping[str, Iterable[str]]) -> dict[str, tuple[str, ...]]:
    places: dict[str, list[str]] = {}
    for department, people in inside.items():
        for person in people:
            places.setdefault(person, []).append(department)
    return {person: tuple(sorted(found)) for person, found in places.items()}


def _path(department: str | None, known: Departments) -> tuple[str, ...]:
    """The names from the top down to a department."""
    names: list[str] = []
    while department is not None and department in known:
        names.append(known[department].name)
        department = known[department].parent_id
    return tuple(reversed(names))
