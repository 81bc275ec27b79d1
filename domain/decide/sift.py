"""Put a reading in order before it is compared: each record once, names sound, no cycle.

A record that cannot be used is refused alone, with its reason; the rest goes on. A refused record
still proves that its entity exists, so it removes nobody.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import TypeVar

import msgspec
from msgspec import UNSET

from domain.observe import Observation
from domain.records import DepartmentRecord, MemberRecord, Record, RoleRecord, name_problem

R = TypeVar("R", bound=Record)

_encoder = msgspec.json.Encoder()
_TEXT_FIELDS = ("title", "job_number", "email", "mobile")
_CONTROL = re.compile(r"[\x00-\x1f]")
_ESCAPED = b"\\"
"""JSON writes every such character with one; without any, no field has to be searched."""


class Refusal(msgspec.Struct, frozen=True):
    """A record that was left out: its kind and id (never its name), and why."""

    kind: str
    id: str
    why: str

    def __str__(self) -> str:
        return f"{self.kind} {self.id!r}: {self.why}"


class Sifted(msgspec.Struct):
    """Usable records, departments with every parent before its children; and the refused ones."""

    departments: dict[str, DepartmentRecord]
    members: dict[str, MemberRecord]
    roles: dict[str, RoleRecord]
    refused: list[Refusal]


def sift(observation: Observation, parent_known: Callable[[str], bool]) -> Sifted:
    """Sift ``observation``; ``parent_known`` tells whether the ledger has a present department."""
    refused: list[Refusal] = []
    departments = _once("department", observation.departments, refused)
    return Sifted(
        departments=_top_down(departments, parent_known, refused),
        members=_once("member", observation.members, refused),
        roles=_once("role", observation.roles, refused),
        refused=refused,
    )


def _once(kind: str, records: Iterable[R], refused: list[Refusal]) -> dict[str, R]:
    """Records by id. One listed twice counts once; contradicting rows are refused together."""
    kept: dict[str, R] = {}
    bad: set[str] = set()
    for record in records:
        if record.id in bad:
            continue
        why = _problem(record)
        earlier = kept.get(record.id)
        if why is None and earlier is not None and earlier != record:
            record, why = _merge(earlier, record)  # noqa: PLW2901 - the merged row stands for both
        if why is None:
            kept[record.id] = record
        else:
            bad.add(record.id)
            kept.pop(record.id, None)
            refused.append(Refusal(kind, record.id, why))
    return kept


def _problem(record: Record) -> str | None:
    if not record.id:
        return "the id is empty"
    try:
        written = _encoder.encode(record)
    except (UnicodeEncodeError, OverflowError, TypeError):
        return "it holds a value that cannot be written down (such as half a character)"
    why = name_problem(record.name)
    if why is None and _ESCAPED in written and isinstance(record, MemberRecord):
        for field in _TEXT_FIELDS:
            value = getattr(record, field)
            if isinstance(value, str) and _CONTROL.search(value):
                return f"{field} has control characters"
    return why


def _merge(one: R, two: R) -> tuple[R, str | None]:
    """Two rows of one id: what only one of them knows is taken, memberships are added up."""
    changes = {}
    for field in one.__struct_fields__:
        mine, theirs = getattr(one, field), getattr(two, field)
        if mine == theirs or theirs is UNSET:
            continue
        if mine is UNSET:
            changes[field] = theirs
        elif field in {"departments", "members", "leaders"}:
            changes[field] = tuple(dict.fromkeys((*mine, *theirs)))
        else:
            return one, f"it is listed twice with a different {field}"
    return msgspec.structs.replace(one, **changes), None


def _top_down(
    records: dict[str, DepartmentRecord],
    parent_known: Callable[[str], bool],
    refused: list[Refusal],
) -> dict[str, DepartmentRecord]:
    """The records in an order in which every parent stands before its children."""
    children: dict[str, list[str]] = {}
    ready: list[str] = []
    for record in records.values():
        parent = record.parent_id
        if parent is None or (parent not in records and parent_known(parent)):
            ready.append(record.id)
        else:
            children.setdefault(parent, []).append(record.id)
    ordered: dict[str, DepartmentRecord] = {}
    for department in ready:  # grows while it is walked
        ordered[department] = records[department]
        ready.extend(children.get(department, ()))
    refused.extend(
        Refusal("department", record.id, _why_unreached(record, records))
        for record in records.values()
        if record.id not in ordered
    )
    return ordered


def _why_unreached(record: DepartmentRecord, records: dict[str, DepartmentRecord]) -> str:
    seen = {record.id}
    step: DepartmentRecord | None = record
    while step is not None and step.parent_id is not None:
        parent = step.parent_id
        if parent in seen:
            return f"its parents form a cycle through {parent!r}"
        seen.add(parent)
        if parent not in records:
            return f"its parent {parent!r} is unknown"
        step = records[parent]
    return "its parent was refused"
