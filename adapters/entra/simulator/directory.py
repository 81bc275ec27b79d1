"""A tenant out of a roster: every department is a group, a unit and a text at the same time.

Departments are security groups nested as members (mailNickname ``dept-<id>``) with their leaders
as owners; administrative units with the path of names as name; and the text of ``department`` of
the people whose first department they are (no longer than 64 characters). Roles are security
groups (mailNickname ``role-<id>``). ``details`` may hold any property by Graph's name.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import Any

import msgspec
from msgspec import UNSET

from adapters.entra.simulator.properties import ALL, LONGEST, Kind, Props
from adapters.entra.simulator.settings import EntraSettings
from adapters.simulation import rosters
from domain.records import DepartmentRecord, MemberRecord, RoleRecord, Roster

NOBODY = ""
IMMUTABLE = "onPremisesImmutableId"
_SPACE = uuid.UUID("8d3f4a52-0000-4000-8000-000000000000")


class Directory(msgspec.Struct):
    """Objects by id and kind, and what ties them together (object ids throughout)."""

    objects: dict[Kind, dict[str, Props]] = msgspec.field(
        default_factory=lambda: {"user": {}, "group": {}, "unit": {}}
    )
    managers: dict[str, str] = {}
    members: dict[str, dict[str, Kind]] = {}
    """Of groups and units: object id to its kind."""
    owners: dict[str, dict[str, Kind]] = {}


def immutable(own: str) -> str:
    """The id that a person has in the directory on the premises."""
    return guid("immutable", f"on the premises {own}")


def guid(kind: str, own: str) -> str:
    """The object id of what a roster calls ``own``; a GUID is its own, but not a unit's."""
    try:
        given = uuid.UUID(own)
    except ValueError:
        given = None
    if given is None or kind == "unit":
        given = uuid.uuid5(_SPACE, f"{kind} {own}")
    return str(given)


def build(roster: Roster, settings: EntraSettings) -> Directory:
    """The tenant; raises InputError for a roster that cannot be one."""
    rosters.refuse([*_problems(roster)], "Entra")
    directory = Directory()
    paths = _paths(roster, settings)
    for member in roster.members:
        _add_user(directory, member, paths, settings)
    for department in roster.departments:
        _add_group(directory, department, settings.separator.join(paths[department.id]))
    for member in roster.members:
        for place in dict.fromkeys(member.departments):
            user = guid("user", member.id)
            for container in (guid("group", place), guid("unit", place)):
                directory.members[container][user] = "user"
    for role in roster.roles:
        _add_role(directory, role)
    rosters.refuse([*_too_long(directory)], "Entra")
    return directory


def _problems(roster: Roster) -> Iterator[str]:
    yield from rosters.named("department", roster.departments)
    yield from rosters.tree(roster, NOBODY, namesakes=True)
    yield from rosters.named("member", roster.members)
    yield from rosters.places(roster, NOBODY)
    yield from rosters.named("role", roster.roles)
    yield from rosters.holders(roster)
    names = rosters.Unique("userPrincipalName")
    for member in roster.members:
        yield from names.problems(member.id, {"userPrincipalName": member.id.lower()})
        unknown = sorted(set(member.details or {}) - ALL["user"])
        if unknown:
            yield f"member {member.id}: Entra does not know {', '.join(unknown)}"


def _too_long(directory: Directory) -> Iterator[str]:
    for kind, objects in directory.objects.items():
        for props in objects.values():
            for name, most in LONGEST.items():
                value = props.get(name)
                if isinstance(value, str) and len(value) > most and kind != "unit":
                    yield f"{kind} {props['id']}: {name} has more than {most} characters"


def _paths(roster: Roster, settings: EntraSettings) -> dict[str, tuple[str, ...]]:
    """The names from the top down to each department; a circle ends where it began."""
    records = {d.id: d for d in roster.departments}
    paths: dict[str, tuple[str, ...]] = {}
    for record in roster.departments:
        names: list[str] = []
        step: DepartmentRecord | None = record
        seen: set[str] = set()
        while step is not None and step.id not in seen:
            seen.add(step.id)
            names.append(step.name)
            step = records.get(step.parent_id or NOBODY)
        paths[record.id] = tuple(reversed(names))
    return paths


def _add_user(
    directory: Directory,
    member: MemberRecord,
    paths: dict[str, tuple[str, ...]],
    settings: EntraSettings,
) -> None:
    path = paths.get(member.departments[0], ()) if member.departments else ()
    text = settings.separator.join(path)
    fits = (
        settings.texts
        and len(text) <= LONGEST["department"]
        and all(settings.separator not in p for p in path)
    )
    found: dict[str, Any] = {
        "id": guid("user", member.id),
        "displayName": member.name,
        "userPrincipalName": f"{member.id}@{settings.domain}",
        "mailNickname": member.id[: LONGEST["mailNickname"]],
        "mail": member.email,
        "mobilePhone": member.mobile,
        "employeeId": member.job_number,
        "jobTitle": member.title,
        "accountEnabled": member.active is not False,
        "userType": "Member",
        "department": text if fits else None,
        IMMUTABLE: (member.keys or {}).get(IMMUTABLE) or immutable(member.id),
        **(member.details or {}),
    }
    user = {name: v for name, v in found.items() if v is not None and v is not UNSET}
    directory.objects["user"][user["id"]] = user
    if member.manager:
        directory.managers[user["id"]] = guid("user", member.manager)


def _add_group(directory: Directory, department: DepartmentRecord, path: str) -> None:
    group, unit = guid("group", department.id), guid("unit", department.id)
    directory.objects["group"][group] = _group(group, department.name, f"dept-{department.id}") | (
        department.details or {}
    )
    directory.objects["unit"][unit] = {"id": unit, "displayName": path}
    directory.members.setdefault(group, {})
    directory.members.setdefault(unit, {})
    directory.owners[group] = {guid("user", who): "user" for who in department.leaders or ()}
    if department.parent_id is not None:
        above = guid("group", department.parent_id)
        directory.members.setdefault(above, {})[group] = "group"


def _add_role(directory: Directory, role: RoleRecord) -> None:
    group = guid("role", role.id)
    directory.objects["group"][group] = _group(group, role.name, f"role-{role.id}")
    directory.members[group] = {guid("user", who): "user" for who in role.members or ()}
    directory.owners[group] = {}


def _group(group: str, name: str, nickname: str) -> Props:
    return {
        "id": group,
        "displayName": name,
        "mailNickname": nickname[: LONGEST["mailNickname"]],
        "mailEnabled": False,
        "securityEnabled": True,
    }
