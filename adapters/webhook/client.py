"""Sending signed messages, each attempt with its own time and signature."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

import httpx
import msgspec

from adapters.http import Budget, HttpClient, Outgoing, Patience, Reply
from adapters.http.budget import Clock, Sleep
from adapters.webhook import errors
from adapters.webhook.settings import WebhookSettings
from adapters.webhook.signing import headers, key_of
from adapters.webhook.wire import Answer, Told, answer

_CONTENT = (("content-type", "application/json"), ("user-agent", "orgledger"))


class WebhookClient:
    """Calls to one receiver. ``system`` is its name in the configuration, for errors."""

    def __init__(
        self,
        system: str,
        settings: WebhookSettings,
        *,
        transport: httpx.AsyncBaseTransport | None = None,
        patience: Patience | None = None,
        clock: Clock = time.monotonic,
        sleep: Sleep = asyncio.sleep,
        epoch: Callable[[], float] = time.time,
    ) -> None:
        patience = msgspec.structs.replace(patience or Patience(), read=settings.timeout)
        self.http = HttpClient(
            "webhook",
            Budget(settings.rate, max_rate=settings.rate, clock=clock, sleep=sleep),
            transport=transport,
            patience=patience,
            connections=settings.concurrency,
            clock=clock,
            sleep=sleep,
        )
        self._system, self._epoch = system, epoch
        self._url = httpx.URL(settings.url)
        secrets = filter(None, (settings.secret, settings.old_secret))
        self._keys = tuple(map(key_of, secrets))

    async def send(self, message: Told) -> Answer:
        """Send until it is taken; the same id each time. Raises SystemFault."""
        body = msgspec.json.encode(message)

        def attempt() -> Outgoing:
            signed = headers(self._keys, message.id, int(self._epoch()), body)
            return Outgoing("POST", self._url, body, _CONTENT + signed)

        return await self.http.call(self._system, attempt, self._judge)

    def _judge(self, reply: Reply) -> Answer:
        said = answer(reply.body)
        what = f"webhook {self._system}"
        fault = errors.fault_of(what, reply, said.code, self._epoch())
        if fault is not None:
            raise fault
        return said

    async def close(self) -> None:
        """Give connections back."""
        await self.http.close()
