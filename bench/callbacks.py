"""Callbacks of four providers over the real receiver and a real log: 100 a second, none lost.

The receiver runs in a process of its own, as ``orgledger serve`` has it: uvicorn, the hall, the
inbox on an embedded server that has everything on disk before it acknowledges. Every twentieth call
is repeated, as providers do. The time of an answer runs from when the call was due.
"""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from time import perf_counter
from typing import Any

import httpx
import msgspec
import uvicorn

from adapters.dingtalk.settings import DingTalkSettings
from adapters.dingtalk.speaker import DingTalkSpeaker
from adapters.entra.settings import EntraSettings
from adapters.entra.speaker import EntraSpeaker
from adapters.feishu.settings import FeishuSettings
from adapters.feishu.speaker import FeishuSpeaker
from adapters.nats.client import connect
from adapters.nats.connection import Address
from adapters.nats.inbox import Inbox
from adapters.wecom.settings import WeComSettings
from adapters.wecom.speaker import WeComSpeaker
from bench.log import server
from bench.row import Hold, Measured, Row, Setting
from domain.hints import Answer, Callback, Callbacks
from orgledger.live.counters import Counters
from orgledger.live.receiver import PATH, Receiver
from orgledger.serving import Hall, listening
from orgledger.systems import TYPES

_RATE = 100
_LIMIT_MS = 100.0
_REPEATED = 20
"""Of so many calls one comes twice."""

_TOKEN, _KEY = "callbacktoken", "4g5j64qlyl3zvetqxz5jiocdr586fn2zvjpa8zls3ij"
_APP, _CORP = "dingsimulatedapp", "wx5823bf96d3bd56c7"

_SETTINGS: dict[str, Any] = {
    "dingtalk": DingTalkSettings(
        app_key=_APP, app_secret="s", callback_token=_TOKEN, callback_aes_key=_KEY
    ),
    "wecom": WeComSettings(
        corp_id=_CORP, contact_secret="s", callback_token=_TOKEN, callback_aes_key=_KEY
    ),
    "feishu": FeishuSettings(
        app_id="cli", app_secret="s", encrypt_key=_KEY, verification_token=_TOKEN
    ),
    "entra": EntraSettings(tenant_id="t", client_id="c", client_secret="s", callback_token=_TOKEN),
}

_dingtalk, _wecom = DingTalkSpeaker(_TOKEN, _KEY, _APP), WeComSpeaker(_TOKEN, _KEY, _CORP)
_feishu, _entra = FeishuSpeaker(_KEY, _TOKEN), EntraSpeaker(_TOKEN)


def _from_dingtalk(number: int, now: float) -> Callback:
    fields = {"EventTime": int(now * 1000), "eventId": f"e{number}", "userId": [f"u{number}"]}
    return _dingtalk.call({"EventType": "user_modify_org", **fields}, now)


def _from_wecom(number: int, now: float) -> Callback:
    change = {"Event": "change_contact", "ChangeType": "update_user", "UserID": f"u{number}"}
    return _wecom.call({"ToUserName": _CORP, "MsgType": "event", **change}, now)


def _from_feishu(number: int, now: float) -> Callback:
    header = {"event_id": f"e{number}", "event_type": "contact.user.updated_v3"}
    person = {"user_id": f"u{number}", "open_id": f"ou_{number}"}
    return _feishu.call({"schema": "2.0", "header": header, "event": {"object": person}}, now)


def _from_entra(number: int, now: float) -> Callback:
    data = {"id": f"u{number}", "sequenceNumber": number}
    return _entra.call(
        [{"changeType": "updated", "resource": f"users/u{number}", "resourceData": data}]
    )


_CALLERS: dict[str, tuple[Callable[[int, float], Callback], Callable[[Answer], bool]]] = {
    "dingtalk": (_from_dingtalk, _dingtalk.acknowledged),
    "wecom": (_from_wecom, WeComSpeaker.acknowledged),
    "feishu": (_from_feishu, FeishuSpeaker.acknowledged),
    "entra": (_from_entra, EntraSpeaker.acknowledged),
}


class _Sent(msgspec.Struct):
    """What became of the calls: milliseconds until each was answered, and how many were not."""

    milliseconds: list[float] = []
    unanswered: int = 0

    def at(self, share: float) -> float:
        """The time within which this share of the calls was answered."""
        ordered = sorted(self.milliseconds)
        return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def _run(setting: Setting) -> Measured:
    calls = _RATE * setting.size(60, 2)
    with server() as env, _receiver(env) as url:
        sent = asyncio.run(_send(url, calls))
        stored = asyncio.run(_stored(env))
    broken = []
    if sent.unanswered:
        broken.append(f"{sent.unanswered} calls were not acknowledged")
    if stored != calls:
        broken.append(f"{stored:,} of {calls:,} callbacks are in the inbox")
    return Measured(
        ours=sent.at(0.99),
        theirs=_LIMIT_MS,
        note=f"{calls:,} callbacks, {stored:,} stored once; "
        f"median {sent.at(0.5):.1f} ms, longest {sent.at(1):.0f} ms",
        broken=tuple(broken),
    )


async def _send(url: str, calls: int) -> _Sent:
    """As many calls as the rate says, whether those before them are answered or not."""
    sent, begun = _Sent(), perf_counter()
    async with httpx.AsyncClient(base_url=url, trust_env=False, timeout=10) as client:

        async def one(number: int, due: float) -> None:
            system = tuple(_CALLERS)[number % len(_CALLERS)]
            make, acknowledged = _CALLERS[system]
            made = make(number, time.time())
            for _ in range(1 if number % _REPEATED else 2):
                answer = await client.request(
                    made.method,
                    f"{PATH}/{system}",
                    params=made.query,
                    headers=made.headers,
                    content=made.body,
                )
                if not acknowledged(Answer(status=answer.status_code, body=answer.content)):
                    sent.unanswered += 1
                sent.milliseconds.append((perf_counter() - due) * 1000)
                due = perf_counter()

        async with asyncio.TaskGroup() as under_way:
            for number in range(calls):
                due = begun + number / _RATE
                await asyncio.sleep(max(0.0, due - perf_counter()))
                under_way.create_task(one(number, due))
    return sent


async def _stored(env: Mapping[str, str]) -> int:
    client = await connect(Address.of(env))
    try:
        inbox = Inbox(client)
        return sum([1 for system in _CALLERS async for _ in inbox.entries(system, 0)])
    finally:
        await client.close()


@contextmanager
def _receiver(env: Mapping[str, str]) -> Iterator[str]:
    """The receiver in a process of its own, on the log of ``env``; where it is."""
    process = subprocess.Popen(
        [sys.executable, "-m", "bench.callbacks"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, **env},
    )
    assert process.stdout is not None
    assert process.stdin is not None
    try:
        url = process.stdout.readline().decode().strip()
        if not url:
            raise RuntimeError("the receiver did not start")
        yield url
    finally:
        process.stdin.close()
        process.stdout.close()
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _side(system: str) -> Callbacks:
    make = TYPES[system].callbacks
    assert make is not None
    found = make(_SETTINGS[system])
    assert found is not None
    return found


async def _serve() -> None:
    """Until standard input ends."""
    client = await connect(Address.of(os.environ))
    inbox = Inbox(client)
    await inbox.ensure()
    hall = Hall()
    hall.add(PATH, Receiver({one: _side(one) for one in _CALLERS}, inbox, Counters()))
    with listening("127.0.0.1", 0) as listener:
        config = uvicorn.Config(hall, ws="none", lifespan="on", log_config=None, access_log=False)
        served = uvicorn.Server(config)
        serving = asyncio.create_task(served.serve(sockets=[listener]))
        print(f"http://127.0.0.1:{listener.getsockname()[1]}", flush=True)
        await asyncio.to_thread(sys.stdin.read)
        served.should_exit = True
        await serving
    await client.close()


ROW = Row(
    name="callbacks-receive",
    what="p99 of the receiver's answers at 100 callbacks/s, each stored once",
    against="100 ms",
    unit="ms",
    hold=Hold("<=", 1.0),
    run=_run,
)

if __name__ == "__main__":
    asyncio.run(_serve())
