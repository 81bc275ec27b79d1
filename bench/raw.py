"""The other side of the ratios: nats-py used directly, doing nothing with what it carries."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from time import perf_counter
from uuid import uuid4

import nats
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy

from bench.log import Env

BATCH = 1000
"""The most messages that nats-server takes in one atomic batch by default."""

Message = tuple[str, bytes, str]
"""Subject, payload, and the value of the header V (the entity's version)."""


async def _connect(env: Env) -> Client:
    return await nats.connect(env["NATS_URL"], user=env["NATS_USER"], password=env["NATS_PASSWORD"])


def append(env: Env, messages: Sequence[Message]) -> float:
    """Store messages in atomic batches of 1,000, one after the other; the seconds it took."""
    return asyncio.run(_append(env, messages))


async def _append(env: Env, messages: Sequence[Message]) -> float:
    client = await _connect(env)
    begun = perf_counter()
    for start in range(0, len(messages), BATCH):
        await _append_batch(client, messages[start : start + BATCH])
    took = perf_counter() - begun
    await client.close()
    return took


async def _append_batch(client: Client, messages: Sequence[Message]) -> None:
    identity, count = uuid4().hex, len(messages)
    for number, (subject, payload, version) in enumerate(messages, start=1):
        headers = {"V": version, "Nats-Batch-Id": identity, "Nats-Batch-Sequence": str(number)}
        if number < count:
            await client.publish(subject, payload, headers=headers)
        else:
            headers["Nats-Batch-Commit"] = "1"
            answer = await client.request(subject, payload, headers=headers, timeout=30)
            assert b'"error"' not in answer.data, answer.data


def consume(env: Env, subject: str, count: int) -> float:
    """Receive ``count`` messages by a flow-controlled push consumer; the seconds it took."""
    return asyncio.run(_consume(env, subject, count))


async def _consume(env: Env, subject: str, count: int) -> float:
    client = await _connect(env)
    received, everything = 0, asyncio.Event()

    async def on_message(_message: Msg) -> None:
        nonlocal received
        received += 1
        if received == count:
            everything.set()

    begun = perf_counter()
    subscription = await client.jetstream().subscribe(
        subject,
        stream=env["NATS_STREAM"],
        cb=on_message,
        manual_ack=True,
        pending_msgs_limit=-1,
        pending_bytes_limit=-1,
        flow_control=True,  # nats-py overwrites what the config says of it
        idle_heartbeat=5,
        config=ConsumerConfig(ack_policy=AckPolicy.NONE, deliver_policy=DeliverPolicy.ALL),
    )
    await asyncio.wait_for(everything.wait(), 300)
    took = perf_counter() - begun
    await subscription.unsubscribe()
    await client.close()
    return took
