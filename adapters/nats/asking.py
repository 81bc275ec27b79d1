"""What a service asks of JetStream over its own connection: to have a stream, and to read it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import datetime
from time import monotonic
from typing import Any, NamedTuple

import msgspec
from nats.aio.client import Client
from nats.errors import Error as NatsError
from nats.js import JetStreamContext
from nats.js.api import PubAck, StreamConfig
from nats.js.errors import APIError

from domain.errors import ConfigError, LogError

PATIENCE_S = 15.0
"""How long a stream is waited for: a cluster that has just been started has no leader yet."""

_NAME_IN_USE, _NO_REPLICAS = 10058, 10074
_ENDS = {"204", "404"}
"""Status of the end of a batch, and of a question that nothing answers (ADR-31)."""


class Message(NamedTuple):
    """One stored message; ``at`` in seconds since 1970, by the server's clock."""

    sequence: int
    subject: str
    at: float
    headers: dict[str, str]
    data: bytes


async def ensure(client: Client, wanted: StreamConfig, patience: float = PATIENCE_S) -> None:
    """Make the stream where there is none of its name; one that is there is left as it is.

    Raises ConfigError when it cannot be made or holds other subjects, LogError when JetStream
    does not answer.
    """
    js, name, deadline = client.jetstream(timeout=2), str(wanted.name), monotonic() + patience
    while True:
        try:
            try:
                found = await js.add_stream(wanted)
            except APIError as error:
                if error.err_code != _NAME_IN_USE:
                    raise
                found = await js.stream_info(name)
            break
        except (NatsError, OSError) as error:
            if isinstance(error, APIError) and _wrong(error):
                raise ConfigError(
                    f"The stream {name} cannot be made", why=str(error.description)
                ) from None
            if monotonic() >= deadline:
                raise silent(name, error) from None
            await asyncio.sleep(0.1)
    if found.config.subjects != wanted.subjects:
        raise ConfigError(
            f"The stream {name} is not orgledger's",
            why=f"it holds {', '.join(found.config.subjects or ())}",
            fix="Remove or rename it, so that orgledger can make its own.",
        )


def _wrong(error: APIError) -> bool:
    """Whether asking again leads nowhere."""
    return error.err_code == _NO_REPLICAS or 400 <= (error.code or 0) < 500


def silent(name: str, error: Exception) -> LogError:
    """JetStream did not do what was asked of it in time."""
    why = error.description if isinstance(error, APIError) else str(error)
    return LogError(f"The stream {name} did not answer in time", why=why or type(error).__name__)


async def publish(
    js: JetStreamContext, subject: str, data: bytes, headers: Mapping[str, str], seconds: float
) -> PubAck:
    """Store a message. Raises TimeoutError, OSError or nats-py's errors.

    A cancellation that comes together with the answer, whatever that is, is heeded: nats-py waits
    with wait_for, which swallows it before Python 3.12.
    """
    task = asyncio.current_task()
    before = task.cancelling() if task is not None else 0
    try:
        async with asyncio.timeout(seconds):  # also while a buffer that is full is sent
            return await js.publish(subject, data, timeout=seconds, headers=dict(headers))
    finally:
        if task is not None and task.cancelling() > before:
            raise asyncio.CancelledError


async def batch(
    client: Client, stream: str, request: dict[str, Any], seconds: float
) -> list[Message]:
    """The messages that a batched direct get (ADR-31) finds; any replica may answer.

    Raises TimeoutError or nats-py's errors; asking again does no harm.
    """
    if not client.is_connected:
        raise NatsError("not connected")  # else it would be asked, for nobody, when it is back
    inbox, found = client.new_inbox(), list[Message]()
    subscription = await client.subscribe(inbox)
    try:
        async with asyncio.timeout(seconds):
            payload = msgspec.json.encode(request)
            await client.publish(f"$JS.API.DIRECT.GET.{stream}", payload, reply=inbox)
            while True:
                message = await subscription.next_msg(timeout=None)
                headers = message.headers or {}
                status = headers.get("Status")
                if status in _ENDS:
                    return found
                if status is not None:
                    raise NatsError(headers.get("Description", status))
                found.append(
                    Message(
                        int(headers["Nats-Sequence"]),
                        headers["Nats-Subject"],
                        datetime.fromisoformat(headers["Nats-Time-Stamp"]).timestamp(),
                        headers,
                        message.data,
                    )
                )
    finally:
        if not client.is_closed:  # one that is dialling would ask for it again, for ever
            await subscription.unsubscribe()
