"""The jobs of the service when what they stand on is taken away, and what lasts beyond them."""

from __future__ import annotations

import asyncio
import signal
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import httpx
import pytest

from adapters.dingtalk.speaker import DingTalkSpeaker
from adapters.nats.client import connect
from adapters.nats.connection import Address
from adapters.nats.inbox import STREAM, Inbox
from domain.envelope import delivery_scope
from domain.events import DriftDetected, RunStarted
from domain.hints import keep
from orgledger.bootstrap import Service, open_service
from orgledger.engine.deliver.lately import Lately
from orgledger.engine.runs import Run, Status
from orgledger.ledger import Circumstances, new_id
from orgledger.live import consuming, following
from tests.adapters.nats.test_lasting_client import admit
from tests.adapters.nats.test_restarts import strike
from tests.live.live_desk import COMPANY, LiveDesk, eventually


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[LiveDesk]:
    with LiveDesk(tmp_path, "dingtalk", ("casdoor",)) as found:
        yield found


def caught_up(desk: LiveDesk) -> None:
    eventually(lambda: len(desk.providers["casdoor"].names()) == len(COMPANY.members))


def runs(opened: Service, mode: str) -> list[Run]:
    return [run for run in opened.views.runs().by_id.values() if run.mode == mode]


def test_consumers_that_somebody_deleted_are_made_anew(
    desk: LiveDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also the one that the server drops by itself; what happened meanwhile is not lost."""
    monkeypatch.setattr(consuming, "LOOK_S", 0.5)
    with desk.serving() as opened:
        caught_up(desk)
        asyncio.run(_without_consumers(opened.address, opened.config.log.stream))
        desk.source.change({"op": "update_member", "id": "u4", "name": "Meanwhile"})
        eventually(lambda: "Meanwhile" in desk.providers["casdoor"].names())


@pytest.mark.slow  # 15 s
def test_a_log_that_refuses_the_login_for_a_while_needs_no_restart(desk: LiveDesk) -> None:
    """Its credential is replaced, and put right: receiver, jobs and consumers go on."""
    with desk.serving() as opened:
        caught_up(desk)
        data = desk.folder / ".orgledger"
        right = opened.address.password
        assert right is not None
        admit(data, "another one")
        eventually(lambda: not _ready(desk))
        time.sleep(8)  # the leases are lost meanwhile
        assert not _ready(desk)
        admit(data, right)
        eventually(lambda: _ready(desk))
        desk.source.change({"op": "update_member", "id": "u4", "name": "Afterwards"})
        eventually(lambda: "Afterwards" in desk.providers["casdoor"].names(), 40)


@pytest.mark.slow  # 10 s
def test_an_embedded_server_that_was_killed_is_started_again(desk: LiveDesk) -> None:
    """On a machine of its own nobody else would do it; the jobs do not even change hands."""
    with desk.serving() as opened:
        caught_up(desk)
        before = len(runs(opened, "read"))
        strike(desk.folder / ".orgledger", signal.SIGKILL)
        eventually(lambda: _ready(desk))
        desk.source.change({"op": "update_member", "id": "u4", "name": "Afterwards"})
        eventually(lambda: "Afterwards" in desk.providers["casdoor"].names())
        assert len(runs(opened, "read")) == before


def _ready(desk: LiveDesk) -> bool:
    return httpx.get(f"{desk.url}/readyz").status_code == 200


async def _without_consumers(address: Address, log: str) -> None:
    client = await connect(address, name="somebody")
    js = client.jetstream()
    for stream in (log, STREAM):
        for one in await js.consumers_info(stream):
            await js.delete_consumer(stream, one.name)
    await client.close()


@pytest.mark.slow
def test_a_flood_of_hints_is_one_reading(desk: LiveDesk) -> None:
    """More than can be looked at one by one: a reading stands for all that were told before it."""
    with desk.serving() as opened:
        caught_up(desk)
        before = len(runs(opened, "read"))
    with open_service(desk.config) as opened:
        asyncio.run(_told(desk, opened.address, [f"x{number}" for number in range(4500)]))
        time.sleep(following.SKEW_S)
    with desk.serving() as opened:
        eventually(lambda: asyncio.run(_waiting(opened.address)) == 0, 40)
        assert len(runs(opened, "read")) - before == 1
        desk.source.change({"op": "update_member", "id": "u4", "name": "Afterwards"})
        eventually(lambda: "Afterwards" in desk.providers["casdoor"].names())


async def _told(desk: LiveDesk, address: Address, people: Sequence[str]) -> None:
    """These people are told of, by the provider's own words."""
    known = desk.source.app.provider.settings
    speaker = DingTalkSpeaker(known.callback_token, known.callback_aes_key, known.app_key)
    client = await connect(address, name="a provider")
    inbox, signed = Inbox(client), ("msg_signature", "signature", "timestamp", "nonce")

    async def tell(one: str) -> None:
        event = {"EventType": "user_modify_org", "userId": [one]}
        data = keep(speaker.call(event, time.time()), time.time(), query=signed)
        await inbox.put(desk.provider, data, one, within=9)

    for start in range(0, len(people), 100):
        await asyncio.gather(*map(tell, people[start : start + 100]))
    await client.close()


async def _waiting(address: Address) -> int:
    client = await connect(address, name="somebody")
    found = await client.jetstream().consumer_info(STREAM, "read-dingtalk")
    await client.close()
    return (found.num_pending or 0) + (found.num_ack_pending or 0)


@pytest.mark.slow
def test_a_reading_that_failed_is_made_up_for_by_whoever_goes_on(desk: LiveDesk) -> None:
    """A source that was away when the service began does not wait for its schedule afterwards."""
    desk.source.spoil({"api": "*", "kind": "http_500", "probability": 1.0})
    with desk.serving() as opened:
        eventually(lambda: any(run.status is Status.FAILED for run in runs(opened, "read")), 60)
    desk.source.spoil()
    with desk.serving():
        caught_up(desk)


@pytest.mark.slow
def test_a_source_that_does_not_answer_keeps_no_command_waiting(desk: LiveDesk) -> None:
    """The job leaves when it is asked to; the hint comes again to whoever goes on."""
    with desk.serving() as opened:
        caught_up(desk)
        desk.source.spoil({"api": "*", "kind": "http_500", "probability": 1.0})
        desk.source.change({"op": "update_member", "id": "u4", "name": "Unseen"})
        eventually(lambda: asyncio.run(_waiting(opened.address)) == 1)
        time.sleep(2)
        begun = time.monotonic()
    assert time.monotonic() - begun < 6, "the stop waited for the source"
    desk.source.spoil()
    with desk.serving():
        eventually(lambda: "Unseen" in desk.providers["casdoor"].names(), 90)


@pytest.mark.slow
def test_a_callback_that_comes_after_the_reading_was_not_lost(
    desk: LiveDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is judged a while later: one was on its way, the other one never comes."""
    monkeypatch.setattr(following, "LATE_S", 2.0)
    with desk.serving() as opened:
        caught_up(desk)
        desk.source.spoil({"api": "callback", "kind": "lost", "probability": 1.0})
        for one in ("u4", "u5"):
            desk.source.change({"op": "update_member", "id": one, "name": f"New {one}"})
        begun = RunStarted(uid=new_id("run"), system="dingtalk")  # a reading that was killed
        by = Circumstances(actor="schedule", source="dingtalk", run=begun.uid)
        opened.ledger.note("feifan", begun, by, 1)
    with desk.serving() as opened:
        eventually(lambda: "New u5" in desk.providers["casdoor"].names())
        asyncio.run(_told(desk, opened.address, ["u4"]))
        eventually(lambda: len(_drift(opened)) > 0)
        links = opened.views.directory("feifan").linked("dingtalk", "member")
        assert [links.ids[fact.uid] for fact in _drift(opened)] == ["u5"]


def _drift(opened: Service) -> list[DriftDetected]:
    scope = delivery_scope("feifan", "dingtalk")
    found = (e.fact for batch in opened.ledger.read(scope=scope) for e in batch)
    return [fact for fact in found if isinstance(fact, DriftDetected)]


def test_the_guard_remembers_over_a_restart(desk: LiveDesk) -> None:
    """What was taken away at a target within the day is folded from the log."""
    with desk.serving() as opened:
        caught_up(desk)
        desk.source.change({"op": "delete_member", "id": "u4"})
        eventually(lambda: len(desk.providers["casdoor"].names()) == len(COMPANY.members) - 1)
    with desk.serving() as opened:
        lately = Lately(opened.ledger, "feifan", "casdoor").operations()
        assert {(o.kind, o.action) for o in lately if o.kind == "member"} == {
            ("member", "deactivate")
        }
