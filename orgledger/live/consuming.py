"""Consuming: a FastStream subscriber on a durable JetStream consumer, until it is left.

Messages are acknowledged one by one, by whoever has done their work. What is not acknowledged
comes again, also to another process; so that a restart loses nothing, and work is done again at
most.
"""

from __future__ import annotations

import asyncio
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
from nats.errors import Error as NatsError
from nats.js.api import ConsumerConfig, DeliverPolicy
from nats.js.client import JetStreamContext
from nats.js.errors import NotFoundError

from adapters.nats.connection import Address
from domain.errors import LogError

log = logging.getLogger("orgledger.live")

AT_ONCE = 256
"""Messages asked for at once."""

OUTSTANDING = 2000
"""Messages that may wait for their work to be done: more are not handed out until some are."""

AGAIN_S = 20.0
"""A message that is not acknowledged for so long is handed out again: what a killed process had is
waited for so long. Who still works on it meanwhile gets it twice, and acknowledges it once."""

FETCH_S = 5.0
"""How long one request for messages stands. The server may forget it, when the consumer's leader is
killed or the connection breaks, and nobody tells: then nothing comes until the next one."""

LOOK_S = 5.0
"""How often it is looked whether the consumer is still there."""


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
    oldest message, or with what is ``new``. Raises LogError when the server cannot be reached, and
    inside of the context when the consumer is gone: somebody deleted it, or it was away for too
    long. Whoever begins anew has to look what came meanwhile.
    """
    one = broker(address, durable or subject)
    config = ConsumerConfig(
        deliver_policy=DeliverPolicy.NEW if new else DeliverPolicy.ALL,
        ack_wait=AGAIN_S,
        max_ack_pending=OUTSTANDING,
        headers_only=headers_only or None,
    )

    async def handle(message: NatsMessage) -> None:
        take(message)

    subscriber = one.subscriber(
        subject,
        stream=JStream(stream, declare=False),
        durable=durable or None,
        pull_sub=PullSub(batch_size=AT_ONCE, timeout=FETCH_S),
        config=config,
        ack_policy=AckPolicy.MANUAL,
        decoder=_whole,
    )
    subscriber(handle)
    async with one:
        await one.start()
        if durable:  # an older version may have made it, with other limits
            wanted = config.evolve(durable_name=durable, filter_subject=subject)
            await subscriber.jetstream.add_consumer(stream, wanted)
        subscription = subscriber.subscription
        assert isinstance(subscription, JetStreamContext.PullSubscription)
        async with _there(subscription, durable or subject):
            yield one


@asynccontextmanager
async def _there(subscription: JetStreamContext.PullSubscription, name: str) -> AsyncIterator[None]:
    """What is inside is cancelled, and LogError raised in its place, when the consumer is gone.

    A request to a consumer that does not exist is answered at once, with nothing, for ever.
    """
    try:
        async with asyncio.TaskGroup() as group:
            watching = group.create_task(_watch(subscription, name))
            yield
            watching.cancel()
    except BaseExceptionGroup as several:
        raise several.exceptions[0] from None


async def _watch(subscription: JetStreamContext.PullSubscription, name: str) -> None:
    while True:
        await asyncio.sleep(LOOK_S)
        try:
            await subscription.consumer_info()
        except NotFoundError:
            raise LogError(
                f"the consumer {name} is gone",
                why="somebody deleted it, or the log was away for longer than it waits",
                fix="It is made anew by itself.",
            ) from None
        except (NatsError, OSError, TimeoutError):
            pass  # the log is away for a moment


async def _whole(message: NatsMessage) -> NatsMessage:
    """What a handler gets: the message, to be acknowledged when its work is done."""
    return message


def sequence(message: NatsMessage) -> int:
    """The position of a message in its stream."""
    return message.raw_message.metadata.sequence.stream
