"""The shapes of the API: what other programs send us, and what they are answered.

Over HTTP, NATS and as signed webhooks the same ones; :mod:`orgledger.client` reads them, and
docs/reference/openapi.yaml and asyncapi.yaml are written from them.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

import msgspec

from domain.envelope import Entry

Row = dict[str, Any]


class Published(msgspec.Struct, frozen=True, kw_only=True):
    """A publication was recorded, or (``repeated``) had been before, under the same key.

    ``run`` is what it is called in the log, ``events`` how many it made, ``position`` that of the
    last of them.
    """

    run: str
    events: int
    position: int
    repeated: bool = False


class Problem(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Why something was not done (RFC 9457). ``errors`` lists everything that is wrong with it,
    ``fix`` says what to do next, ``status`` is that of HTTP."""

    title: str
    status: int
    detail: str
    fix: str = ""
    errors: tuple[str, ...] = ()


class State(msgspec.Struct, frozen=True, kw_only=True):
    """An organization as it is after the event at ``position``: rows as in the roster.

    In each row ``id`` is the id in the organization's own source, by which rows name each other;
    ``uid`` is the ledger's, by which events name them.
    """

    org: str
    name: str
    position: int
    departments: list[Row]
    role_groups: list[Row]
    members: list[Row]
    roles: list[Row]


class Event(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An event of an organization: its position and address, then its envelope as in the log."""

    position: int
    org: str
    kind: str
    """``organization``, ``department``, ``member``, ``role`` or ``role_group``."""
    event: str
    """Its name, such as ``MemberRenamed``."""
    id: str
    at: datetime
    actor: str
    fact: Any
    """Its fields; ``uid`` is the ledger's id of what it is about."""
    source: str | None = None
    run: str | None = None
    cause: int | None = None
    inbox: int | None = None
    v: int = 1


class Notice(msgspec.Struct, frozen=True, kw_only=True):
    """What a subscriber's address is told: events of one organization, in order.

    ``id`` is also the header ``webhook-id``. Events may come again; their positions tell.
    """

    id: str
    timestamp: datetime
    org: str
    events: tuple[Event, ...]
    type: Literal["organization.changed"] = "organization.changed"


def event(entry: Entry) -> Event:
    """An entry of the log, as others are told."""
    fact, envelope = entry.fact, entry.envelope
    return Event(
        position=entry.position,
        org=entry.org,
        kind=fact.KIND,
        event=fact.TOPIC,
        id=envelope.id,
        at=envelope.at,
        actor=envelope.actor,
        fact=fact,
        source=envelope.source,
        run=envelope.run,
        cause=envelope.cause,
        inbox=envelope.inbox,
        v=fact.class_version,
    )
