"""The asyncio connection of a service: nats-py's own client, which reconnects for ever.

The library beside it (:mod:`adapters.nats.connection`) is synchronous and dials anew for every
loss; a service has subscriptions that must come back by themselves.
"""

from __future__ import annotations

import logging
from asyncio import timeout
from collections.abc import Callable

from nats.aio.client import Client
from nats.errors import AuthorizationError
from nats.errors import Error as NatsError

from adapters.nats.connection import Address, UnreachableError
from domain.errors import ConfigError

log = logging.getLogger("orgledger.nats")

_PAUSE_S = 0.2
"""Between two attempts at one server: a lease must be renewed within seconds."""

_PING_S = 2
"""A connection that stays silent is given up after two pings; a lease is lost after six seconds."""


async def connect(
    address: Address, *, name: str = "orgledger", ended: Callable[[], None] | None = None
) -> Client:
    """A connection to ``address`` that comes back by itself whenever it is lost.

    ``ended`` is called if it ends for good without having been closed: nats-py gives up when a
    server refuses the login or the protocol in the middle of the service.
    Raises ConfigError for a credential that is refused, UnreachableError (a LogError) when no
    server has answered within ``address.patience`` seconds.
    """
    client, why = Client(), "no server has answered yet"

    async def failed(error: Exception) -> None:
        nonlocal why
        why = str(error) or type(error).__name__
        log.debug("The log at %s: %s", address.where, why)

    async def lost() -> None:
        if not client.is_closed:
            log.warning("The connection to the log at %s is lost; dialling again", address.where)

    async def back() -> None:
        log.info("The connection to the log at %s is back", address.where)

    async def over() -> None:
        if ended is not None:
            ended()

    try:
        async with timeout(address.patience):
            await client.connect(
                servers=list(address.servers),
                name=name,
                max_reconnect_attempts=-1,
                reconnect_time_wait=_PAUSE_S,  # type: ignore[arg-type]  # it is only slept
                connect_timeout=2,
                ping_interval=_PING_S,
                max_outstanding_pings=2,
                error_cb=failed,
                disconnected_cb=lost,
                reconnected_cb=back,
                closed_cb=over,
                **address.options(),
            )
    except (OSError, NatsError, TimeoutError) as error:
        await client.close()
        if isinstance(error, AuthorizationError) or "authorization violation" in why.lower():
            raise ConfigError(
                f"The log at {address.where} does not accept the credential",
                why="authorization violation",
                fix="Correct the user and password, token or credentials file of [log].",
            ) from None
        raise UnreachableError(
            f"The log at {address.where} did not answer within {address.patience:g} s",
            why=why,
            fix="Start the server or correct [log] url.",
        ) from None
    return client
