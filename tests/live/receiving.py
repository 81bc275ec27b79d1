"""Four systems that call us, and a receiver for them, without a server between."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any
from urllib.parse import urlencode
from zlib import crc32

import msgspec

from adapters.dingtalk.settings import DingTalkSettings
from adapters.dingtalk.speaker import DingTalkSpeaker
from adapters.entra.settings import EntraSettings
from adapters.entra.speaker import EntraSpeaker
from adapters.feishu.settings import FeishuSettings
from adapters.feishu.speaker import FeishuSpeaker
from adapters.wecom.settings import WeComSettings
from adapters.wecom.speaker import WeComSpeaker
from domain.errors import LogError
from domain.hints import Answer, Callback, Callbacks
from orgledger.live.counters import Counters
from orgledger.live.receiver import Receiver
from orgledger.systems import TYPES

NOW = 1_764_000_000.0
TOKEN, AES, STATE = "callbacktoken", "4g5j64qlyl3zvetqxz5jiocdr586fn2zvjpa8zls3ij", "client-state-0"
APP, CORP, ENCRYPT = "dingsimulatedapp", "wx5823bf96d3bd56c7", "an encrypt key 钥"

SETTINGS: dict[str, Any] = {
    "dingtalk": DingTalkSettings(
        app_key=APP, app_secret="s", callback_token=TOKEN, callback_aes_key=AES
    ),
    "wecom": WeComSettings(
        corp_id=CORP, contact_secret="s", callback_token=TOKEN, callback_aes_key=AES
    ),
    "feishu": FeishuSettings(
        app_id="cli", app_secret="s", encrypt_key=ENCRYPT, verification_token=TOKEN
    ),
    "entra": EntraSettings(
        tenant_id="t", client_id="c", client_secret="s", callback_token=STATE
    ),
}  # fmt: skip
SYSTEMS = tuple(SETTINGS)

_dingtalk, _wecom = DingTalkSpeaker(TOKEN, AES, APP), WeComSpeaker(TOKEN, AES, CORP)
_feishu, _entra = FeishuSpeaker(ENCRYPT, TOKEN), EntraSpeaker(STATE)


def side(system: str) -> Callbacks:
    """What the product makes of the settings."""
    make = TYPES[system].callbacks
    assert make is not None
    found = make(SETTINGS[system])
    assert found is not None
    return found


def call(system: str, member: str = "u1", now: float = NOW) -> Callback:
    """A person of this id has changed."""
    if system == "dingtalk":
        event = {"EventType": "user_modify_org", "EventTime": int(now * 1000), "userId": [member]}
        found = _dingtalk.call({**event, "eventId": f"e-{member}"}, now)
    elif system == "wecom":
        change = {"Event": "change_contact", "ChangeType": "update_user", "UserID": member}
        found = _wecom.call({"ToUserName": CORP, "MsgType": "event", **change}, now)
    elif system == "feishu":
        header = {"event_id": f"e-{member}", "event_type": "contact.user.updated_v3"}
        known = {"object": {"user_id": member, "open_id": f"ou-{member}"}, "old_object": {}}
        found = _feishu.call({"schema": "2.0", "header": header, "event": known}, now)
    else:
        data = {"id": member, "sequenceNumber": crc32(member.encode())}
        notice = {"changeType": "updated", "resource": f"users/{member}", "resourceData": data}
        found = _entra.call([notice])
    return msgspec.structs.replace(found, path=f"/callbacks/{system}")


def check(system: str, now: float = NOW) -> Callback:
    """The check of the address."""
    found = {
        "dingtalk": _dingtalk.check(now),
        "wecom": _wecom.check("echo", now),
        "feishu": _feishu.check("challenge"),
        "entra": EntraSpeaker.check("a token"),
    }[system]
    return msgspec.structs.replace(found, path=f"/callbacks/{system}")


ACKNOWLEDGED: dict[str, Callable[[Answer], bool]] = {
    "dingtalk": _dingtalk.acknowledged,
    "wecom": WeComSpeaker.acknowledged,
    "feishu": FeishuSpeaker.acknowledged,
    "entra": EntraSpeaker.acknowledged,
}


class Put(msgspec.Struct, frozen=True):
    """An answer of the shelf."""

    sequence: int
    duplicate: bool


class Shelf:
    """An inbox in memory. ``away``: it does not answer."""

    def __init__(self) -> None:
        self.kept: dict[str, bytes] = {}
        self.away = False

    async def put(self, system: str, data: bytes, key: str, *, within: float) -> Put:
        if self.away:
            raise LogError("The inbox did not answer in time")
        one = f"{system}:{key}"
        if one in self.kept:
            return Put(len(self.kept), True)
        self.kept[one] = data
        return Put(len(self.kept), False)


class Counter:
    """The receiver, and what has become of what it was asked."""

    def __init__(self, now: Callable[[], float] = lambda: NOW) -> None:
        self.shelf, self.counters = Shelf(), Counters()
        sides = {system: side(system) for system in SYSTEMS}
        self.receiver = Receiver(sides, self.shelf, self.counters, now=now)

    async def ask(
        self,
        callback: Callback,
        *,
        messages: Iterable[Mapping[str, Any]] | None = None,
        query: bytes | None = None,
        headers: list[tuple[bytes, bytes]] | None = None,
    ) -> Answer | None:
        """What is answered; None: nothing. ``messages`` are the body as ASGI hands it over."""
        scope = {
            "type": "http",
            "method": callback.method,
            "path": callback.path,
            "query_string": urlencode(callback.query).encode() if query is None else query,
            "headers": headers
            if headers is not None
            else [(name.encode(), value.encode()) for name, value in callback.headers.items()],
        }
        waiting = iter(messages or [{"type": "http.request", "body": callback.body}])
        sent: list[Mapping[str, Any]] = []

        async def receive() -> Mapping[str, Any]:
            return next(waiting, {"type": "http.disconnect"})

        async def send(message: Mapping[str, Any]) -> None:
            sent.append(message)

        await self.receiver(scope, receive, send)  # type: ignore[arg-type]
        if not sent:
            return None
        told = dict(sent[0]["headers"])
        assert told[b"content-length"] == b"%d" % len(sent[1]["body"])
        return Answer(
            status=sent[0]["status"],
            body=sent[1]["body"],
            content_type=told[b"content-type"].decode(),
        )
