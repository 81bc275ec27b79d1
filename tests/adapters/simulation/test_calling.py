"""How a simulator calls back: dials, repeats, the check of an address, and its end."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest

from adapters.casdoor.simulator import create_app as create_casdoor
from adapters.dingtalk.callbacks import DingTalkCallbacks
from adapters.dingtalk.settings import DingTalkSettings
from adapters.dingtalk.simulator import DingTalkSettings as Simulated
from adapters.dingtalk.simulator import create_app
from adapters.feishu.callbacks import FeishuCallbacks
from adapters.feishu.settings import FeishuSettings
from adapters.feishu.simulator import create_app as create_feishu
from adapters.simulation.app import SimulatorApp
from adapters.simulation.faults import Fault, parse_fault
from adapters.simulation.server import running
from adapters.wecom.callbacks import WeComCallbacks
from adapters.wecom.settings import WeComSettings
from adapters.wecom.simulator import create_app as create_wecom
from domain.errors import ConfigError, InputError
from domain.hints import Callbacks
from domain.records import Roster
from orgledger.simulators import simulated
from tests.adapters.simulation.receiver import BOUND, URL, Receiver, calling, settled, to

TOKEN, KEY = "anothertoken", "4g5j64qlyl3zvetqxz5jiocdr586fn2zvjpa8zls3ij"
THEIRS = Simulated()


def side(token: str = THEIRS.callback_token, key: str = THEIRS.callback_aes_key) -> Callbacks:
    """The receiving side of DingTalk."""
    return DingTalkCallbacks(
        DingTalkSettings(
            app_key=THEIRS.app_key, app_secret="s", callback_token=token, callback_aes_key=key
        )
    )


def make(app: SimulatorApp, first: int, last: int) -> None:
    """Departments d<first> … d<last>, each of which is one event with the next number."""
    for number in range(first, last + 1):
        app.provider.change({"op": "create_department", "name": f"d{number}", "id": str(number)})


def disturbed(*faults: str, events: int = 10, seed: int = 0) -> tuple[Receiver, dict[str, Any]]:
    """What comes of departments 11, 12, … with these dials, one call after the other."""
    receiver = Receiver(side())
    settings = Simulated(callback_url=URL, callback_concurrency=1, callback_seed=seed)
    app = create_app(settings, transport=to(receiver))
    app.faults.set([parse_fault(spec) for spec in faults])

    async def run() -> dict[str, Any]:
        async with calling(app):
            make(app, 11, 10 + events)
            return await settled(app)

    return receiver, asyncio.run(run())


def ids(receiver: Receiver) -> list[int]:
    """The departments told of, in the order in which they came."""
    return [int(hint.id) for hint in receiver.hints]


def test_without_an_address_nothing_is_sent() -> None:
    """The events are there, for whoever follows them."""
    receiver = Receiver(side())
    app = create_app(Simulated(), transport=to(receiver))

    async def run() -> dict[str, Any]:
        async with calling(app):
            make(app, 1001, 1003)
            return await settled(app)

    assert asyncio.run(run())["sent"] == 0
    assert (receiver.came, len(app.provider.events(0))) == ([], 3)


def test_lost_events_are_never_sent() -> None:
    """The receiver cannot know."""
    receiver, report = disturbed("callback:lost:times=1:after=1", events=3)
    assert ids(receiver) == [11, 13]
    assert (report["lost"], report["sent"]) == (1, 2)


def test_duplicates_come_twice_and_are_one_event() -> None:
    """Signed anew, with the same key."""
    receiver, report = disturbed("callback:duplicated:times=1", events=2)
    assert ids(receiver) == [11, 11, 12]
    assert len({hint.key for hint in receiver.hints}) == 2
    assert len({one.body for one in receiver.came}) == 3
    assert (report["duplicated"], report["sent"]) == (1, 3)


def test_reordered_events_come_behind_the_next_one() -> None:
    """Or after a while, where there is no next one."""
    receiver, _ = disturbed("callback:reordered:times=1:after=1:seconds=60", events=4)
    assert ids(receiver) == [11, 13, 12, 14]
    receiver, report = disturbed("callback:reordered:seconds=0.05:after=1", events=2)
    assert ids(receiver) == [11, 12]
    assert report["reordered"] == 1


def test_delayed_events_are_overtaken_by_all_others() -> None:
    """A minute is a second here."""
    receiver, report = disturbed("callback:delayed:times=1:seconds=0.1", events=5)
    assert ids(receiver) == [12, 13, 14, 15, 11]
    assert report["delayed"] == 1


def test_an_old_call_is_replayed_byte_for_byte() -> None:
    """Its signature is right and old; the receiver gives it the key of the first."""
    receiver, report = disturbed("callback:replayed:times=1:after=2", events=3)
    first, second, third, again = receiver.came
    assert again in (first, second)
    assert len(set(receiver.keys)) == 3
    assert (report["replayed"], report["sent"], third.body != again.body) == (1, 3, True)


def test_the_dials_are_the_same_for_the_same_seed() -> None:
    """And strike as often as they say."""
    chances = [f"callback:{kind}:probability=0.2" for kind in ("lost", "duplicated", "forged")]
    one, first = disturbed(*chances, events=200)
    two, _ = disturbed(*chances, events=200)
    other, _ = disturbed(*chances, events=200, seed=1)
    assert ids(one) == ids(two) != ids(other)
    assert 20 < first["lost"] < 60
    assert first["sent"] == 200 - first["lost"] + first["duplicated"]
    assert one.refused == ["signature"] * first["forged"]
    assert first["forged_taken"] == 0


@pytest.mark.parametrize("spec", ["callback:busy", "user/list:lost", "*:duplicated"])
def test_a_fault_belongs_to_the_calls_that_can_have_it(spec: str) -> None:
    """What goes wrong with an answer does not go wrong with a call that the provider makes."""
    with pytest.raises(InputError, match="no fault of"):
        parse_fault(spec)


def test_no_more_calls_are_under_way_than_the_settings_say() -> None:
    """The others wait, in order."""
    receiver = Receiver(side())
    receiver.troubles.extend([0.01] * 40)
    settings = Simulated(callback_url=URL, callback_concurrency=4)
    app = create_app(settings, transport=to(receiver))

    async def run() -> dict[str, Any]:
        async with calling(app):
            make(app, 1001, 1040)
            return await settled(app)

    report = asyncio.run(run())
    assert (receiver.most, report["acknowledged"]) == (4, 40)
    assert 10 <= report["latency_ms"]["p50"] <= report["latency_ms"]["max"]


def test_the_end_waits_for_answers_and_drops_what_would_be_repeated() -> None:
    """A call under way is not cut, and nobody waits hours for a repeat."""
    receiver = Receiver(side())
    receiver.troubles.extend([500, 0.1])
    app = create_app(Simulated(callback_url=URL), transport=to(receiver))

    async def run() -> float:
        assert app.caller is not None
        async with app.caller:
            make(app, 1001, 1002)
            async with asyncio.timeout(BOUND):
                while len(receiver.came) < 2:
                    await asyncio.sleep(0.001)
            started = time.perf_counter()
        return time.perf_counter() - started

    assert asyncio.run(run()) < 2
    assert [hint.id for hint in receiver.hints] == ["1002"]
    assert app.caller is not None
    assert app.caller.report()["waiting"] == 0


SIDES: dict[str, tuple[Any, Callbacks, dict[str, str]]] = {
    "dingtalk": (create_app, side(TOKEN, KEY), {"token": TOKEN, "aes_key": KEY}),
    "wecom": (
        create_wecom,
        WeComCallbacks(
            WeComSettings(
                corp_id="wwsimulatedcorp",
                contact_secret="s",
                callback_token=TOKEN,
                callback_aes_key=KEY,
            )
        ),
        {"token": TOKEN, "aes_key": KEY},
    ),
    "feishu": (
        create_feishu,
        FeishuCallbacks(
            FeishuSettings(
                app_id="cli_simulatedapp",
                app_secret="s",
                encrypt_key=KEY,
                verification_token=TOKEN,
            )
        ),
        {"encrypt_key": KEY, "token": TOKEN},
    ),
}


async def entered(app: SimulatorApp, **given: Any) -> httpx.Response:
    """``PUT /_sim/callbacks``."""
    way = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=way, base_url="http://sim") as client:
        return await client.put("/_sim/callbacks", json=given)


@pytest.mark.parametrize("provider", SIDES)
def test_an_address_is_checked_before_it_is_saved(provider: str) -> None:
    """As the console does: with these secrets, and then it is called with them."""
    create, receiving, secrets = SIDES[provider]
    receiver = Receiver(receiving)
    app = create(transport=to(receiver))

    async def run() -> None:
        async with calling(app):
            reply = await entered(app, url=URL, **secrets)
            assert (reply.status_code, reply.json()["url"]) == (200, URL), reply.text
            app.provider.change({"op": "create_department", "name": "d"})

    asyncio.run(run())
    assert len(receiver.came) == 2
    assert len(receiver.hints) == 1
    assert receiver.refused == []


@pytest.mark.parametrize("provider", SIDES)
@pytest.mark.parametrize("trouble", [0.4, 500, 200, "token"])
def test_an_address_that_does_not_answer_rightly_is_not_saved(
    provider: str, trouble: float | str
) -> None:
    """Late, with an error, with something else, or with another token than the one entered."""
    create, receiving, secrets = SIDES[provider]
    receiver = Receiver(receiving)
    app = create(transport=to(receiver))
    if isinstance(trouble, str):
        secrets = {**secrets, trouble: "wrong"}
    else:
        receiver.troubles.append(trouble)
    app.provider.patch_settings({"callback_limit": 0.2})

    async def run() -> httpx.Response:
        async with calling(app):
            reply = await entered(app, url=URL, **secrets)
            app.provider.change({"op": "create_department", "name": "d"})
        return reply

    reply = asyncio.run(run())
    assert reply.status_code == 400
    assert "does not save it" in reply.json()["error"]
    assert len(receiver.came) == 1


@pytest.mark.parametrize("provider", SIDES)
def test_the_right_answer_is_none_with_another_status_or_another_word(provider: str) -> None:
    """To an event as to a check: what is compared is all of it."""
    create, receiving, secrets = SIDES[provider]
    app = create(transport=to(Receiver(receiving)))
    calls = app.caller._calling
    entry = calls.entry({"url": URL, **secrets})
    entry.save()
    app.provider.change({"op": "create_department", "name": "d"})
    for letter in (entry.check, *calls.letters(app.provider.events(0))):
        callback = letter.write(time.time(), False)
        answer = receiving.receive(callback, time.time()).answer
        assert letter.taken(answer)
        assert not letter.taken(msgspec.structs.replace(answer, status=500))
    other = calls.entry({"url": URL, **secrets}).check.write(time.time(), False)
    another = receiving.receive(other, time.time()).answer
    assert entry.check.taken(another) is (provider == "dingtalk")  # its answer is always "success"


@pytest.mark.parametrize(
    ("given", "complaint"),
    [
        ({}, "no address"),
        ({"url": "receiver"}, "no address"),
        ({"url": 5}, "no address"),
        ({"url": URL, "colour": "red"}, "url, token, aes_key"),
        ({"url": URL, "aes_key": "short"}, "43"),
        ({"url": URL, "token": 5}, "callback_token"),
    ],
)
def test_an_address_that_cannot_be_one_is_refused(given: Any, complaint: str) -> None:
    """Without calling anybody, and without showing a secret."""
    app = create_app()
    reply = asyncio.run(entered(app, **given))
    assert reply.status_code == 400
    assert complaint in str(reply.json())
    with pytest.raises((InputError, ConfigError)):
        create_app(Simulated(callback_url="receiver"))


def test_a_provider_that_does_not_call_says_so() -> None:
    """Casdoor has no address to enter."""
    reply = asyncio.run(entered(create_casdoor(), url=URL))
    assert (reply.status_code, "does not call back" in reply.text) == (400, True)


def test_secrets_are_not_shown() -> None:
    """Neither in the settings nor in the counters."""
    for create, secret in ((create_app, THEIRS.callback_aes_key), (create_feishu, "encrypt-key")):
        app = create()
        assert app.caller is not None
        assert secret not in f"{app.provider.public_settings()} {app.caller.report()}"


def test_it_calls_over_a_socket_while_it_is_served() -> None:
    """Changes come from another thread or by HTTP; with the server it ends."""
    receiver = Receiver(side())
    with running(receiver) as listening:  # type: ignore[arg-type]
        app = create_app(Simulated(callback_url=f"{listening.url}/callbacks/it?tenant=1"))
        app.faults.set([Fault(api="callback", kind="lost", match={"event": "org_dept_remove"})])
        with running(app) as served, httpx.Client(base_url=served.url, trust_env=False) as client:
            make(app, 1001, 1020)
            change = {"op": "create_department", "name": "by http", "id": "1021"}
            assert client.post("/_sim/change", json=change).status_code == 200
            report = until_settled(client)
        make(app, 1022, 1022)
    assert {hint.id for hint in receiver.hints} == {str(n) for n in range(1001, 1022)}
    assert (report["acknowledged"], report["failed"], report["waiting"]) == (21, 0, 0)
    assert {one.query["tenant"] for one in receiver.came} == {"1"}
    assert {one.headers["content-type"] for one in receiver.came} == {"application/json"}


def until_settled(client: httpx.Client) -> dict[str, Any]:
    """The counters by HTTP, when nothing waits any more; then they are reset."""
    deadline = time.monotonic() + BOUND
    while True:
        report: dict[str, Any] = client.get("/_sim/stats").json()["callbacks"]
        if report["acknowledged"] >= 21 and not report["waiting"]:
            client.delete("/_sim/stats")
            assert client.get("/_sim/stats").json()["callbacks"]["sent"] == 0
            return report
        assert time.monotonic() < deadline, report
        time.sleep(0.01)


@pytest.mark.parametrize("provider", SIDES)
def test_the_command_line_gives_the_address_and_its_secrets(provider: str, tmp_path: Path) -> None:
    """As ``orgledger simulate`` makes it; who has no address to enter says so."""
    _, receiving, secrets = SIDES[provider]
    roster = tmp_path / "roster.json"
    roster.write_bytes(msgspec.json.encode(Roster()))
    key = secrets.get("aes_key") or secrets["encrypt_key"]
    receiver = Receiver(receiving)
    with running(receiver) as listening:  # type: ignore[arg-type]
        app = simulated(
            provider,
            roster,
            callback_url=listening.url,
            callback_token=secrets["token"],
            callback_key=key,
        )

        async def run() -> dict[str, Any]:
            async with calling(app):
                app.provider.change({"op": "create_department", "name": "d"})
                return await settled(app)

        assert asyncio.run(run())["acknowledged"] == 1
    for other in ("entra", "casdoor"):
        with pytest.raises(InputError, match="no address"):
            simulated(other, roster, callback_url=URL)
