"""Creating exactly once: DingTalk has no idempotency keys, so who is not sure looks first."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from adapters.http import Patience
from domain.errors import ExistsFault, TransientFault


async def create_once(
    send: Callable[[], Awaitable[str]],
    look: Callable[[], Awaitable[str | None]],
    *,
    again: bool,
    patience: Patience,
) -> str:
    """The id of what ``send`` creates, or of what an earlier try has created.

    ``look`` finds ours and nobody else's. With ``again`` there was an earlier try.
    Raises SystemFault; after a TransientFault it may have come to be nevertheless.
    """
    unsure = again
    for failures in range(1, patience.tries + 1):
        if unsure and (found := await look()) is not None:
            return found
        try:
            return await send()
        except ExistsFault:
            found = await look() if unsure else None
            if found is None:
                raise
            return found
        except TransientFault as fault:
            if fault.waiting or failures == patience.tries:
                raise
            unsure = True
            await asyncio.sleep(patience.backoff(failures))
    raise AssertionError("the last try returns or raises")
