"""What DingTalk's events hint at, over HTTP as over Stream. Pure.

Source: event pages 组织关系 (dingtalk.md, sections 5 and 6.1), captured bodies (6.2): names of
fields come in Pascal and in camel case, so they are looked up without regard to it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from adapters.receiving import Told, key_of, moment, text
from domain.hints import Hint, Kind

CHECK_URL = "check_url"
"""The event that only asks whether somebody is there (dingtalk.md, 6.3)."""

ROOT = "1"
"""The department that is the organization itself."""

_ABOUT: dict[str, tuple[Kind, str]] = {
    "user_add_org": ("member", "userid"),
    "user_modify_org": ("member", "userid"),
    "user_leave_org": ("member", "userid"),
    "user_active_org": ("member", "userid"),
    "org_admin_add": ("member", "userid"),
    "org_admin_remove": ("member", "userid"),
    "org_dept_create": ("department", "deptid"),
    "org_dept_modify": ("department", "deptid"),
    "org_dept_remove": ("department", "deptid"),
    "label_user_change": ("role", "labelidlist"),
    "label_conf_add": ("role", "labelidlist"),
    "label_conf_modify": ("role", "labelidlist"),
    "label_conf_del": ("role", "labelidlist"),
    "org_change": ("organization", ""),
    "org_remove": ("all", ""),
    "inner_app_scopes_change": ("all", ""),
}
"""By event: what it is about, and where its ids are. A label is a role or a role group."""

_GONE = frozenset({"user_leave_org", "org_dept_remove", "label_conf_del"})


def told(name: str, data: Mapping[str, Any], *, born: object = None, marked: str | bytes) -> Told:
    """What event ``name`` with its ``data`` tells.

    ``born`` is DingTalk's time of it, ``marked`` what is the same for every delivery of it: its
    eventId, or the whole message where there is none.
    """
    fields = {key.lower(): value for key, value in data.items()}
    key = key_of(marked)
    at = moment(born)
    if at is None:
        at = moment(fields.get("eventtime", fields.get("timestamp")))
    about = _ABOUT.get(name)
    if about is None:
        return Told(events=(name,))
    kind, where = about
    ids = _ids(fields.get(where)) if where else ("",)
    hints = tuple(
        Hint(
            kind="organization" if kind == "department" and one == ROOT else kind,
            id=one,
            gone=name in _GONE,
            event=name,
            at=at,
            key=key,
        )
        for one in ids
    )
    return Told(events=(name,), hints=hints)


def _ids(value: object) -> tuple[str, ...]:
    """One id or many, as text, each once."""
    many = value if isinstance(value, list) else [value]
    return tuple(dict.fromkeys(one for one in map(text, many) if one))
