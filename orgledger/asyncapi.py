"""The AsyncAPI document of the API over NATS: docs/reference/asyncapi.json.

FastStream writes the channels and operations, from the subscribers that the service runs; the
shapes of what is sent are those of :mod:`orgledger.openapi`. ``make docs`` runs
``python -m orgledger.asyncapi`` and writes it.
"""

from __future__ import annotations

import sys

import msgspec
from faststream.nats import NatsBroker
from faststream.nats.annotations import NatsMessage
from faststream.specification import AsyncAPI

from orgledger.live.answering import ACTOR, KEY, PARTS, POSITION, subscribe
from orgledger.openapi import REF, VERSION, Schema, page, schemas

_EVENTS = """\
The events of an organization, in the JetStream stream ORGLEDGER: the sequence is the position.
Begin with a consumer at the position of a state, plus one."""

_TOLD = {
    "publish": """\
JSON (an event, or a list of them) or JSON lines, with a reply subject. What was taken under a key \
once is never taken again: the answer is the first one's, repeated.""",
    "state": "Nothing in it, with a reply subject.",
    "events": "As it is in the log; the last token of the subject is the name of the event.",
    "State": """\
A part of the state, in order; put together they are one JSON document, of the schema State. \
An empty message follows the last one.""",
    "Problem": "Why it was not done; of a state, an empty message follows it, too.",
    "Published": "It was recorded, or had been.",
}

_HEADERS = {
    KEY: "your own key of this publication, 1 to 200 printable characters of ASCII",
    ACTOR: "who publishes, 1 to 64 of A-Z, a-z, 0-9 and _ . @ : -; recorded as nats:<who>",
    POSITION: "the position of the state",
    PARTS: "in how many messages it comes, before the empty one",
    "V": "the number of the event among those of the same entity",
}


async def _publish(message: NatsMessage) -> bytes:
    raise NotImplementedError  # only described


async def _state(message: NatsMessage) -> None:
    raise NotImplementedError  # only described


def document() -> Schema:
    """The whole document, as of AsyncAPI 3.0."""
    broker = NatsBroker("nats://127.0.0.1:4222", apply_types=False, logger=None)
    subscribe(broker, _publish, _state)
    broker.publisher(
        "orgledger.log.{org}.directory.{kind}.{uid}.{event}",
        stream="ORGLEDGER",
        title="events",
        description=_EVENTS,
        schema=dict,
    )
    described = AsyncAPI(
        broker,
        title="orgledger",
        version=VERSION,
        description="Publish to an organization, and subscribe to it. See docs/publish.md.",
        schema_version="3.0.0",
    ).to_specification()
    found: Schema = msgspec.json.decode(described.to_json())
    found["components"]["schemas"] = _schemas()
    for channel in found["channels"].values():
        names = ("org", "kind", "uid", "event")
        channel["parameters"] = {n: {} for n in names if f"{{{n}}}" in channel["address"]}
    _say(found, "publish", _ref("Publication"), (KEY, ACTOR))
    _reply(found, "publish", ("Published", "Problem"), ())
    _say(found, "state", {"const": ""}, ())
    _reply(found, "state", ("State", "Problem"), (POSITION, PARTS))
    _say(found, "events", _ref("Envelope"), ("V",))
    for part in (found, found["components"]):  # FastStream keeps them in sets
        for name in {"channels", "operations", "messages"} & part.keys():
            part[name] = dict(sorted(part[name].items()))
    return found


def _schemas() -> dict[str, Schema]:
    found = schemas()
    del found["Notice"]
    event = found.pop("Event")
    address = ("position", "org", "kind", "event")  # the sequence and the subject tell these
    found["Envelope"] = {
        "title": "Envelope",
        "description": "An event with its circumstances: docs/reference/events.md.",
        "type": "object",
        "properties": {k: v for k, v in event["properties"].items() if k not in address},
        "required": [k for k in event["required"] if k not in address],
    }
    found["Change"]["discriminator"] = "event"  # as AsyncAPI writes it
    change = _ref("Change")
    some: Schema = {"type": "array", "items": change, "minItems": 1}
    found["Publication"] = {"title": "Publication", "oneOf": [some, change]}
    return found


def _ref(name: str) -> Schema:
    return {"$ref": REF.format(name=name)}


def _headers(names: tuple[str, ...]) -> Schema:
    told = {name: {"type": "string", "description": _HEADERS[name]} for name in names}
    return {"type": "object", "properties": told}


def _say(found: Schema, channel: str, payload: Schema, headers: tuple[str, ...]) -> None:
    """What is sent on a channel; FastStream knows its name only."""
    (message,) = found["channels"][channel]["messages"]
    told: Schema = {
        "title": f"{channel}:{message}",
        "description": _TOLD[channel],
        "payload": payload,
    }
    if headers:
        told["headers"] = _headers(headers)
    found["components"]["messages"][f"{channel}:{message}"] = told


def _reply(found: Schema, channel: str, names: tuple[str, ...], headers: tuple[str, ...]) -> None:
    """What is answered, to the subject that the request names."""
    where = f"{channel}-reply"
    messages: Schema = {}
    for name in names:
        told: Schema = {"title": name, "description": _TOLD[name], "payload": _ref(name)}
        if headers:
            told["headers"] = _headers(headers)
        found["components"]["messages"][f"{where}:{name}"] = told
        messages[name] = {"$ref": f"#/components/messages/{where}:{name}"}
    found["channels"][where] = {"address": None, "messages": messages}
    found["operations"][channel]["reply"] = {
        "address": {"location": "$message.header#/reply-to"},
        "channel": {"$ref": f"#/channels/{where}"},
    }


if __name__ == "__main__":
    sys.stdout.write(page(document()))
