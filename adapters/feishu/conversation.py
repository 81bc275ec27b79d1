"""What is spoken on Feishu's long connection. Pure.

Source: the vendor's client (lark-oapi, ws/client.py; feishu.md, 10.3). Events are plain JSON, as
by webhook without an Encrypt Key. The frame goes back with a code for its payload: 200, or 500 to
have the event sent again (after 15 seconds, 5 minutes, one hour and six hours).
"""

from __future__ import annotations

import msgspec

from adapters.feishu.events import IdKind, told
from adapters.feishu.frames import CONTROL, DATA, Frame, decode, encode
from adapters.feishu.parts import Parts
from adapters.listening import Heard, refused
from adapters.receiving import Refused, key_of, part, table, text
from domain.hints import LARGEST, Answer, Callback, keep

TAKEN, FAILED = b'{"code":200}', b'{"code":500}'


class ClientConfig(msgspec.Struct, frozen=True, rename="pascal"):
    """How Feishu wants to be called, in seconds. ReconnectCount is not heeded: we never give up."""

    ping_interval: float = 120
    reconnect_interval: float = 120
    reconnect_nonce: float = 30


class FeishuLine:
    """One connection to ``address``; ``service`` is the number that pings carry."""

    text = False

    def __init__(self, address: str, service: int, config: ClientConfig, id_kind: IdKind) -> None:
        self.address, self.config = address, config
        self._service, self._id_kind = service, id_kind
        self._parts = Parts()

    @property
    def every(self) -> float:
        """Seconds between two pings."""
        return max(self.config.ping_interval, 0.1)

    def ping(self) -> bytes:
        """A control frame."""
        return encode(CONTROL, self._service, {"type": "ping"})

    def hear(self, message: bytes, now: float) -> Heard:
        """See :class:`adapters.listening.Line`."""
        try:
            frame = decode(message)
        except ValueError:
            return Heard()
        kind = frame.headers.get("type")
        if frame.method == CONTROL and kind == "pong":
            self._configure(frame.payload)
        if frame.method == DATA and kind == "event":
            return self._event(frame, now)
        return Heard()

    def _configure(self, payload: bytes) -> None:
        """What a pong names is changed; it need not name anything."""
        try:
            named = {**msgspec.to_builtins(self.config), **table(payload)}
            self.config = msgspec.convert(named, ClientConfig)
        except (Refused, msgspec.ValidationError):
            pass

    def _event(self, frame: Frame, now: float) -> Heard:
        later = frame.answered(FAILED)
        try:
            payload = self._whole(frame, now)
            if payload is None:
                return Heard()
            if len(payload) > LARGEST:
                raise Refused("oversize")
            message = table(payload)
        except Refused as refusal:
            return refused(refusal, later)
        answer = Answer(
            status=200, body=frame.answered(TAKEN), content_type="application/octet-stream"
        )
        mark = text(part(message, "header").get("event_id") or message.get("uuid"))
        received = told(message, self._id_kind, payload).received(
            answer, keep(Callback(method="", body=payload), now), key_of(mark or payload)
        )
        return Heard(received=received, later=later)

    def _whole(self, frame: Frame, now: float) -> bytes | None:
        """The payload, when all of its parts are there. Raises Refused."""
        try:
            total = int(frame.headers.get("sum") or "1")
            number = int(frame.headers.get("seq") or "0")
        except ValueError:
            raise Refused("shape") from None
        if total in (0, 1):
            return frame.payload
        mark = frame.headers.get("message_id", "")
        return self._parts.join(mark, total, number, frame.payload, now)
