"""Whether the tree is what the provider holds, compared row by row and field by field."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

import msgspec
from msgspec import UNSET
from msgspec.structs import replace

from domain.ports import SourceCapabilities
from domain.records import Record, Roster

Tree = dict[str, list[dict[str, Any]]]
"""The rows of ``domain.rows.Rows.roster``."""

SETS = frozenset({"leaders", "departments", "members"})
FIELDS: dict[str, tuple[str, ...]] = {
    "departments": ("name", "parent_id", "leaders", "order"),
    "members": (
        "name", "departments", "main_department", "email", "mobile", "job_number", "title",
        "avatar", "active", "manager",
    ),
    "roles": ("name", "group", "members"),
}  # fmt: skip
ABLE: dict[tuple[str, str], str] = {
    ("departments", "leaders"): "leaders",
    ("departments", "order"): "order",
    ("members", "main_department"): "main_department",
    ("members", "manager"): "managers",
    ("members", "active"): "states",
    ("roles", "group"): "role_groups",
}
"""The capability without which a field can't be read."""


def readable(truth: Roster, can: SourceCapabilities) -> Roster:
    """What of the provider's ``truth`` a source with these capabilities has to show."""

    def less(kind: str, records: Iterable[Record]) -> tuple[Any, ...]:
        unable = [f for (k, f), able in ABLE.items() if k == kind and not getattr(can, able)]
        if kind == "roles" and not can.role_groups:
            unable.append("group_id")
        return tuple(replace(r, **dict.fromkeys(unable, UNSET)) for r in records)

    return Roster(
        departments=less("departments", truth.departments) if can.departments else (),
        members=less("members", truth.members),
        roles=less("roles", truth.roles) if can.roles else (),
    )


def differences(tree: Tree, truth: Roster) -> list[str]:
    """Every difference, in words."""
    found: list[str] = []
    for kind, fields in FIELDS.items():
        wanted = {r.id: r for r in getattr(truth, kind)}
        there = {row["id"]: row for row in tree[kind]}
        if len(there) != len(tree[kind]):
            found.append(f"{kind}: an id appears twice")
        found += [f"{kind} {key} is missing" for key in sorted(wanted.keys() - there.keys())]
        found += [f"{kind} {key} should not be" for key in sorted(there.keys() - wanted.keys())]
        for key in wanted.keys() & there.keys():
            found += _row(f"{kind} {key}", wanted[key], there[key], fields)
    return found


def _row(what: str, wanted: Record, row: dict[str, Any], fields: Collection[str]) -> list[str]:
    found = []
    for field in fields:
        value, shown = getattr(wanted, field), row.get(field)
        if value is UNSET:
            continue
        if field in SETS:
            value, shown = set(value), set(shown or ())
        if value != shown:
            found.append(f"{what}: {field} is {shown!r}, should be {value!r}")
    return found


def losses(before: Tree, now: Tree, truth: Roster) -> list[str]:
    """Whatever was known before, is not known now, and is not gone at the provider either."""
    found: list[str] = []
    for kind, fields in FIELDS.items():
        still = {r.id: r for r in getattr(truth, kind)}
        there = {row["id"]: row for row in now[kind]}
        for row in before[kind]:
            key = row["id"]
            if key not in there:
                if key in still:
                    found.append(f"{kind} {key} was removed")
                continue
            record = msgspec.structs.asdict(still[key]) if key in still else {}
            for field in fields:
                old, new, real = row.get(field), there[key].get(field), record.get(field, UNSET)
                if field in SETS:
                    old, new = set(old or ()), set(new or ())
                    real = UNSET if real is UNSET else set(real)
                if new not in (old, real):
                    found.append(f"{kind} {key}: {field} was {old!r}, is {new!r}, really {real!r}")
    return found
