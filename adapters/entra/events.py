"""What Graph's change notifications hint at. Pure.

Sources: Graph docs, changeNotification and lifecycle notifications (entra.md, 9); of users and
groups, Azure docs, Microsoft Entra events: ``resourceData`` has the event's time and a number.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Literal

import msgspec

from adapters.receiving import key_of, part, text
from domain.hints import Hint, Kind

Meant = Literal["department", "role"]
"""What a group stands for in this system."""

RESUMED = frozenset({"subscriptionRemoved", "missed"})
"""Lifecycle events after which changes were not told."""

_MARKS = ("sequenceNumber", "eventTime")
"""Not the etag: nothing says that every change of a directory object has another one."""


class Notice(msgspec.Struct, frozen=True, kw_only=True):
    """Something that a subscription needs: ``reauthorizationRequired``, to be answered with a
    renewal, ``subscriptionRemoved``, with a new one, or ``missed``.
    """

    event: str
    subscription_id: str


def is_lifecycle(item: dict[str, Any]) -> bool:
    """Whether it is about the subscription; a change may have the field too, and null in it."""
    return item.get("lifecycleEvent") is not None


def event_of(item: dict[str, Any]) -> str:
    """A name for what one notification tells: ``user updated``, ``missed``."""
    if is_lifecycle(item):
        return text(item["lifecycleEvent"])
    return f"{_resource(item)} {text(item.get('changeType'))}".strip()


def mark_of(item: dict[str, Any], received: float) -> str:
    """The same for every delivery of one notification.

    Two changes of one person look alike but for their marks; where there are none, each call
    counts as another, so the time of receipt goes in.
    """
    data = part(item, "resourceData")
    marks = [text(data.get(name)) for name in _MARKS] + [text(item.get("id"))]
    return key_of(
        text(item.get("subscriptionId")),
        event_of(item),
        _id(item),
        *(marks if any(marks) else [repr(received)]),
    )


def hint_of(item: dict[str, Any], groups: Meant, received: float) -> Hint | None:
    """What one notification hints at; None where nothing has to be read."""
    event, key = event_of(item), mark_of(item, received)
    if is_lifecycle(item):
        return Hint(kind="all", event=event, key=key) if event in RESUMED else None
    kinds: dict[str, Kind] = {"user": "member", "group": groups}
    kind, own = kinds.get(_resource(item)), _id(item)
    if kind is None or not own:
        return None
    return Hint(
        kind=kind,
        id=own,
        gone=item.get("changeType") == "deleted",
        event=event,
        at=_time(part(item, "resourceData").get("eventTime")),
        key=key,
    )


def notice_of(item: dict[str, Any]) -> Notice | None:
    """What one notification asks for the subscription; None for a change."""
    if not is_lifecycle(item):
        return None
    return Notice(event=event_of(item), subscription_id=text(item.get("subscriptionId")))


def _id(item: dict[str, Any]) -> str:
    told = text(part(item, "resourceData").get("id"))
    return told or text(item.get("resource")).rpartition("/")[2]


def _resource(item: dict[str, Any]) -> str:
    """``user`` or ``group``, from the path or else the type, which both come in any case.

    Graph's own example of a changed user calls it a message (microsoft-graph-docs, issue 2993).
    """
    kind, _, rest = text(item.get("resource")).strip("/").lower().partition("/")
    if kind in ("users", "groups") and "/" not in rest:
        return kind.removesuffix("s")
    named = text(part(item, "resourceData").get("@odata.type")).rpartition(".")[2].lower()
    return named or kind.removesuffix("s")


def _time(value: object) -> float | None:
    try:
        found = datetime.fromisoformat(text(value))
    except ValueError:
        return None
    return (found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp()
