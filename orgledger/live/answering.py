"""Answering: other programs publish, and ask for the state, by requests over NATS.

FastStream subscribers in a queue group: of all replicas, one answers. Who may ask is up to the
permissions of the accounts at the server.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

import msgspec
from faststream import AckPolicy
from faststream.nats import NatsBroker
from faststream.nats.annotations import NatsMessage

from adapters.nats.subjects import untoken
from orgledger.live import subscribing
from orgledger.live.consuming import Broker
from orgledger.live.jobs import Check
from orgledger.live.organization import Organizations
from orgledger.live.problems import RefusalError, document, problem
from orgledger.live.publishing import Publishing

if TYPE_CHECKING:
    from orgledger.bootstrap import Service

PUBLISH, STATE = "orgledger.publish", "orgledger.state"
QUEUE = "orgledger"

KEY, ACTOR = "Nats-Msg-Id", "Orgledger-Actor"
"""Headers of a publication: the sender's key, as everywhere in NATS, and who publishes."""

POSITION, PARTS = "Orgledger-Position", "Orgledger-Parts"
"""Headers of a state: its position, and in how many messages it comes before the empty one."""

PART = 512 * 1024
"""Bytes of one message of a state; a server takes 1 MB unless it is told otherwise."""

AT_ONCE = 32
"""Requests of each kind under way at once."""

_ACTOR = re.compile(r"[A-Za-z0-9_.@:-]{1,64}")

Handler = Callable[[NatsMessage], Awaitable[bytes]]
Asked = Callable[[NatsMessage], Awaitable[None]]


class Answering:
    """Everybody's requests over NATS, in a loop of its own."""

    name = "answer"

    def __init__(
        self, opened: Service, publishing: Publishing, organizations: Organizations
    ) -> None:
        self._opened, self._publishing = opened, publishing
        self._organizations = organizations

    async def run(self, leave: asyncio.Event, check: Check) -> None:
        """Until it is to leave."""
        one = Broker(self._opened.address, self.name)

        async def state(message: NatsMessage) -> None:
            await self._state(one, message)

        subscribe(one, self._publish, state)
        async with one:
            await one.start()
            await leave.wait()

    async def _publish(self, message: NatsMessage) -> bytes:
        try:
            done = await self._publishing.take(
                _org(message),
                bytes(message.body),
                actor=_actor(message.headers.get(ACTOR, "")),
                key=message.headers.get(KEY),
            )
        except Exception as error:
            return document(problem(error))
        return msgspec.json.encode(done)

    async def _state(self, one: NatsBroker, message: NatsMessage) -> None:
        if not message.reply_to:
            return
        try:
            position, body = await asyncio.to_thread(self._told, _org(message))
        except Exception as error:
            position, body = 0, document(problem(error))
        parts = [body[begin : begin + PART] for begin in range(0, len(body), PART)]
        headers = {POSITION: str(position), PARTS: str(len(parts))}
        for part in (*parts, b""):
            await one.publish(part, message.reply_to, headers=headers)

    def _told(self, org: str) -> tuple[int, bytes]:
        if org not in self._opened.config.orgs:
            raise RefusalError(404, f"there is no organization {org!r}")
        with self._organizations.of(org).now() as directory:
            return directory.position, msgspec.json.encode(subscribing.state(directory))


def subscribe(to: NatsBroker, publish: Handler, state: Asked) -> None:
    """What is listened to: the service does it, and docs/reference/asyncapi.json tells it."""
    to.subscriber(
        f"{PUBLISH}.{{org}}",
        queue=QUEUE,
        title="publish",
        description="Publish change events to the organization that the subject names.",
        decoder=_whole,
        max_workers=AT_ONCE,
        ack_policy=AckPolicy.MANUAL,
    )(publish)
    to.subscriber(
        f"{STATE}.{{org}}",
        queue=QUEUE,
        title="state",
        description="Ask for the state of the organization that the subject names.",
        decoder=_whole,
        max_workers=AT_ONCE,
        ack_policy=AckPolicy.MANUAL,
        no_reply=True,
    )(state)


async def _whole(message: NatsMessage) -> NatsMessage:
    """What a handler gets: the message with its subject and headers."""
    return message


def _org(message: NatsMessage) -> str:
    return untoken(message.raw_message.subject.rpartition(".")[2])


def _actor(said: str) -> str:
    """Who publishes: as they call themselves, beside how they came."""
    if not said:
        return "nats"
    if not _ACTOR.fullmatch(said):
        raise RefusalError(400, f"{ACTOR} has 1 to 64 of A-Z, a-z, 0-9 and _ . @ : -")
    return f"nats:{said}"
