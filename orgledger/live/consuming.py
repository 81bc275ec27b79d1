"""Consuming: a FastStream subscriber on a durable JetStream consumer, until it is left.

Messages are acknowledged one by one, by whoever has done their work. What is not acknowledged
comes again, also to another process; so that a restart loses nothing, and work is done again at
most.
"""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from faststream import AckPolicy
from faststream.nats import JStream, NatsBroker, PullSub
from faststream.nats.annotations import NatsMessage
from faststream.nats.security import (
    NatsCredentials,
    NatsSecurity,
    NatsToken,
    NatsUserPassword,
)
from faststream.security import BaseSecurity
from nats.js.api import ConsumerConfig, DeliverPolicy

from adapters.nats.connection import Address

log = logging.getLogger("orgledger.live")

AT_ONCE = 256
"""Messages asked for at once."""

OUTSTANDING = 2000
"""Messages that may wait for their work to be done: more are not handed out until some are."""

AGAIN_S = 60.0
"""A message that is not acknowledged for so long is handed out again."""


def broker(address: Address, name: str) -> NatsBroker:
    """A broker of the running event loop; it dials again whenever the connection is lost."""
    return NatsBroker(
        list(address.servers),
        name=f"orgledger {name}",
        security=_security(address),
        max_reconnect_attempts=-1,
        reconnect_time_wait=0.2,  # type: ignore[arg-type]  # it is only slept
        ping_interval=2,
        max_outstanding_pings=2,
        graceful_timeout=5.0,
        apply_types=False,
        logger=None,
    )


def _security(address: Address) -> BaseSecurity:
    if address.token:
        return NatsToken(address.token)
    if address.credentials:
        return NatsCredentials.from_file(address.credentials)
    if address.user:
        return NatsUserPassword(address.user, address.password or "")
    return NatsSecurity()


@asynccontextmanager
async def consuming(
    address: Address,
    take: Callable[[NatsMessage], None],
    *,
    stream: str,
    subject: str,
    durable: str = "",
    new: bool = False,
    headers_only: bool = False,
) -> AsyncIterator[NatsBroker]:
    """Hand what comes on ``subject`` to ``take``, which must not block.

    ``durable`` names a consumer that stays; without one it ends with us. A new one begins with the
    oldest message, or with what is ``new``. Raises LogError when the server cannot be reached.
    """
    one = broker(address, durable or subject)

    async def handle(message: NatsMessage) -> None:
        take(message)

    one.subscriber(
        subject,
        stream=JStream(stream, declare=False),
        durable=durable or None,
        pull_sub=PullSub(batch_size=AT_ONCE, timeout=30.0),
        config=ConsumerConfig(
            deliver_policy=DeliverPolicy.NEW if new else DeliverPolicy.ALL,
            ack_wait=AGAIN_S,
            max_ack_pending=OUTSTANDING,
            headers_only=headers_only or None,
        ),
        ack_policy=AckPolicy.MANUAL,
        decoder=_whole,
    )(handle)
    async with one:
        await one.start()
        yield one


async def _whole(message: NatsMessage) -> NatsMessage:
    """What a handler gets: the message, to be acknowledged when its work is done."""
    return message


def sequence(message: NatsMessage) -> int:
    """The position of a message in its stream."""
    return message.raw_message.metadata.sequence.stream
