"""What is different between two moments of one organization."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from domain.directory import Directory
from domain.rows import Row, Rows

_SHOWN = {
    "department": ("name", "parent_id", "leaders", "order", "details"),
    "member": (
        "name", "departments", "main_department", "email", "mobile", "job_number", "title",
        "avatar", "active", "manager", "details",
    ),
    "role": ("name", "group", "members"),
}  # fmt: skip
_SETS = frozenset({"leaders", "departments", "members"})


class Change(msgspec.Struct, frozen=True, omit_defaults=True):
    """One difference. ``change`` is ``added``, ``removed`` or ``changed``.

    For a changed entity ``fields`` maps each field to its values before and after, in the
    exchange format (record ids, not uids).
    """

    kind: str
    change: str
    id: str
    uid: str
    name: str
    fields: dict[str, tuple[Any, Any]] = {}


def diff(before: Directory, after: Directory) -> list[Change]:
    """The differences, departments first, then members, then roles; each kind in its own order."""
    old, new = Rows(before), Rows(after)
    changes: list[Change] = []
    for kind in ("department", "member", "role"):
        changes.extend(_of_kind(kind, old, new))
    return changes


def _of_kind(kind: str, old: Rows, new: Rows) -> Iterator[Change]:
    earlier, later = _entities(kind, old.directory), _entities(kind, new.directory)
    for uid, entity in later.items():
        known = earlier.get(uid)
        row = getattr(new, kind)(entity)
        if known is None or not known.present:
            if entity.present:
                yield Change(kind, "added", row["id"], uid, row["name"])
        elif not entity.present:
            yield Change(kind, "removed", row["id"], uid, row["name"])
        elif known is not entity or kind == "role":
            fields = _fields(kind, getattr(old, kind)(known), row)
            if fields:
                yield Change(kind, "changed", row["id"], uid, row["name"], fields)
    for uid, entity in earlier.items():
        if uid not in later and entity.present:  # the later moment lies before its creation
            yield Change(kind, "removed", old.id(kind, uid), uid, entity.name)


def _entities(kind: str, directory: Directory) -> dict[str, Any]:
    entities: dict[str, Any] = getattr(directory, f"{kind}s")
    return entities


def _fields(kind: str, before: Row, after: Row) -> dict[str, tuple[Any, Any]]:
    changed = {}
    for field in _SHOWN[kind]:
        old, new = before.get(field), after.get(field)
        same = set(old or ()) == set(new or ()) if field in _SETS else old == new
        if not same:
            changed[field] = (old, new)
    return changed
