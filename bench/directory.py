"""A real slapd with an organization in it, which counts the searches that it is asked for.

The shape is that of a directory of another hand: units within units, people in their first one,
roles as groups. What reads from it has an account of its own.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import ldap3
import msgspec
from ldap3.utils.dn import escape_rdn

from adapters.ldap.slapd import Slapd, find_binary
from bench.row import Skipped
from bench.simulator import Stats
from domain.records import MemberRecord, Roster

BASE = "dc=example,dc=test"
READER, PASSWORD = f"cn=reader,{BASE}", "bench-password"
PLACES = {"people": "ou=company", "departments": "ou=company", "roles": "ou=roles"}

_SEARCHES = "cn=Search,cn=Operations,cn=Monitor"


class Directory(msgspec.Struct, frozen=True):
    """One that answers at ``url``; ``monitor`` looks at slapd's own counters (slapd-monitor(5))."""

    url: str
    monitor: ldap3.Connection
    before: int

    def stats(self) -> Stats:
        """The searches since it was filled; each page of one is a search of its own."""
        searches = _searches(self.monitor) - self.before
        return Stats({"search": searches}, searches, 0, {}, 0)


@contextmanager
def directory(roster: Roster) -> Iterator[Directory]:
    """Serve ``roster``. Raises Skipped where slapd is not installed."""
    if find_binary() is None:
        raise Skipped("slapd is not installed (apt-get install slapd)")
    with Slapd(base_dn=BASE, overlays=(), lines=("database monitor",)) as slapd:
        admin = slapd.connection()
        try:
            _fill(admin, roster)
            yield Directory(slapd.url, admin, _searches(admin) + 1)
        finally:
            admin.unbind()


def _searches(connection: ldap3.Connection) -> int:
    """Searches that have ended; the one that asks is not among them."""
    connection.search(_SEARCHES, "(objectClass=*)", ldap3.BASE, attributes=["monitorOpCompleted"])
    return int(connection.response[0]["raw_attributes"]["monitorOpCompleted"][0])


def _fill(admin: ldap3.Connection, roster: Roster) -> None:
    classes = ["organizationalRole", "simpleSecurityObject"]
    _add(admin, READER, classes, userPassword=PASSWORD)
    top, roles = (f"{PLACES[kind]},{BASE}" for kind in ("departments", "roles"))
    units: dict[str | None, str] = {None: top}
    for dn in (top, roles):
        _add(admin, dn, ["organizationalUnit"])
    for department in roster.departments:  # parents come first
        unit = f"ou={escape_rdn(department.name)},{units[department.parent_id]}"
        units[department.id] = unit
        _add(admin, unit, ["organizationalUnit"])
    people = {m.id: f"uid={m.id},{units[m.departments[0]]}" for m in roster.members}
    for member in roster.members:
        _add(admin, people[member.id], ["inetOrgPerson"], **_person(member, people))
    for role in roster.roles:
        held = [people[who] for who in role.members or ()]
        _add(
            admin, f"cn={escape_rdn(role.name)},{roles}", ["groupOfUniqueNames"], uniqueMember=held
        )


def _person(member: MemberRecord, people: dict[str, str]) -> dict[str, Any]:
    found = {
        "cn": member.name, "sn": member.name, "displayName": member.name, "mail": member.email,
        "mobile": member.mobile, "title": member.title, "employeeNumber": member.job_number,
        "manager": people[member.manager] if member.manager else None,
    }  # fmt: skip
    return {name: value for name, value in found.items() if value}


def _add(admin: ldap3.Connection, dn: str, classes: list[str], **attributes: Any) -> None:
    if not admin.add(dn, classes, attributes):
        raise RuntimeError(f"slapd refused {dn}: {admin.result['description']}")
