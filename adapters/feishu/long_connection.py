"""Feishu's long connection: events over a connection that we open, so that no address is needed.

Source: the vendor's client (lark-oapi, ws/client.py; feishu.md, 10.3). For self-built apps. An
event that is not acknowledged within three seconds comes again, as by webhook. An app has 50
connections at most, and each event goes to one of them.
"""

from __future__ import annotations

import random

import httpx
import msgspec
from websockets.http11 import Response

from adapters.feishu import errors, events, wire
from adapters.feishu.conversation import ClientConfig, FeishuLine
from adapters.feishu.refusals import CONSOLE, Cause
from adapters.feishu.settings import FeishuSettings
from adapters.http import Budget, HttpClient, Outgoing, Patience, Reply, decoder
from adapters.listening import OPENING, Take, address, listen, told
from adapters.receiving import table
from domain.errors import CredentialFault, StrangerFault, SystemFault, TransientFault
from domain.hints import Hint

API = "callback/ws/endpoint"
_WHAT = f"Feishu {API}"
BUSY = {"1", "1000040343"}
TOO_MANY = "1000040350"
_SECRET = Cause(
    "app_id or app_secret is wrong, or no version of the app has been published",
    f"Compare them with App ID and App Secret, and publish a version {CONSOLE}.",
)
_FORBIDDEN = Cause(
    "the app may not use a long connection",
    f"It has to be a self-built app; choose 使用长连接接收事件 {CONSOLE}.",
)
CREDENTIAL = {
    "403": _FORBIDDEN,
    **dict.fromkeys(("514", "10003", "1000040344", "1000040345"), _SECRET),
}
LONGEST_PAUSE = 600.0
"""Seconds; whatever is asked for."""
_HEADERS = (("Content-Type", "application/json; charset=utf-8"), ("locale", "zh"))


class Endpoint(msgspec.Struct, gc=False):
    """Where to connect, and how to behave."""

    URL: str = ""
    ClientConfig: ClientConfig | None = None

    def __repr__(self) -> str:
        return "Endpoint(…)"


class FeishuLongConnection:
    """Events of one self-built app. See :class:`domain.hints.Listening`."""

    def __init__(self, settings: FeishuSettings, *, patience: Patience = OPENING) -> None:
        self._settings, self._patience = settings, patience

    async def listen(self, take: Take) -> None:
        """Be connected until cancelled. Raises CredentialFault."""
        gateway = Gateway(self._settings, self._patience)
        try:
            await listen(gateway, take)
        finally:
            await gateway.close()

    def hints(self, stored: bytes) -> tuple[Hint, ...]:
        """What an event in store hints at. Raises InputError."""
        id_kind = self._settings.id_kind
        return told(stored, lambda body: events.told(table(body), id_kind, body))


class Gateway:
    """Opens connections of one app. See :class:`adapters.listening.Exchange`."""

    name = "Feishu long connection"
    memory = 7 * 3600.0
    """The last repeat comes after seven hours and five minutes (feishu.md, 10.1)."""

    def __init__(self, settings: FeishuSettings, patience: Patience) -> None:
        self._settings, self._patience = settings, patience
        self._http = HttpClient("Feishu", Budget(settings.rate), patience=patience)
        self._base = settings.base_url.rstrip("/")
        self._line: FeishuLine | None = None

    async def open(self) -> FeishuLine:
        """Ask where to connect. Raises SystemFault."""
        asked = {"AppID": self._settings.app_id, "AppSecret": self._settings.app_secret}
        url = httpx.URL(f"{self._base}/{API}")
        outgoing = Outgoing("POST", url, msgspec.json.encode(asked), _HEADERS)
        found = await self._http.call(API, outgoing, _judge)
        given = address(found.URL, base=self._base, what=_WHAT)
        service = httpx.URL(given).params.get("service_id", "")
        if not service.isdecimal():
            raise StrangerFault(
                f"{_WHAT} gave no usable address for the connection",
                why="it has no service_id",
                fix="Check base_url and the proxy.",
                code="address",
            )
        self._line = FeishuLine(
            given, int(service), found.ClientConfig or ClientConfig(), self._settings.id_kind
        )
        return self._line

    def refused(self, response: Response) -> SystemFault:
        """The reason is in headers of its own. A ticket that is too old is no wrong secret."""
        headers = response.headers
        status = headers.get("handshake-status", "")
        code = headers.get("handshake-autherrcode", "") if status == "514" else status
        named = _fault(f"{self.name} was refused", code) if code in (TOO_MANY, "403") else None
        return named or TransientFault(
            f"{self.name} was refused",
            why=f"the connection was refused with HTTP {response.status_code}",
            code=code or "handshake",
        )

    def pause(self, failures: int) -> float:
        """As Feishu wants it: at random within the nonce at first, then one interval each."""
        if self._line is None:
            return self._patience.backoff(failures)
        config = self._line.config
        if failures == 1:
            return random.uniform(0, min(config.reconnect_nonce, LONGEST_PAUSE))  # noqa: S311 - no secret
        return max(min(config.reconnect_interval, LONGEST_PAUSE), self._patience.first_wait)

    async def close(self) -> None:
        """Give connections back."""
        await self._http.close()


def _judge(reply: Reply) -> Endpoint:
    fault = errors.page_fault(API, reply)
    if fault is not None:
        raise fault
    found = reply.decode(decoder(wire.Answer[Endpoint]), _WHAT)
    if found.code is None:
        raise errors.unnamed(API, reply)
    if found.code:
        named = _fault(f"{_WHAT} was refused", str(found.code))
        raise named or errors.fault_of(API, reply, found.code, found.error)
    return found.data or Endpoint()


def _fault(what: str, code: str) -> SystemFault | None:
    """Codes of the long connection alone (lark-oapi, ws/const.py; feishu.md, 10.3)."""
    if code in BUSY:
        return TransientFault(what, why="Feishu is busy with this", code=code)
    if code == TOO_MANY:
        return TransientFault(
            what,
            why="the app has 50 connections already",
            fix="Stop what else is connected as this app.",
            code=code,
        )
    cause = CREDENTIAL.get(code)
    return cause and CredentialFault(what, why=cause.why, fix=cause.fix, code=code)
