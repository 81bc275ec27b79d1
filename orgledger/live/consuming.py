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
from typing import Any

from faststream import AckPolicy
from faststream.nats import JStream, NatsBroker, PullSub
from faststream.nats.annotations import NatsMessage
from nats.aio.client import Client
from nats.errors import Error as NatsError
from nats.js.api import ConsumerConfig, DeliverPolicy
from nats.js.client import JetStreamContext
from nats.js.errors import NotFoundError

from adapters.nats.client import connect
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


class Broker(NatsBroker):
    """A broker of the running event loop, on a connection as the rest of the service has it."""

    def __init__(self, address: Address, name: str) -> None:
        super().__init__(graceful_timeout=5.0, apply_types=False, logger=None)
        self._address, self._name = address, f"orgledger {name}"

    async def _connect(self) -> Client:
        """Raises ConfigError, or LogError when no server has answered in time."""
        client = await connect(self._address, name=self._name)
        self.config.connect(client)
        return client

    async def stop(self, *error: Any) -> None:
        """Also where the log is away, and cannot be told: what is not acknowledged comes again."""
        connection = self._connection
        try:
            await super().stop(*error)
        except NatsError:
            if connection is not None:
                await connection.close()


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
    one = Broker(address, durable or subject)
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
