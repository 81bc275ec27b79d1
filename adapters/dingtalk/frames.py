"""What is spoken in DingTalk's Stream mode, once connected. Pure.

Source: open-dingtalk/developerpedia, Stream 协议描述, and the vendor's clients (dingtalk.md, 6.4).
Every message is JSON; ``data`` in it is JSON once more, as a text.
"""

from __future__ import annotations

from typing import Any

import msgspec

from adapters.dingtalk.events import told
from adapters.listening import Heard, refused
from adapters.receiving import Refused, Told, key_of, table, text
from domain.hints import LARGEST, Answer, Callback, keep

OK, NO_HANDLER, NOT_STORED = 200, 404, 500
SUCCESS = '{"status":"SUCCESS","message":"success"}'
LATER = '{"status":"LATER","message":"not stored"}'
"""With 500, as the Go client has it; the Java client has 200, which alone means the contrary."""


class Frame(msgspec.Struct, gc=False):
    """One message from DingTalk."""

    type: str = ""
    headers: dict[str, Any] = {}
    data: str = ""

    def header(self, name: str) -> str:
        """One header as text; empty where there is none."""
        return text(self.headers.get(name))

    def answered(self, data: str, code: int = OK, message: str = "OK") -> bytes:
        """Our answer to it; empty for a message that cannot be answered, having no id."""
        mark = self.header("messageId")
        if not mark:
            return b""
        headers = {"messageId": mark, "contentType": "application/json"}
        answer = {"code": code, "headers": headers, "message": message, "data": data}
        return msgspec.json.encode(answer)

    def told(self) -> Told:
        """What an event tells. Raises Refused."""
        name = self.header("eventType")
        return told(
            name,
            table(self.data.encode("utf-8", "surrogatepass")),
            born=self.headers.get("eventBornTime"),
            marked=self.header("eventId") or name + self.data,
        )


_FRAMES = msgspec.json.Decoder(Frame)


def read(message: bytes) -> Frame:
    """One message, decoded. Raises Refused."""
    try:
        return _FRAMES.decode(message)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        raise Refused("shape") from None


class StreamLine:
    """One connection to ``address``."""

    text = True
    every = 0.0
    """The websocket's own pings are enough: DingTalk's servers answer them."""

    def __init__(self, address: str) -> None:
        self.address = address

    def ping(self) -> bytes:
        """There is none of DingTalk's own."""
        return b""

    def hear(self, message: bytes, now: float) -> Heard:
        """See :class:`adapters.listening.Line`."""
        try:
            frame = read(message)
        except Refused:
            return Heard()
        if frame.type == "EVENT":
            return _event(frame, message, now)
        if frame.type == "SYSTEM":  # ping, disconnect, and some that only inform
            leave = frame.header("topic") == "disconnect"
            return Heard(reply=frame.answered(frame.data or "{}"), leave=leave)
        return Heard(reply=frame.answered("{}", NO_HANDLER, "not subscribed"))


def _event(frame: Frame, message: bytes, now: float) -> Heard:
    later = frame.answered(LATER, NOT_STORED, "not stored")
    try:
        if len(message) > LARGEST:
            raise Refused("oversize")
        found = frame.told()
    except Refused as refusal:
        return refused(refusal, later)
    mark = frame.header("eventId")
    received = found.received(
        Answer(status=OK, body=frame.answered(SUCCESS), content_type="application/json"),
        keep(Callback(method="", body=message), now),
        key_of(mark or message),
    )
    return Heard(received=received, later=later)
