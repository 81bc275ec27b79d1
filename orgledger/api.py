"""The shapes of the API: what other programs send us, and what they are answered.

Over HTTP, NATS and as signed webhooks the same ones; :mod:`orgledger.client` reads them, and
docs/reference/openapi.json and asyncapi.json are written from them.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal, NotRequired, TypedDict

import msgspec
from msgspec import Meta

from domain.envelope import Entry

Time = Annotated[datetime, Meta(tz=True)]
"""With its offset, as in RFC 3339."""


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


class DepartmentRow(TypedDict):
    """A department. ``parent_id`` is null for a top-level one."""

    id: str
    uid: str
    name: str
    parent_id: str | None
    leaders: list[str]
    order: int | None
    details: NotRequired[dict[str, Any]]


class RoleGroupRow(TypedDict):
    """A group of roles."""

    id: str
    uid: str
    name: str


class MemberRow(TypedDict):
    """A person. What the source does not permit us to see is absent; null is known to be empty.

    Without departments they belong to the organization itself.
    """

    id: str
    uid: str
    name: str
    departments: list[str]
    main_department: NotRequired[str | None]
    email: NotRequired[str | None]
    mobile: NotRequired[str | None]
    job_number: NotRequired[str | None]
    title: NotRequired[str | None]
    avatar: NotRequired[str | None]
    active: NotRequired[bool]
    manager: NotRequired[str | None]
    keys: NotRequired[dict[str, str]]
    details: NotRequired[dict[str, Any]]


class RoleRow(TypedDict):
    """A role and who holds it. ``group`` is the name of its group."""

    id: str
    uid: str
    name: str
    group: str | None
    group_id: NotRequired[str]
    members: list[str]


class State(msgspec.Struct, frozen=True, kw_only=True):
    """An organization as it is after the event at ``position``: rows as in the roster.

    In each row ``id`` is the id in the organization's own source, by which rows name each other;
    ``uid`` is the ledger's, by which events name them.
    """

    org: str
    name: str
    position: int
    departments: list[DepartmentRow]
    role_groups: list[RoleGroupRow]
    members: list[MemberRow]
    roles: list[RoleRow]


class Event(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An event of an organization: its position and address, then its envelope as in the log.

    What it says is in ``fact``, with the ledger's ids for everything; docs/reference/events.md
    lists the events and their fields. One of a ``v`` that you do not know must stop you.
    """

    position: int
    org: str
    kind: Annotated[str, Meta(description="organization, department, member, role or role_group")]
    event: Annotated[str, Meta(description="its name, such as MemberRenamed")]
    id: str
    at: Time
    actor: str
    fact: Annotated[Any, Meta(description="its fields; uid is the ledger's id of what it is about")]
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
    timestamp: Time
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
