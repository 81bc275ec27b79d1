"""The simulated Stream gateway: tickets by HTTP, events over websockets.

Source: open-dingtalk/developerpedia, Stream 协议描述, and the vendor's clients (dingtalk.md, 6.4).
How often an event is pushed again is not documented but for a window of a minute (inferred).
"""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from adapters.dingtalk.simulator.errors import NewApiError
from adapters.dingtalk.simulator.settings import DingTalkSettings
from adapters.dingtalk.simulator.world import World
from adapters.simulation.http import BadBodyError, Reply, Request, json_reply
from adapters.simulation.outbox import Event, Outbox
from adapters.simulation.sockets import Message, Misspoken, Refusal, Said

API = "gateway/connections/open"
PATH = "/v1.0/gateway/connections/open"
TICKET_LIFE = 90.0
XML = b"application/xml;charset=utf-8"
KINDS = ("EVENT", "CALLBACK", "SYSTEM")


class Ack(msgspec.Struct, kw_only=True):
    """A client's answer; ``data`` is JSON once more, as a text."""

    code: int
    headers: dict[str, str]
    message: str = ""
    data: str = "{}"


class StreamGateway:
    """See :class:`adapters.simulation.sockets.Plug`."""

    path = "/connect"
    limit = 3.0
    waits = (5.0, 10.0, 20.0, 20.0)
    every = 30.0

    def __init__(self, world: World) -> None:
        self._world = world
        self._tickets: dict[str, float] = {}
        self._serial = itertools.count(1)

    @property
    def outbox(self) -> Outbox:
        """Where the events are."""
        return self._world.directory.journal.outbox

    @property
    def settings(self) -> DingTalkSettings:
        """The settings in force."""
        return self._world.settings

    def name(self, event: Event) -> str:
        """Its type."""
        return str(event["eventType"])

    def open(self, request: Request) -> Reply:
        """``POST /v1.0/gateway/connections/open``: 401 authFailed. Raises NewApiError."""
        try:
            asked = request.payload
        except BadBodyError as error:
            raise NewApiError(400, "invalidRequestBody", str(error)) from None
        given = asked.get("clientId"), asked.get("clientSecret")
        if given != (self.settings.app_key, self.settings.app_secret):
            raise NewApiError(401, "authFailed", "鉴权失败")
        _check(asked.get("subscriptions"))
        seed = f"{self.settings.app_key} {next(self._serial)}"
        ticket = hashlib.sha256(seed.encode()).hexdigest()[:32]
        self._tickets[ticket] = self._world.clock.now() + TICKET_LIFE
        endpoint = f"ws://{request.headers.get('host', '127.0.0.1')}{self.path}"
        if "json" not in request.headers.get("accept", ""):
            told = f"<endpoint>{endpoint}</endpoint><ticket>{ticket}</ticket>"
            return Reply(f"<response>{told}</response>".encode(), content_type=XML)
        return json_reply({"endpoint": endpoint, "ticket": ticket})

    def admit(self, query: Mapping[str, str], connected: int) -> Refusal | None:
        """A ticket is good for 90 seconds and one connection."""
        ends = self._tickets.pop(query.get("ticket", ""), 0.0)
        return None if self._world.clock.now() < ends else Refusal(401)

    def say(self, event: Event, mark: str) -> Sequence[Message]:
        """An EVENT message."""
        headers = {
            "eventType": event["eventType"],
            "eventId": event["eventId"],
            "eventBornTime": str(event["eventBornTime"]),
            "eventCorpId": event["eventCorpId"],
            "eventUnifiedAppId": "simulated-app",
        }
        return (self._message("EVENT", "*", event["data"], mark, headers),)

    def ping(self) -> Message:
        """To be answered with the same data."""
        number = next(self._serial)
        return self._message("SYSTEM", "ping", {"opaque": f"opaque-{number}"}, f"ping-{number}")

    def farewell(self) -> Message | None:
        """No more events on this connection, and its end in ten seconds."""
        reason = {"reason": "connection is expired"}
        return self._message("SYSTEM", "disconnect", reason, f"bye-{next(self._serial)}")

    def hear(self, message: Message) -> Said:
        """An answer. Raises Misspoken."""
        try:
            ack = msgspec.json.decode(message, type=Ack)
            data = msgspec.json.decode(ack.data)
        except (msgspec.DecodeError, UnicodeError):
            raise Misspoken from None
        mark = ack.headers.get("messageId")
        if isinstance(message, bytes) or not mark:
            raise Misspoken
        if ack.headers.get("contentType") != "application/json":
            raise Misspoken
        later = isinstance(data, dict) and data.get("status") == "LATER"
        return Said(mark, ack.code == 200 and not later)

    def _message(
        self, kind: str, topic: str, data: Any, mark: str, more: Mapping[str, str] | None = None
    ) -> str:
        headers = {
            "topic": topic,
            "messageId": mark,
            "contentType": "application/json",
            "time": str(self._world.clock.now_ms()),
            **(more or {}),
        }
        told = msgspec.json.encode(data).decode()
        frame = {"specVersion": "1.0", "type": kind, "headers": headers, "data": told}
        return msgspec.json.encode(frame).decode()


def _check(subscriptions: object) -> None:
    """Raise NewApiError for what cannot be subscribed to; of events that is all or nothing."""
    wanted = subscriptions if isinstance(subscriptions, list) else []
    known = all(
        isinstance(one, dict) and one.get("type") in KINDS and isinstance(one.get("topic"), str)
        for one in wanted
    )
    if not wanted or not known or any((o["type"], o["topic"]) == ("EVENT", "") for o in wanted):
        raise NewApiError(400, "invalidParameter", "subscriptions")
    if any(one["type"] == "EVENT" and one["topic"] != "*" for one in wanted):
        raise NewApiError(400, "invalidParameter", "EVENT: topic")
