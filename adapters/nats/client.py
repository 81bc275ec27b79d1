"""The asyncio connection of a service: nats-py's own client, which reconnects for ever.

The library beside it (:mod:`adapters.nats.connection`) is synchronous and dials anew for every
loss; a service has subscriptions that must come back by themselves.
"""

from __future__ import annotations

import logging
from asyncio import timeout

from nats.aio.client import Client
from nats.errors import AuthorizationError
from nats.errors import Error as NatsError

from adapters.nats.connection import Address, UnreachableError
from adapters.nats.encrypted import EncryptedClient
from domain.errors import ConfigError

log = logging.getLogger("orgledger.nats")

_PAUSE_S = 0.2
"""Between two attempts at one server: a lease must be renewed within seconds."""

_PING_S = 2
"""A connection that stays silent is given up after two pings; a lease is lost after six seconds."""

_QUOTES = "' \r\n"


class Lasting(EncryptedClient):
    """A client that dials again whatever made the server end the connection.

    nats-py closes for good at any ``-ERR`` but two: a credential that is replaced at the server, a
    token that runs out, a limit on connections. What waits for messages then asks for ever.
    """

    async def _process_err(self, err_msg: str) -> None:
        if "permissions violation" in err_msg.lower():  # the server goes on
            await super()._process_err(err_msg)
            return
        error = NatsError(f"nats: {err_msg.strip(_QUOTES)}")
        await self._error_cb(error)
        await self._process_op_err(error)

    async def _process_connect_init(self) -> None:
        try:
            await super()._process_connect_init()
        except BaseException:
            if self._transport is not None:  # nats-py forgets it, and dials anew
                self._transport.close()  # type: ignore[no-untyped-call]
            raise


async def connect(address: Address, *, name: str = "orgledger") -> Client:
    """A connection to ``address`` that comes back by itself whenever it is lost.

    Raises ConfigError for a credential that is refused, UnreachableError (a LogError) when no
    server has answered within ``address.patience`` seconds.
    """
    client, why = Lasting(), "no server has answered yet"

    async def failed(error: Exception) -> None:
        nonlocal why
        why = str(error) or type(error).__name__
        log.debug("The log at %s: %s", address.where, why)

    async def lost() -> None:
        if not client.is_closed:
            log.warning("The connection to the log at %s is lost; dialling again", address.where)

    async def back() -> None:
        log.info("The connection to the log at %s is back", address.where)

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
