"""Layouts: a roster as entries of a directory, written without anything of our own adapter."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

from ldap3.utils.dn import escape_rdn

from domain.errors import InputError
from domain.records import MemberRecord, Roster

BASE = "dc=example,dc=test"
NOBODY = f"cn=nobody,{BASE}"

Entries = dict[str, dict[str, Any]]
"""DN to attributes, parents before children; ``entryUUID`` is set as it stands here."""

Layout = Callable[[Roster], Entries]

NORMAL_USER = 805306368


def identity(kind: str, key: str) -> UUID:
    """The provider's id of what was put under ``key``; the same whenever it comes again."""
    return uuid5(NAMESPACE_URL, f"{kind}/{key}")


def above(dn: str) -> str:
    """The DN of the entry above, where no name has a comma that is not escaped."""
    return re.split(r"(?<!\\),", dn, maxsplit=1)[1]


def unit(name: str, below: str = BASE, key: str = "", **more: Any) -> Entries:
    """An organizational unit."""
    dn = f"ou={escape_rdn(name)},{below}"
    uuid = str(identity("department", key or dn))
    return {dn: {"objectClass": ["organizationalUnit"], "ou": [name], "entryUUID": uuid, **more}}


def tree(roster: Roster) -> Entries:
    """The profile ``tree``: units, groups with the same names, people side by side."""
    entries: Entries = {}
    for name in ("departments", "groups", "roles", "people", "leavers"):
        entries |= unit(name)
    people = {m.id: _person_dn(m) for m in roster.members}
    for key, dn in _unit_dns(roster, f"ou=departments,{BASE}").items():
        record = next(d for d in roster.departments if d.id == key)
        entries |= unit(key, dn.partition(",")[2], key, description=[record.name])
        inside = [people[m.id] for m in roster.members if key in m.departments]
        owners = [people[u] for u in record.leaders or () if u in people]
        entries[f"cn={key},ou=groups,{BASE}"] = _group("group", key, key, inside, owners)
    for m in roster.members:
        boss = people.get(m.manager or "")
        entries[people[m.id]] = {
            "objectClass": ["inetOrgPerson"],
            "uid": [m.id], "cn": [m.name], "sn": [m.name], "displayName": [m.name],
            "mail": _some(m.email), "mobile": _some(m.mobile), "title": _some(m.title),
            "employeeNumber": _some(m.job_number), "roomNumber": [number_of(m)],
            "manager": _some(boss),
            "entryUUID": str(identity("member", m.id)),
        }  # fmt: skip
    for r in roster.roles:
        held = [people[u] for u in r.members or ()]
        described = {"description": [r.name]}
        entries[f"cn={r.id},ou=roles,{BASE}"] = _group("role", r.id, r.id, held, []) | described
    return entries


def windows(roster: Roster) -> Entries:
    """Active Directory with departments as groups, nested by membership."""
    entries: Entries = {}
    for name in ("Staff", "Groups", "Roles"):
        entries |= unit(name)
    people = {m.id: f"cn={escape_rdn(m.id)},ou=Staff,{BASE}" for m in roster.members}
    groups = {d.id: f"cn={escape_rdn(d.id)},ou=Groups,{BASE}" for d in roster.departments}
    for m in roster.members:
        boss = people.get(m.manager or "")
        entries[people[m.id]] = {
            "objectClass": ["user"],
            "cn": [m.id], "sn": [m.name], "displayName": [m.name], "sAMAccountName": [m.id],
            "sAMAccountType": [NORMAL_USER], "accountExpires": [0],
            "userAccountControl": [514 if m.active is False else 512],
            "mail": _some(m.email), "mobile": _some(m.mobile), "title": _some(m.title),
            "employeeID": _some(m.job_number), "roomNumber": [number_of(m)], "manager": _some(boss),
            "objectGUID": [identity("member", m.id).bytes_le],
        }  # fmt: skip
    for d in roster.departments:
        leaders = [people[u] for u in d.leaders or () if u in people]
        inside = [people[m.id] for m in roster.members if d.id in m.departments]
        inside += [groups[c.id] for c in roster.departments if c.parent_id == d.id]
        entries[groups[d.id]] = {
            "objectClass": ["group"], "cn": [d.id], "description": [d.name], "member": inside,
            "managedBy": leaders[:1], "msExchCoManagedByLink": leaders[1:],
            "objectGUID": [identity("department", d.id).bytes_le],
        }  # fmt: skip
    for r in roster.roles:
        entries[f"cn={r.id},ou=Roles,{BASE}"] = {
            "objectClass": ["group"], "cn": [r.id], "description": [r.name],
            "member": [people[u] for u in r.members or ()],
            "objectGUID": [identity("role", r.id).bytes_le],
        }  # fmt: skip
    return entries


def units(roster: Roster) -> Entries:
    """Another hand's directory: people in the unit of their first department, posixGroups.

    Raises InputError where two departments next to each other have one name.
    """
    entries: Entries = {}
    for name in ("staff", "roles"):
        entries |= unit(name)
    top = f"ou=staff,{BASE}"
    names = {d.id: d.name for d in roster.departments}
    places = _unit_dns(roster, top, names)
    if len({dn.casefold() for dn in places.values()}) < len(places):
        raise InputError("two departments have one name")
    for key, dn in places.items():
        entries |= unit(names[key], above(dn), key)
    home = {m.id: places[m.departments[0]] if m.departments else top for m in roster.members}
    people = {key: f"uid={escape_rdn(key)},{place}" for key, place in home.items()}
    entries |= _inet_people(roster, people)
    for number, r in enumerate(roster.roles):
        entries[f"cn={r.id},ou=roles,{BASE}"] = {
            "objectClass": ["posixGroup"], "cn": [r.id], "description": [r.name],
            "gidNumber": [number], "memberUid": list(r.members or ()),
            "entryUUID": str(identity("role", r.id)),
        }  # fmt: skip
    return entries


def groups(roster: Roster) -> Entries:
    """The same with people side by side, and groups for departments, nested by membership."""
    entries: Entries = {}
    for name in ("staff", "groups", "roles"):
        entries |= unit(name)
    people = {m.id: f"uid={escape_rdn(m.id)},ou=staff,{BASE}" for m in roster.members}
    entries |= _inet_people(roster, people)
    dns = {d.id: f"cn={escape_rdn(d.id)},ou=groups,{BASE}" for d in roster.departments}
    for d in roster.departments:
        inside = [people[m.id] for m in roster.members if d.id in m.departments]
        inside += [dns[c.id] for c in roster.departments if c.parent_id == d.id]
        entries[dns[d.id]] = {
            "objectClass": ["groupOfNames"], "cn": [d.id], "description": [d.name],
            "member": [NOBODY, *inside], "owner": [people[u] for u in d.leaders or ()],
            "entryUUID": str(identity("department", d.id)),
        }  # fmt: skip
    for r in roster.roles:
        entries[f"cn={r.id},ou=roles,{BASE}"] = {
            "objectClass": ["groupOfNames"], "cn": [r.id], "description": [r.name],
            "member": [NOBODY, *(people[u] for u in r.members or ())],
            "entryUUID": str(identity("role", r.id)),
        }  # fmt: skip
    return entries


def _inet_people(roster: Roster, dns: dict[str, str]) -> Entries:
    return {
        dns[m.id]: {
            "objectClass": ["inetOrgPerson", "shadowAccount"],
            "uid": [m.id], "cn": [m.name], "sn": [m.name],
            "mail": _some(m.email), "mobile": _some(m.mobile), "title": _some(m.title),
            "employeeNumber": _some(m.job_number), "roomNumber": [number_of(m)],
            "manager": _some(dns.get(m.manager or "")),
            "shadowExpire": ["1"] if m.active is False else [],
            "entryUUID": str(identity("member", m.id)),
        }
        for m in roster.members
    }  # fmt: skip


def number_of(m: MemberRecord) -> str:
    """What a person keeps under a new id (in ``roomNumber``, for want of a better place)."""
    keys = m.keys if isinstance(m.keys, dict) else {}
    return keys.get("number") or f"P-{m.id}"


def _person_dn(m: MemberRecord) -> str:
    place = "leavers" if m.active is False else "people"
    return f"uid={escape_rdn(m.id)},ou={place},{BASE}"


def _unit_dns(roster: Roster, top: str, names: dict[str, str] | None = None) -> dict[str, str]:
    """DNs of departments by key, parents first; ``names`` are what they are called, else by key."""
    names = names or {d.id: d.id for d in roster.departments}
    found: dict[str | None, str] = {None: top}
    waiting = list(roster.departments)
    while waiting:
        ready = [d for d in waiting if d.parent_id in found]
        assert ready, "departments in a circle"
        found |= {d.id: f"ou={escape_rdn(names[d.id])},{found[d.parent_id]}" for d in ready}
        waiting = [d for d in waiting if d.id not in found]
    return {key: dn for key, dn in found.items() if key is not None}


def _group(kind: str, key: str, name: str, members: list[str], owners: list[str]) -> dict[str, Any]:
    return {
        "objectClass": ["groupOfUniqueNames"], "cn": [name], "uniqueMember": [NOBODY, *members],
        "owner": owners, "entryUUID": str(identity(kind, key)),
    }  # fmt: skip


def _some(value: Any) -> list[str]:
    return [value] if value else []
