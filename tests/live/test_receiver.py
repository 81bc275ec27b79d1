"""The receiver: verified, stored, answered, counted, in this order."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest

from domain.errors import ConfigError
from domain.hints import LARGEST, Answer, Callback, Received
from orgledger.live import receiver as module
from orgledger.live.counters import OTHER, Counters, Counts
from orgledger.live.receiver import Receiver
from orgledger.systems import TYPES
from tests.live.receiving import (
    ACKNOWLEDGED,
    SETTINGS,
    SYSTEMS,
    TOKEN,
    Counter,
    Shelf,
    call,
    check,
    side,
)

every_system = pytest.mark.parametrize("system", SYSTEMS)


def asked(desk: Counter, callback: Callback, **more: Any) -> Answer:
    found = asyncio.run(desk.ask(callback, **more))
    assert found is not None
    return found


@every_system
def test_a_callback_is_stored_and_answered_as_the_provider_wants_it(system: str) -> None:
    desk = Counter()
    assert ACKNOWLEDGED[system](asked(desk, call(system)))
    (kept,) = desk.shelf.kept.values()
    assert [hint.kind for hint in side(system).hints(kept)] == ["member"]
    counts = desk.counters.systems[system]
    assert (counts.received, counts.stored, counts.duplicates) == (1, 1, 0)
    assert sum(counts.events.values()) == 1
    assert OTHER not in counts.events


@every_system
def test_a_repeat_is_answered_like_the_first_and_counted(system: str) -> None:
    desk, one = Counter(), call(system)
    for _ in range(3):
        assert ACKNOWLEDGED[system](asked(desk, one))
    counts = desk.counters.systems[system]
    assert (counts.received, counts.stored, counts.duplicates) == (3, 1, 2)
    assert sum(counts.events.values()) == 1
    assert len(desk.shelf.kept) == 1


@every_system
def test_a_check_of_the_address_is_answered_also_when_nothing_can_be_stored(system: str) -> None:
    desk = Counter()
    desk.shelf.away = True
    answer = asked(desk, check(system))
    assert answer.status == 200
    assert desk.shelf.kept == {}
    assert desk.counters.systems[system].handshakes == 1


@every_system
def test_what_could_not_be_stored_is_not_acknowledged(system: str) -> None:
    """The provider has to repeat it, and then it is taken."""
    desk, one = Counter(), call(system)
    desk.shelf.away = True
    answer = asked(desk, one)
    assert answer.status == 503
    assert not ACKNOWLEDGED[system](answer)
    assert desk.counters.systems[system].unavailable == 1
    desk.shelf.away = False
    assert ACKNOWLEDGED[system](asked(desk, one))
    assert desk.counters.systems[system].stored == 1


def test_nothing_is_answered_before_it_is_stored() -> None:
    """What the store has seen when the answer begins."""
    order: list[str] = []

    class Slow(Shelf):
        async def put(self, *args: Any, **more: Any) -> Any:
            await asyncio.sleep(0.05)
            found = await super().put(*args, **more)
            order.append("stored")
            return found

    desk = Counter()
    desk.receiver._store = Slow()

    async def run() -> None:
        await desk.ask(call("wecom"))
        order.append("answered")

    asyncio.run(run())
    assert order == ["stored", "answered"]


@every_system
def test_what_is_refused_is_counted_by_its_reason_and_learns_nothing(system: str) -> None:
    desk, one = Counter(), call(system)
    forged = msgspec.structs.replace(
        one, body=one.body.replace(b"client-state-0", b"client-state-1")[:-9], query={}, headers={}
    )
    answer = asked(desk, forged)
    assert (answer.status >= 400, answer.body) == (True, b"refused")
    counts = desk.counters.systems[system]
    assert counts.refused.total() == 1
    assert set(counts.refused) <= {"signature", "shape"}
    assert desk.shelf.kept == {}


@pytest.mark.parametrize(
    "path", ["/callbacks", "/callbacks/", "/callbacks/nobody", "/callbacks/wecom/", "/wecom"]
)
def test_an_address_that_no_system_has_is_not_found_whatever_comes(path: str) -> None:
    desk = Counter()
    one = msgspec.structs.replace(call("wecom"), path=path)
    assert asked(desk, one).status == 404
    assert desk.counters.unknown == 1
    assert set(desk.counters.systems) == set(SYSTEMS)
    assert desk.shelf.kept == {}


@pytest.mark.parametrize("part", [1024, LARGEST + 1])
def test_of_a_body_that_is_too_long_no_more_is_read_than_needed(part: int) -> None:
    """Whatever length it says it has, or none."""
    desk, read = Counter(), 0

    def body() -> Iterator[dict[str, Any]]:
        nonlocal read
        while True:
            read += part
            yield {"type": "http.request", "body": b"x" * part, "more_body": True}

    answer = asked(desk, call("wecom"), messages=body())
    assert answer.status == 413
    assert LARGEST < read <= LARGEST + part
    assert desk.counters.systems["wecom"].refused == {"oversize": 1}


def test_a_body_of_the_largest_size_is_looked_into() -> None:
    desk = Counter()
    one = msgspec.structs.replace(call("wecom"), body=b"x" * LARGEST, query={})
    assert asked(desk, one).status == 400
    assert desk.counters.systems["wecom"].refused == {"shape": 1}


def test_who_hangs_up_is_counted_and_nothing_of_it_is_taken() -> None:
    desk, one = Counter(), call("wecom")
    half = {"type": "http.request", "body": one.body, "more_body": True}
    assert asyncio.run(desk.ask(one, messages=[half])) is None
    assert desk.counters.systems["wecom"].broken == 1
    assert desk.shelf.kept == {}


def test_who_sends_too_slowly_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "BODY_S", 0.05)
    desk, sent = Counter(), []

    async def receive() -> dict[str, Any]:
        await asyncio.sleep(0.02)
        return {"type": "http.request", "body": b"x", "more_body": True}

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {"path": "/callbacks/wecom", "method": "POST", "query_string": b"", "headers": []}
    asyncio.run(desk.receiver(scope, receive, send))
    assert sent[0]["status"] == 408
    assert (b"connection", b"close") in sent[0]["headers"]
    assert desk.counters.systems["wecom"].broken == 1


def test_more_at_once_than_there_is_room_for_have_to_come_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "AT_ONCE", 2)
    monkeypatch.setattr(module, "ROOM_S", 0.02)
    desk = Counter()

    async def run() -> list[Answer | None]:
        gate = asyncio.Event()

        class Slow(Shelf):
            async def put(self, *args: Any, **more: Any) -> Any:
                await gate.wait()
                return await super().put(*args, **more)

        desk.receiver._store = Slow()
        asking = [asyncio.create_task(desk.ask(call("wecom", f"u{n}"))) for n in range(3)]
        await asyncio.sleep(0.05)
        gate.set()
        return await asyncio.gather(*asking)

    found = [answer.status for answer in asyncio.run(run()) if answer]
    assert found == [200, 200, 503]
    assert desk.counters.systems["wecom"].unavailable == 1


def test_a_burst_is_taken_at_the_pace_at_which_it_is_stored(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """WeCom repeats nothing that was answered: who is sent away while there is time is lost."""
    monkeypatch.setattr(module, "AT_ONCE", 2)
    desk = Counter()

    class Slow(Shelf):
        async def put(self, *args: Any, **more: Any) -> Any:
            await asyncio.sleep(0.005)
            return await super().put(*args, **more)

    desk.receiver._store = Slow()

    async def run() -> list[Answer | None]:
        return await asyncio.gather(*(desk.ask(call("wecom", f"u{n}")) for n in range(40)))

    assert {answer.status for answer in asyncio.run(run()) if answer} == {200}
    assert desk.counters.systems["wecom"].stored == 40


@pytest.mark.parametrize(
    ("system", "waits", "repeats_refusals"),
    [("dingtalk", 1.5, True), ("feishu", 3, True), ("entra", 3, True), ("wecom", 5, False)],
)
def test_storing_is_tried_for_as_long_as_it_helps(
    system: str, waits: float, repeats_refusals: bool
) -> None:
    """To be refused in time makes a provider come again; WeCom only if nobody answered it."""
    asked_for = list[float]()

    class Timed(Shelf):
        async def put(self, *args: Any, within: float, **more: Any) -> Any:
            asked_for.append(within)
            return await super().put(*args, within=within, **more)

    desk = Counter()
    desk.receiver._store = Timed()
    asked(desk, call(system))
    assert (asked_for[0] < waits) is repeats_refusals


def test_neither_a_log_line_nor_an_answer_tells_what_came(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """No body, no person, no token, no signature; also when our own code fails on it."""
    caplog.set_level(logging.DEBUG)

    class Broken:
        within = 1.0

        def receive(self, callback: Callback, now: float) -> Received:
            raise ValueError(f"{callback.body!r} zhangsan")

        def hints(self, kept: bytes) -> tuple[()]:
            return ()

    desk = Counter()
    desk.receiver._systems["broken"] = Broken()
    desk.counters.systems["broken"] = Counts()
    one = call("entra", "zhangsan")
    for path in ("/callbacks/entra", "/callbacks/broken", "/callbacks/feishu"):
        answer = asked(desk, msgspec.structs.replace(one, path=path))
        assert b"zhangsan" not in answer.body
    assert desk.counters.systems["broken"].failed == 1
    assert "ValueError" in caplog.text
    for secret in ("zhangsan", "client-state", TOKEN):
        assert secret not in caplog.text


def test_what_anybody_can_cause_is_logged_once_a_minute(caplog: pytest.LogCaptureFixture) -> None:
    desk, one = Counter(), msgspec.structs.replace(call("wecom"), query={})
    for _ in range(50):
        asked(desk, one)
    assert len([record for record in caplog.records if "refused" in record.message]) == 1
    assert desk.counters.systems["wecom"].refused.total() == 50


def test_names_of_events_cannot_fill_the_memory_or_break_a_page_of_numbers() -> None:
    counts = Counts()
    counts.told(tuple(f"event{n}" for n in range(1000)))
    counts.told(('a"b\n', "x" * 1000, "", "名"))
    assert len(counts.events) <= 65
    assert counts.events[OTHER] == 1000 - 64 + 4


def test_counters_begin_with_every_system_that_is_called() -> None:
    counters = Counters()
    Receiver({"a": side("wecom")}, Shelf(), counters)
    assert list(counters.systems) == ["a"]


@every_system
def test_without_the_settings_for_it_a_system_is_not_called(system: str) -> None:
    """And with half of them it says what is missing."""
    make, whole = TYPES[system].callbacks, SETTINGS[system]
    assert make is not None
    names = ("callback_token", "callback_aes_key", "encrypt_key", "verification_token")
    none = {name: "" for name in names if hasattr(whole, name)}
    assert make(msgspec.structs.replace(whole, **none)) is None
    if "callback_aes_key" in none:
        for name in none:
            with pytest.raises(ConfigError, match="both"):
                make(msgspec.structs.replace(whole, **{name: ""}))


def test_a_client_state_that_graph_would_not_take_is_refused_with_the_settings() -> None:
    with pytest.raises(ConfigError, match="callback_token must have at most 128"):
        msgspec.structs.replace(SETTINGS["entra"], callback_token="x" * 129)
