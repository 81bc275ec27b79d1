"""DingTalk's Stream mode: events over a connection that we open, so that no address is needed.

Source: open-dingtalk/developerpedia, Stream 协议描述, and the vendor's clients (dingtalk.md, 6.4).
An event that is not acknowledged within three seconds is pushed again, and may come twice even if
it is. Of several connections of one app each event goes to one, chosen at random: all of them
together have every event, and none of them alone.
"""

from __future__ import annotations

from urllib.parse import quote

import httpx
import msgspec
from websockets.http11 import Response

from adapters.dingtalk import errors, wire
from adapters.dingtalk.frames import StreamLine, read
from adapters.dingtalk.settings import DingTalkSettings
from adapters.http import Budget, HttpClient, Outgoing, Patience, Reply, decoder
from adapters.listening import OPENING, Take, address, listen, told
from domain.errors import SystemFault, TransientFault
from domain.hints import Hint

API = "gateway/connections/open"
_WHAT = f"DingTalk {API}"
_JSON = (("Content-Type", "application/json"), ("Accept", "application/json"))
_EVENTS = [{"type": "EVENT", "topic": "*"}]
"""All that are ticked in the console; there is no other way to choose."""


class Connection(wire.Envelope, gc=False):
    """Where to connect; the ticket is good for 90 seconds and one connection."""

    endpoint: str = ""
    ticket: str = ""

    def __repr__(self) -> str:
        return "Connection(…)"


class DingTalkStream:
    """Events of one internal app. See :class:`domain.hints.Listening`."""

    def __init__(self, settings: DingTalkSettings, *, patience: Patience = OPENING) -> None:
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
        return told(stored, lambda body: read(body).told())


class Gateway:
    """Opens connections of one app. See :class:`adapters.listening.Exchange`."""

    name = "DingTalk Stream"
    memory = 20.0
    """It tells again for a minute (inferred), and a dead connection may be held for 40 seconds."""

    def __init__(self, settings: DingTalkSettings, patience: Patience) -> None:
        self._settings, self._patience = settings, patience
        self._http = HttpClient("DingTalk", Budget(settings.rate), patience=patience)
        self._api = settings.api_url.rstrip("/")

    async def open(self) -> StreamLine:
        """Ask for a ticket. Raises SystemFault."""
        asked = {
            "clientId": self._settings.app_key,
            "clientSecret": self._settings.app_secret,
            "subscriptions": _EVENTS,
            "ua": "orgledger",
        }
        url = httpx.URL(f"{self._api}/v1.0/{API}")
        outgoing = Outgoing("POST", url, msgspec.json.encode(asked), _JSON)
        found = await self._http.call(API, outgoing, _judge)
        endpoint = address(found.endpoint, base=self._api, what=_WHAT)
        joint = "&" if "?" in endpoint else "?"
        return StreamLine(f"{endpoint}{joint}ticket={quote(found.ticket, safe='')}")

    def refused(self, response: Response) -> SystemFault:
        """The next try has a ticket of its own; a wrong secret is told where one asks for it."""
        why = f"the connection was refused with HTTP {response.status_code}"
        return TransientFault(f"{self.name} was refused", why=why, code="handshake")

    def pause(self, failures: int) -> float:
        """DingTalk names no time of its own."""
        return self._patience.backoff(failures)

    async def close(self) -> None:
        """Give connections back."""
        await self._http.close()


def _judge(reply: Reply) -> Connection:
    if reply.body.lstrip()[:1] == b"{":  # a wrong secret is HTTP 401, which else is about tokens
        found: Connection = reply.decode(decoder(Connection), _WHAT)
        code = errors.code_of(found)
        if code:
            raise errors.fault_of(_WHAT, found, code)
        if found.endpoint and found.ticket:
            return found
    raise errors.page_fault(_WHAT, reply) or errors.unnamed(_WHAT, reply)
