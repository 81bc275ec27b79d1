"""What WeCom's contact events hint at. Pure.

Source: WeCom docs, 通讯录回调通知 (wecom.md, 5.1). They carry no id of the event. One new person
can come as up to three events in one second, of which one has the data (Senparc/NeuChar#123): so
the whole text marks an event, never person and second.
"""

from __future__ import annotations

from collections.abc import Mapping

from adapters.receiving import Told, key_of, moment
from domain.hints import Hint, Kind

CONTACT = "change_contact"
ROOT = "1"
"""The department that is the organization itself."""

_ABOUT: dict[str, tuple[Kind, str]] = {
    "create_user": ("member", "UserID"),
    "update_user": ("member", "UserID"),
    "delete_user": ("member", "UserID"),
    "create_party": ("department", "Id"),
    "update_party": ("department", "Id"),
    "delete_party": ("department", "Id"),
    "update_tag": ("role", "TagId"),
}


def told(fields: Mapping[str, str], message: bytes) -> Told:
    """What an opened ``message`` tells; ``fields`` are its elements."""
    event = fields.get("Event", "") or fields.get("MsgType", "")
    name = fields.get("ChangeType", "") if event == CONTACT else event
    about = _ABOUT.get(name) if event == CONTACT else None
    if about is None or not fields.get(about[1]):
        return Told(events=(name,))
    kind, known = about[0], fields[about[1]]
    renamed = fields.get("NewUserID", "") if kind == "member" else ""
    hint = Hint(
        kind="organization" if kind == "department" and known == ROOT else kind,
        id=renamed or known,
        was=known if renamed and renamed != known else "",
        gone=name.startswith("delete_"),
        event=name,
        at=moment(fields.get("CreateTime", "")),
        key=key_of(message),
    )
    return Told(events=(name,), hints=(hint,))
