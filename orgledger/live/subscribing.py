"""Subscribing: the state of an organization at a position, and every event after it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

from eventsourcing.persistence import Notification
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import Error as NatsError
from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy

from adapters.nats.subjects import Subjects
from domain.directory import Directory
from domain.envelope import Entry, directory_scope
from domain.rows import Rows
from orgledger.api import State
from orgledger.ledger import Ledger

AT_ONCE = 256
"""Events that are fetched at once, and handed out together."""

QUIET_S = 5.0
"""After so much quiet an empty list is handed out."""

_AGAIN_S = 0.5
_FORGOTTEN_S = 120.0
"""A consumer that nobody asks for so long is removed by the server."""

_SUBJECTS = Subjects("orgledger.log", text_ids=True)


def subject(org: str) -> str:
    """Where the events of an organization are in the log's stream."""
    return _SUBJECTS.scope(directory_scope(org))


def state(directory: Directory) -> State:
    """An organization as it is now."""
    rows = Rows(directory)
    groups = rows.ids("role_group")
    roster: Any = rows.roster()
    return State(
        org=directory.org,
        name=directory.name,
        position=directory.position,
        role_groups=[
            {"id": groups.get(group.uid, group.uid), "uid": group.uid, "name": group.name}
            for group in directory.role_groups.values()
            if group.present
        ],
        **roster,
    )


async def after(
    client: Client, ledger: Ledger, stream: str, org: str, position: int
) -> AsyncIterator[list[Entry]]:
    """Every event of an organization after ``position``, in order, for ever.

    In lists; an empty one when it was quiet for a while. What cannot be reached is tried again.
    """
    while True:
        try:
            async for messages in _fetched(client, stream, org, position):
                entries = [_entry(ledger, message) for message in messages]
                if entries:
                    position = entries[-1].position
                yield entries
        except (NatsError, OSError, TimeoutError):
            yield []
            await asyncio.sleep(_AGAIN_S)


async def _fetched(
    client: Client, stream: str, org: str, position: int
) -> AsyncIterator[list[Msg]]:
    """By a consumer of our own, until anything is odd about it."""
    config = ConsumerConfig(
        deliver_policy=DeliverPolicy.BY_START_SEQUENCE,
        opt_start_seq=position + 1,
        ack_policy=AckPolicy.NONE,
        inactive_threshold=_FORGOTTEN_S,
        mem_storage=True,
        num_replicas=1,
    )
    js = client.jetstream(timeout=5)
    subscription = await js.pull_subscribe(subject(org), stream=stream, config=config)
    expected = 1
    try:
        while True:
            try:
                found = await subscription.fetch(AT_ONCE, timeout=QUIET_S)
            except TimeoutError:
                await subscription.consumer_info()  # it ends with the server that kept it
                yield []
                continue
            for message in found:
                if message.metadata.sequence.consumer != expected:
                    return
                expected += 1
            yield found
    finally:
        if not client.is_closed:  # one that is dialling would ask for it again, for ever
            await subscription.unsubscribe()


def _entry(ledger: Ledger, message: Msg) -> Entry:
    originator, topic = _SUBJECTS.parse(message.subject)
    headers: dict[str, Any] = message.headers or {}
    return ledger.entry(
        Notification(
            originator_id=originator,
            originator_version=int(headers["V"]),
            topic=topic,
            state=message.data,
            id=message.metadata.sequence.stream,
        )
    )
