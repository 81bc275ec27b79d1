"""The same over NATS: the state in parts, then a consumer of the log's own stream.

NATS_URL=nats://127.0.0.1:4222 python docs/examples/subscribe_nats.py acme
"""

import asyncio
import json
import os
import sys

import nats
from nats.js.api import ConsumerConfig, DeliverPolicy


async def state_of(client: nats.NATS, org: str) -> dict:
    """The state comes in as many messages as it needs; an empty one ends it."""
    inbox, parts = client.new_inbox(), []
    replies = await client.subscribe(inbox)
    await client.publish(f"orgledger.state.{org}", reply=inbox)
    while (reply := await replies.next_msg(timeout=30)).data:
        parts.append(reply.data)
    return json.loads(b"".join(parts))


async def main(org: str) -> None:
    client = await nats.connect(os.environ["NATS_URL"])
    state = await state_of(client, org)
    print(f"{state['name']} at position {state['position']}", flush=True)
    events = await client.jetstream().subscribe(
        f"orgledger.log.{org}.directory.>",
        stream="ORGLEDGER",
        ordered_consumer=True,
        config=ConsumerConfig(
            deliver_policy=DeliverPolicy.BY_START_SEQUENCE, opt_start_seq=state["position"] + 1
        ),
    )
    async for message in events.messages:
        position = message.metadata.sequence.stream
        name = message.subject.rpartition(".")[2]
        print(position, name, json.loads(message.data)["fact"]["uid"], flush=True)


asyncio.run(main(sys.argv[1]))
