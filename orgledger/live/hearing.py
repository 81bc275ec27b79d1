"""Hearing: how a source tells us its changes, and that it goes on to.

It calls us, or tells over a connection that we hold; some must be asked now and then to call us.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Coroutine
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from types import TracebackType
from typing import TYPE_CHECKING, Any, cast

from faststream.nats.annotations import NatsMessage

from adapters.nats.client import connect
from adapters.nats.inbox import STREAM, VIA, Inbox, subject
from domain.errors import CredentialFault, InputError, SystemFault
from domain.hints import Hint, Listening, Received, Subscribing
from orgledger.live.consuming import consuming
from orgledger.live.drift import Opener
from orgledger.live.receiver import PATH
from orgledger.live.tracing import SILENT, Tracing
from orgledger.systems import TYPES

if TYPE_CHECKING:
    from orgledger.bootstrap import Service
    from orgledger.config import SystemConfig

log = logging.getLogger("orgledger.live")

RELISTEN_S = 60.0
"""Before a connection whose credential was refused is tried again."""

STORED_WITHIN_S = 2.0

SUBSCRIBE_S, AGAIN_S = 3.0, 60.0
"""Before a provider is asked to call us (it calls at once, and we must answer); after a fault."""


class Hearing:
    """The ways of one source. Used as a context; ``take`` gets what comes into its inbox."""

    def __init__(
        self,
        opened: Service,
        configured: SystemConfig,
        take: Callable[[NatsMessage], None],
        tracing: Tracing = SILENT,
    ) -> None:
        self._opened, self._configured, self._take = opened, configured, take
        self._tracing = tracing
        self.openers: dict[str, Opener] = {}
        self.inbox: Inbox | None = None
        """None: the source tells nothing."""
        self._subscribing: Subscribing | None = None
        self._begun = False
        self._tasks: list[asyncio.Task[None]] = []
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Hearing:
        """Raises OrgledgerError when the inbox cannot be reached; then nothing is left open."""
        async with AsyncExitStack() as failed:
            failed.push_async_exit(self)
            await self._open()
            failed.pop_all()
        return self

    async def _open(self) -> None:
        opened, configured = self._opened, self._configured
        kind, settings, system = TYPES[configured.type], configured.settings, configured.id
        callbacks = kind.callbacks(settings) if kind.callbacks else None
        listening = kind.listening(settings, system) if kind.listening else None
        if callbacks is not None:
            self.openers["callback"] = callbacks
        if listening is not None:
            self.openers["stream"] = listening
        if not self.openers:
            return
        client = await connect(opened.address, name=f"orgledger inbox {system}")
        self._stack.push_async_callback(client.close)
        inbox = self.inbox = Inbox(client, replicas=opened.config.log.replicas)
        await inbox.ensure()
        await self._stack.enter_async_context(
            consuming(
                opened.address,
                self._take,
                stream=STREAM,
                subject=subject(system),
                durable=f"read-{system}",
            )
        )
        if listening is not None:
            self._begin(self._listen(listening, inbox))
        if callbacks is not None and kind.subscribing is not None and self._url:
            self._subscribing = kind.subscribing(settings)
            if self._subscribing is not None:
                self._stack.push_async_callback(self._subscribing.close)
                self._begin(self._subscribed(self._subscribing))

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._stack.aclose()

    def _begin(self, work: Coroutine[Any, Any, None]) -> None:
        self._tasks.append(asyncio.create_task(work))

    def begun(self) -> bool:
        """Whether the provider calls us only since just now; told once."""
        begun, self._begun = self._begun, False
        return begun

    def check(self) -> None:
        """Raise what ended one of the ways; they go on for ever by themselves."""
        for task in self._tasks:
            if task.done():
                task.result()

    def hints(self, message: NatsMessage) -> tuple[Hint, ...]:
        """What a message of the inbox hints at. Raises InputError."""
        opener = self.openers.get(str(message.headers.get(VIA, "callback")))
        if opener is None:
            raise InputError("the source does not tell in this way any more")
        return opener.hints(cast("bytes", message.body))

    async def heed(self, message: NatsMessage) -> None:
        """Do what a message asks for the calls to go on."""
        if self._subscribing is None:
            return
        try:
            asked = await self._subscribing.heed(self._url, cast("bytes", message.body))
            self._begun = self._begun or (asked is not None and asked.anew)
        except (SystemFault, InputError) as error:
            log.warning("%s: %s", self._configured.id, error)

    @property
    def _url(self) -> str:
        public = self._opened.config.serve.public_url.rstrip("/")
        return f"{public}{PATH}/{self._configured.id}" if public else ""

    async def _listen(self, listening: Listening, inbox: Inbox) -> None:
        system = self._configured.id

        async def take(received: Received) -> None:
            if received.keep is None:
                log.warning("%s: an event was refused (%s)", system, received.refused)
                return
            begun = time.time_ns()
            stored = await inbox.put(
                system, received.keep, received.key, via="stream", within=STORED_WITHIN_S
            )
            self._tracing.received(
                system, stored.sequence, received.events, begun, duplicate=stored.duplicate
            )

        while True:
            try:
                await listening.listen(take)
            except CredentialFault as fault:
                log.warning("%s: %s", system, fault)
                await asyncio.sleep(RELISTEN_S)

    async def _subscribed(self, subscribing: Subscribing) -> None:
        wait = SUBSCRIBE_S
        while True:
            await asyncio.sleep(wait)
            try:
                asked = await subscribing.keep(self._url)
                self._begun = self._begun or asked.anew
                wait = max(1.0, (asked.again - datetime.now(UTC)).total_seconds())
            except SystemFault as fault:
                log.warning("%s: %s", self._configured.id, fault)
                wait = AGAIN_S
