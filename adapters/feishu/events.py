"""What Feishu's contact events hint at, by webhook as by long connection. Pure.

Sources: Feishu docs, contact events v3 (feishu.md, 10) and 通讯录事件, the older version 1.0, which
knows ``employee_id`` for user_id and ``custom_id`` for department_id.
"""

from __future__ import annotations

from typing import Any, Literal

from adapters.receiving import Told, key_of, moment, part, text
from domain.hints import Hint, Kind

IdKind = Literal["custom", "open"]

_SCOPE = ("contact.scope.updated_v3", "contact_scope_change")
"""What the app may see has changed."""

_ABOUT: dict[str, Kind] = {
    **{f"contact.user.{what}_v3": "member" for what in ("created", "updated", "deleted")},
    **{f"contact.department.{what}_v3": "department" for what in ("created", "updated", "deleted")},
    **dict.fromkeys(("user_add", "user_update", "user_leave", "user_status_change"), "member"),
    **dict.fromkeys(("dept_add", "dept_update", "dept_delete"), "department"),
    **dict.fromkeys(_SCOPE, "all"),
}
_GONE = frozenset(
    {"contact.user.deleted_v3", "contact.department.deleted_v3", "user_leave", "dept_delete"}
)

_USER = ("user_id", "open_id", "union_id")
_DEPARTMENT = ("department_id", "open_department_id")
_CHOSEN: dict[tuple[str, str], str] = {
    ("member", "custom"): "user_id",
    ("member", "open"): "open_id",
    ("department", "custom"): "department_id",
    ("department", "open"): "open_department_id",
}


def told(message: dict[str, Any], id_kind: IdKind, raw: bytes) -> Told:
    """What ``message``, decoded from ``raw``, tells to a system with ids of ``id_kind``.

    Ids of the other kinds are the hint's keys. Without the permission for user_id that one is not
    in the event, and the hint has no id but keys (feishu.md, 3).
    """
    header, event = part(message, "header"), part(message, "event")
    if "schema" in message:
        name, mark, born = (
            header.get("event_type"),
            header.get("event_id"),
            header.get("create_time"),
        )
        after, before = part(event, "object"), part(event, "old_object")
    else:
        name, mark, born = event.get("type"), message.get("uuid"), message.get("ts")
        after, before = _first_version(event), {}
    named = text(name)
    kind = _ABOUT.get(named)
    if kind is None:
        return Told(events=(named,))
    ids = _ids(_USER if kind == "member" else _DEPARTMENT, after, before)
    if not ids and kind != "all":
        return Told(events=(named,))
    chosen = _CHOSEN.get((kind, id_kind), "")
    own = ids.get(chosen, "")
    was = text(before.get(chosen)) if chosen else ""
    hint = Hint(
        kind=kind,
        id=own,
        was=was if was != own else "",
        keys={n: value for n, value in ids.items() if n != chosen},
        gone=named in _GONE or _resigned(event),
        event=named,
        at=moment(born),
        key=key_of(text(mark) or raw),
    )
    return Told(events=(named,), hints=(hint,))


def _first_version(event: dict[str, Any]) -> dict[str, Any]:
    """An event of version 1.0 by the names of version 2.0."""
    department = part(event, "department")
    single = text(event.get("open_department_id"))
    opened = single.startswith("od-")  # in between it had the custom id, and was then given up
    return {
        "open_id": event.get("open_id"),
        "union_id": event.get("union_id"),
        "user_id": event.get("employee_id"),
        "open_department_id": department.get("open_id") or (single if opened else ""),
        "department_id": department.get("custom_id") or ("" if opened else single),
    }


def _resigned(event: dict[str, Any]) -> bool:
    """Whether a change of state (version 1.0) says so."""
    return part(event, "current_status").get("is_resigned") is True


def _ids(names: tuple[str, ...], after: dict[str, Any], before: dict[str, Any]) -> dict[str, str]:
    """The record's ids; a deletion may have them in its old state only."""
    found = {name: text(after.get(name)) or text(before.get(name)) for name in names}
    return {name: value for name, value in found.items() if value}
