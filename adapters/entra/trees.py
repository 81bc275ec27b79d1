"""Which of the four trees: from what was read to departments, and everybody's place in them."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import msgspec
from msgspec import UNSET

from adapters.entra import branches, errors, mapping, texts, wire
from adapters.entra.reading import Reading
from adapters.entra.settings import EntraSettings
from domain.errors import PermissionFault
from domain.ports import Known, KnownDepartment
from domain.records import DepartmentRecord


class Tree(msgspec.Struct, frozen=True, kw_only=True):
    """Departments, and those of each person; who is not named is in none.

    Of the ``unplaced`` it is not known where they are.
    """

    departments: tuple[DepartmentRecord, ...]
    places: Mapping[str, tuple[str, ...]]
    unplaced: frozenset[str] = frozenset()


def of(reading: Reading, settings: EntraSettings, known: Known) -> Tree:
    """The tree that ``settings`` ask for. Raises SystemFault where a part of it says nothing."""
    if settings.tree == "attribute":
        return _attribute(reading, settings, known)
    if settings.tree == "manager":
        return _manager(reading)
    if settings.tree == "groups":
        return _groups(reading, known)
    return _units(reading, settings, known)


def _attribute(reading: Reading, settings: EntraSettings, known: Known) -> Tree:
    unplaced = _limited(reading)
    users = [user for user in reading.users.values() if user.id not in unplaced]
    if unplaced:
        if not users:
            raise limited_fault()
        reading.gaps.add("people", "", f"{len(unplaced)} of them show their basic profile only")
        reading.incomplete |= {"members", "departments"}
    paths = {user.id: path for user in users if (path := path_of(user, settings))}
    whole = "members" not in reading.incomplete
    if not whole:
        reading.incomplete.add("departments")
    found = texts.tree_of(paths, known.departments(), renamed(settings), whole=whole)
    places = {person: (place,) for person, place in found.places.items()}
    return Tree(departments=found.departments, places=places, unplaced=unplaced | found.unplaced)


def _limited(reading: Reading) -> frozenset[str]:
    return frozenset(u.id for u in reading.users.values() if not mapping.is_whole(u))


def limited_fault() -> PermissionFault:
    """Only basic profiles are shown: nothing can be said of departments and managers."""
    return PermissionFault(
        "Entra shows basic profiles only",
        permission=errors.PERMISSIONS["users"],
        why="the app lacks the application permission User.Read.All",
        fix=errors.GRANT,
        code="limited",
    )


def path_of(user: wire.User, settings: EntraSettings) -> texts.Path:
    """The texts of one person from the top down; a level that is empty is left out."""
    found = (mapping.text(user, name) for name in settings.attributes)
    levels = [text for text in found if text]
    if settings.separator:
        levels = [part.strip() for text in levels for part in text.split(settings.separator)]
    return tuple(level for level in levels if level)


def renamed(settings: EntraSettings) -> dict[texts.Path, texts.Path]:
    """The setting, split into levels as the attributes are."""
    separator = settings.separator or ("/" if len(settings.attributes) > 1 else "")

    def split(path: str) -> texts.Path:
        parts = path.split(separator) if separator else [path]
        return tuple(part.strip() for part in parts if part.strip())

    return {split(new): split(old) for new, old in settings.renamed.items()}


def _manager(reading: Reading) -> Tree:
    """Of a part of the people it cannot be said who leads whom: all or nothing."""
    fault = reading.cut_short("members")
    if fault is not None:
        raise fault
    if _limited(reading):
        raise limited_fault()
    users = reading.users
    managers = {u.id: u.manager.id if u.manager else None for u in users.values()}
    return teams(managers, lambda leader: users[leader].displayName or "")


def teams(managers: Mapping[str, str | None], name: Callable[[str], str]) -> Tree:
    """The teams of managers; ``managers`` has everybody's, ``name`` gives a leader's."""
    above, places = branches.teams(managers)
    departments = tuple(
        DepartmentRecord(id=leader, name=name(leader), parent_id=above[leader], leaders=(leader,))
        for leader in branches.top_down(above)
    )
    return Tree(departments=departments, places={p: (t,) for p, t in places.items()})


def _groups(reading: Reading, known: Known) -> Tree:
    """Nested groups. What could not be read stays as the ledger has it."""
    above: dict[str, list[str]] = {}
    for parent in reading.groups:
        for child in reading.inside[parent].groups:
            above.setdefault(child, []).append(parent)
    unread = _unread(reading, known)
    ids = {d.id for d in unread}
    for department in known.departments() if unread else ():
        if department.parent_id is not None and (
            department.parent_id in ids or department.id in ids - reading.groups.keys()
        ):
            above.setdefault(department.id, []).append(department.parent_id)
    tree = branches.hang({*reading.groups, *ids}, above)
    departments = []
    for found in branches.top_down(tree):
        if found not in reading.groups:
            continue
        group, owners = reading.groups[found], reading.inside[found].owners
        parents = set(above.get(found, ())) - {tree[found]}
        departments.append(
            mapping.department(
                group,
                group.displayName or "",
                tree[found],
                leaders=UNSET if owners is None else owners,
                others=tuple(sorted(parents)),
            )
        )
    places = _places(reading, unread)
    return Tree(departments=tuple(departments), places=places, unplaced=_lost(reading, places))


def _units(reading: Reading, settings: EntraSettings, known: Known) -> Tree:
    """Units, nested by their names: with one name missing, those below it would move."""
    fault = reading.cut_short("departments") if settings.separator else None
    if fault is not None:
        raise fault
    names = {unit.id: unit.displayName or "" for unit in reading.groups.values()}
    placed = branches.by_names(names, settings.separator)
    tree = {unit: parent for unit, (_, parent) in placed.items()}
    departments = tuple(
        mapping.department(reading.groups[unit], placed[unit][0], tree[unit])
        for unit in branches.top_down(tree)
    )
    places = _places(reading, _unread(reading, known))
    return Tree(departments=departments, places=places, unplaced=_lost(reading, places))


def _unread(reading: Reading, known: Known) -> list[KnownDepartment]:
    """Known departments that were not listed, or not looked into, though they may be there."""
    short = "departments" in reading.incomplete
    return [
        department
        for department in known.departments()
        if (short and department.id not in reading.inside)
        or (department.id in reading.groups and reading.inside[department.id].users is None)
    ]


def _lost(reading: Reading, places: Mapping[str, tuple[str, ...]]) -> frozenset[str]:
    """Where no group at all could be looked into: the people of whom no place is known."""
    if not reading.groups or any(reading.inside[g].users is not None for g in reading.groups):
        return frozenset()
    reading.incomplete.add("members")
    return frozenset(reading.users.keys() - places.keys())


def _places(reading: Reading, unread: list[KnownDepartment]) -> dict[str, tuple[str, ...]]:
    places: dict[str, list[str]] = {}
    for group in reading.groups:
        for user in reading.inside[group].users or ():
            places.setdefault(user, []).append(group)
    for department in unread:
        for user in department.members:
            places.setdefault(user, []).append(department.id)
    return {user: tuple(sorted(groups)) for user, groups in places.items()}
