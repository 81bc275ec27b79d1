"""How an entity is read back from its open intervals, per kind.

Each statement joins the table ``touched`` (column ``uid``) and gives the entity's fields by
their names in the domain, and ``id``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from domain.directory import Department, Role, RoleGroup, State
from projections.audit.state import Organization
from projections.audit.tables import MEMBERS

_DEPARTMENTS = """
WITH led AS (
    SELECT l.department, list(l.member ORDER BY l.place) AS leaders
    FROM leaders l JOIN touched t ON l.department = t.uid
    WHERE l.org = $org AND l.valid_to IS NULL
    GROUP BY l.department
)
SELECT d.uid, d.id, d.name, d.parent, d.place AS "order", d.state, d.merged_into, d.details,
    led.leaders
FROM departments d JOIN touched t ON d.uid = t.uid LEFT JOIN led ON led.department = d.uid
WHERE d.org = $org AND d.valid_to IS NULL
"""

_MEMBERS = """
WITH belongs AS (
    SELECT s.member, list(s.department) AS departments,
        any_value(s.department) FILTER (WHERE s.is_main) AS main_department
    FROM memberships s JOIN touched t ON s.member = t.uid
    WHERE s.org = $org AND s.valid_to IS NULL
    GROUP BY s.member
)
SELECT m.uid, m.id, m.name, m.email, m.mobile, m.job_number, m.title, m.avatar, m.manager,
    m.state, m.details, b.departments, b.main_department
FROM members m JOIN touched t ON m.uid = t.uid LEFT JOIN belongs b ON b.member = m.uid
WHERE m.org = $org AND m.valid_to IS NULL
"""

_ROLE_GROUPS = """
SELECT g.uid, g.id, g.name, g.state
FROM role_groups g JOIN touched t ON g.uid = t.uid
WHERE g.org = $org AND g.valid_to IS NULL
"""

_ROLES = """
WITH held AS (
    SELECT g.role, list(g.member) AS members
    FROM grants g JOIN touched t ON g.role = t.uid
    WHERE g.org = $org AND g.valid_to IS NULL
    GROUP BY g.role
)
SELECT r.uid, r.id, r.name, r.role_group AS "group", r.state, r.details, held.members
FROM roles r JOIN touched t ON r.uid = t.uid LEFT JOIN held ON held.role = r.uid
WHERE r.org = $org AND r.valid_to IS NULL
"""

PLACEMENTS = """
SELECT p.target, p.kind, p.entity, p.remote, p.closed
FROM placements p JOIN touched t USING (target, kind, entity)
WHERE p.org = $org AND p.valid_to IS NULL
"""

FAILURES = """
SELECT f.target, f.kind, f.entity, f.action, f.member, f.outcome, f.code, f.reason, f.fix
FROM failures f JOIN touched t USING (target, kind, entity)
WHERE f.org = $org AND f.valid_to IS NULL
"""


def _department(o: Organization, row: dict[str, Any]) -> None:
    del row["id"]
    row["leaders"] = tuple(row["leaders"] or ())
    row["state"] = State(row["state"])
    o.directory.departments[row["uid"]] = Department(**row)


def _member(o: Organization, row: dict[str, Any]) -> None:
    uid = row["uid"]
    o.people[uid] = tuple(row[column] for column in MEMBERS.values)
    o.belongs[uid] = (tuple(row["departments"] or ()), row["main_department"])


def _role_group(o: Organization, row: dict[str, Any]) -> None:
    del row["id"]
    row["state"] = State(row["state"])
    o.directory.role_groups[row["uid"]] = RoleGroup(**row)


def _role(o: Organization, row: dict[str, Any]) -> None:
    del row["id"]
    row["state"] = State(row["state"])
    o.directory.grants[row["uid"]] = set(row.pop("members") or ())
    o.directory.roles[row["uid"]] = Role(**row)


STATEMENTS = {
    "department": _DEPARTMENTS,
    "member": _MEMBERS,
    "role_group": _ROLE_GROUPS,
    "role": _ROLES,
}

_REMEMBER: dict[str, Callable[[Organization, dict[str, Any]], None]] = {
    "department": _department,
    "member": _member,
    "role_group": _role_group,
    "role": _role,
}


def remember(organization: Organization, kind: str, row: dict[str, Any]) -> None:
    """Put the entity that ``row`` tells of into the organization."""
    if "details" in row:
        row["details"] = msgspec.json.decode(row["details"]) if row["details"] else {}
    _REMEMBER[kind](organization, row)
