"""Writing calls (wecom.md, section 4); all need the contact-sync secret, else 48002."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from adapters.wecom import wire
from adapters.wecom.client import WeComClient
from domain.errors import TransientFault

E = TypeVar("E", bound=wire.Envelope)

CONFLICT = "45035"
"""Somebody else writes just now; what was asked for is not done."""


class Writer:
    """Writes through ``client``. Every call raises SystemFault.

    Departments and people are created one at a time, as WeCom asks (WeCom department/create,
    user/create); everything else runs side by side. Where a conflict is met all the same, all
    writes go one at a time from then on.
    """

    def __init__(self, client: WeComClient) -> None:
        self.client = client
        self._alone = asyncio.Lock()
        self._conflicts = False

    async def create(self, api: str, body: dict[str, Any], shape: type[E]) -> E:
        """Create something. A failure after which it may be there is raised at once."""

        async def send() -> E:
            async with self._alone:
                return await self.client.call(
                    "contact", "POST", api, shape, body=body, repeat=False
                )

        return await self._peacefully(send)

    async def post(self, api: str, body: dict[str, Any], shape: type[E]) -> E:
        """A write that does no harm when it is done twice."""
        return await self._write("POST", api, shape, body=body)

    async def delete(self, api: str, **query: Any) -> None:
        """A deletion, which WeCom asks for by GET."""
        await self._write("GET", api, wire.Envelope, query=query)

    async def _write(self, method: str, api: str, shape: type[E], **parts: Any) -> E:
        async def send() -> E:
            if not self._conflicts:
                return await self.client.call("contact", method, api, shape, **parts)
            async with self._alone:
                return await self.client.call("contact", method, api, shape, **parts)

        return await self._peacefully(send)

    async def _peacefully(self, send: Callable[[], Awaitable[E]]) -> E:
        patience = self.client.http.patience
        for tries in range(1, patience.tries):
            try:
                return await send()
            except TransientFault as fault:
                if fault.code != CONFLICT:
                    raise
                self._conflicts = True
                await asyncio.sleep(patience.backoff(tries))
        return await send()
