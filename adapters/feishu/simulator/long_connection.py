"""The simulated long connection: an address by HTTP, frames over websockets.

Source: the vendor's client (lark-oapi, ws/client.py; feishu.md, 10.3). The repeats are those of
webhooks.
"""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from adapters.feishu.frames import CONTROL, DATA, decode, encode
from adapters.feishu.simulator.settings import FeishuSettings
from adapters.feishu.simulator.world import World
from adapters.simulation.http import BadBodyError, Reply, Request, json_reply
from adapters.simulation.outbox import Event, Outbox
from adapters.simulation.sockets import Message, Misspoken, Refusal, Said

API = "ws/endpoint"
PATH = "/callback/ws/endpoint"
SERVICE = 33_554_678
NO_CREDENTIAL, WRONG_CREDENTIAL, TOO_MANY, INTERNAL = (
    1000040344,
    1000040345,
    1000040350,
    1000040343,
)
TICKET_LIFE = 90.0
MOST = 50


class LongConnection:
    """See :class:`adapters.simulation.sockets.Plug`."""

    path = "/ws/v2"
    limit = 3.0
    waits = (15.0, 300.0, 3600.0, 21_600.0)
    every = 0.0

    def __init__(self, world: World) -> None:
        self._world = world
        self._tickets: dict[str, float] = {}
        self._serial = itertools.count(1)

    @property
    def outbox(self) -> Outbox:
        """Where the events are."""
        return self._world.directory.journal.outbox

    @property
    def settings(self) -> FeishuSettings:
        """The settings in force."""
        return self._world.settings

    def name(self, event: Event) -> str:
        """Its type."""
        return str(event["header"]["event_type"])

    def open(self, request: Request) -> Reply:
        """``POST /callback/ws/endpoint``: 1000040344 without credentials, 1000040345 with wrong."""
        try:
            asked = request.payload
        except BadBodyError:
            asked = {}
        app_id, secret = asked.get("AppID"), asked.get("AppSecret")
        if not app_id or not secret:
            return _refused(NO_CREDENTIAL, "app_id or app_secret is empty")
        if (app_id, secret) != (self.settings.app_id, self.settings.app_secret):
            return _refused(WRONG_CREDENTIAL, "app_id or app_secret is invalid")
        seed = f"{self.settings.app_id} {next(self._serial)}"
        ticket = hashlib.sha256(seed.encode()).hexdigest()[:32]
        self._tickets[ticket] = self._world.clock.now() + TICKET_LIFE
        host = request.headers.get("host", "127.0.0.1")
        query = f"device_id={ticket[:16]}&service_id={SERVICE}&ticket={ticket}"
        data = {"URL": f"ws://{host}{self.path}?{query}", "ClientConfig": self._config()}
        return json_reply({"code": 0, "msg": "", "data": data})

    def _config(self) -> dict[str, int]:
        return {
            "ReconnectCount": -1,
            "ReconnectInterval": self.settings.reconnect_interval,
            "ReconnectNonce": self.settings.reconnect_nonce,
            "PingInterval": self.settings.ping_interval,
        }

    def admit(self, query: Mapping[str, str], connected: int) -> Refusal | None:
        """The reason of a refusal is in headers; an app has 50 connections at most."""
        ends = self._tickets.pop(query.get("ticket", ""), 0.0)
        code = TOO_MANY if connected >= MOST else INTERNAL
        if self._world.clock.now() < ends and connected < MOST:
            return None
        headers = {"handshake-status": "514", "handshake-msg": "auth failed"}
        return Refusal(403, {**headers, "handshake-autherrcode": str(code)})

    def say(self, event: Event, mark: str) -> Sequence[Message]:
        """Data frames: one, or as many as it takes."""
        told = {name: value for name, value in event.items() if name != "number"}
        payload = msgspec.json.encode(told)
        size = self.settings.frame_bytes
        parts = [payload[at : at + size] for at in range(0, len(payload), size)]
        headers = {"type": "event", "message_id": mark, "sum": str(len(parts)), "trace_id": mark}
        return [
            encode(DATA, SERVICE, {**headers, "seq": str(number)}, part)
            for number, part in enumerate(parts)
        ]

    def ping(self) -> Message:
        """Feishu sends none; the client does."""
        return b""

    def farewell(self) -> Message | None:
        """Feishu just closes."""
        return None

    def hear(self, message: Message) -> Said:
        """A ping, or a data frame that comes back with a code. Raises Misspoken."""
        try:
            frame = decode(message) if isinstance(message, bytes) else None
        except ValueError:
            frame = None
        if frame is None or frame.service != SERVICE:
            raise Misspoken
        if (frame.method, frame.headers.get("type")) == (CONTROL, "ping"):
            config = msgspec.json.encode(self._config())
            return Said(reply=encode(CONTROL, SERVICE, {"type": "pong"}, config))
        if frame.method != DATA or not frame.headers.get("message_id"):
            raise Misspoken
        try:
            answer: Any = msgspec.json.decode(frame.payload)
        except (msgspec.DecodeError, UnicodeError):
            raise Misspoken from None
        if not isinstance(answer, dict) or not isinstance(answer.get("code"), int):
            raise Misspoken
        return Said(frame.headers["message_id"], answer["code"] == 200)


def _refused(code: int, message: str) -> Reply:
    return json_reply({"code": code, "msg": message, "data": {"URL": ""}}, code=str(code))
