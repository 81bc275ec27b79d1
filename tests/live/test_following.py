"""The job that follows one source, against a source in memory that fails as told."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace

from adapters.dingtalk.speaker import DingTalkSpeaker
from adapters.nats.client import connect
from adapters.nats.inbox import STREAM, Inbox
from domain.envelope import delivery_scope
from domain.errors import SystemFault, TerminalFault
from domain.events import DriftDetected
from domain.hints import Hint, keep
from domain.observe import Coverage, Observation
from domain.ports import Known, Progress, SourceCapabilities
from domain.records import Roster
from orgledger import config as configuration
from orgledger.bootstrap import Service, open_service
from orgledger.config import SystemConfig
from orgledger.engine.pull import Feed
from orgledger.live import following
from orgledger.live.counters import Counters
from orgledger.live.following import Following
from orgledger.live.metrics import Metrics
from tests.engine.fake_source import FakeSource, company
from tests.live.live_desk import eventually

TOKEN, AES_KEY, APP = "token", "a" * 43, "app"

_CONFIG = f"""\
[orgs.feifan]
name = "Feifan"
source = "hr"

[systems.hr]
type = "dingtalk"
org = "feifan"
app_key = "{APP}"
app_secret = "never sent"
base_url = "http://127.0.0.1:9"
callback_token = "{TOKEN}"
callback_aes_key = "{AES_KEY}"
"""
"""The source stands in for DingTalk, which is never called; only its callbacks are its own."""


class Looking(FakeSource):
    """Shows who is hinted at; raises what it is told to for some of them."""

    capabilities = SourceCapabilities(looks=True)

    def __init__(self, roster: Roster) -> None:
        super().__init__(roster)
        self.faults: dict[str, SystemFault] = {}
        self.looked: list[str] = []
        self.late = False
        """Whether a reading of what changed does not have the newest yet."""

    async def read(self, known: Known, progress: Progress) -> Observation:
        seen = await super().read(known, progress)
        if not (known.cursor and self.late):
            return seen
        return replace(seen, coverage=Coverage(changes=True), departments=(), members=(), roles=())

    async def look(self, hints: Sequence[Hint], known: Known, progress: Progress) -> Observation:
        names = {hint.id for hint in hints}
        self.looked += sorted(names)
        for name in names & self.faults.keys():
            raise self.faults[name]
        seen = tuple(m for m in self.roster.members if m.id in names)
        gone = names - {m.id for m in seen}
        return Observation(
            system="hr",
            coverage=Coverage(changes=True, gone_members=frozenset(gone)),
            members=seen,
            calls=len(names),
        )


class Stand(Service):
    """A service whose source is in memory, and the provider that tells of it."""

    def __init__(self, opened: Service) -> None:
        super().__init__(opened.config, opened.ledger, opened.address)
        self.shown = Looking(company(12))
        self._told = 0

    def feed(self, configured: SystemConfig) -> Feed:
        return Feed(system="hr", org="feifan", name="Feifan", source=self.shown)

    def works(self, during: Callable[[], object]) -> None:
        """The job, as long as ``during`` takes; then it leaves."""

        async def work() -> None:
            leave = asyncio.Event()
            one = Following(self, self.config.systems["hr"], Metrics(Counters()))
            job = asyncio.create_task(one.run(leave, lambda: None))
            doing = asyncio.create_task(asyncio.to_thread(during))
            await asyncio.wait([job, doing], return_when=asyncio.FIRST_COMPLETED)
            leave.set()
            await asyncio.wait([job])
            job.result()
            await doing

        asyncio.run(work())

    def renames(self, one: str, name: str) -> None:
        """Somebody has another name there; nothing is told."""
        members = (replace(m, name=name) if m.id == one else m for m in self.shown.roster.members)
        self.shown.roster = replace(self.shown.roster, members=tuple(members))

    def tells(self, *people: str) -> None:
        """A callback for each of these people."""
        asyncio.run(self._tell(people))

    async def _tell(self, people: Sequence[str]) -> None:
        speaker, client = (
            DingTalkSpeaker(TOKEN, AES_KEY, APP),
            await connect(self.address, name="t"),
        )
        inbox, signed = Inbox(client), ("msg_signature", "signature", "timestamp", "nonce")
        await inbox.ensure()
        for one in people:
            self._told += 1
            event = {"EventType": "user_modify_org", "userId": [one]}
            data = keep(speaker.call(event, time.time()), time.time(), query=signed)
            await inbox.put("hr", data, f"{self._told}", within=9)
        await client.close()

    def names(self) -> dict[str, str]:
        directory = self.views.directory("feifan")
        links = directory.linked("hr", "member")
        return {links.ids[m.uid]: m.name for m in directory.present_members()}

    def missed(self) -> list[str]:
        """Whose changes no callback had announced, as the log has it."""
        links = self.views.directory("feifan").linked("hr", "member")
        entries = (
            e for batch in self.ledger.read(scope=delivery_scope("feifan", "hr")) for e in batch
        )
        facts = [e.fact for e in entries if isinstance(e.fact, DriftDetected)]
        return [links.ids.get(fact.uid, fact.kind) for fact in facts]

    def waiting(self) -> int:
        """Callbacks that nobody has acknowledged."""

        async def ask() -> int:
            client = await connect(self.address, name="t")
            found = await client.jetstream().consumer_info(STREAM, "read-hr")
            await client.close()
            return (found.num_pending or 0) + (found.num_ack_pending or 0)

        return asyncio.run(ask())


@pytest.fixture
def stand(tmp_path: Path) -> Iterator[Stand]:
    (tmp_path / "orgledger.toml").write_text(_CONFIG)
    with open_service(configuration.load(tmp_path / "orgledger.toml")) as opened:
        yield Stand(opened)


def test_a_hint_that_cannot_be_followed_holds_up_no_other(
    stand: Stand, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A look that fails for good leads to a reading of everything; what comes next is followed."""
    stand.shown.faults["u1"] = TerminalFault("there refused the look", code="40000")

    def poison() -> None:
        eventually(lambda: len(stand.names()) == 12)
        monkeypatch.setattr(following, "DOUBTS_S", 0.0)
        stand.renames("u1", "Read")
        stand.tells("u1")
        eventually(lambda: stand.names()["u1"] == "Read")
        eventually(lambda: stand.waiting() == 0)
        stand.renames("u2", "Followed")
        stand.tells("u2")
        eventually(lambda: stand.names()["u2"] == "Followed")

    stand.works(poison)
    assert stand.shown.looked == ["u1", "u2"]
    assert stand.missed() == [], "a callback had announced it"


def test_what_was_told_before_a_reading_that_failed_was_not_lost(
    stand: Stand, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The next reading that comes to its end finds it, after a restart too; it was announced."""
    monkeypatch.setattr(following, "DOUBTS_S", 0.0)

    def fails() -> None:
        eventually(lambda: len(stand.names()) == 12)
        stand.shown.fault = stand.shown.faults["u1"] = TerminalFault("there refused", code="1")
        stand.renames("u1", "Told")
        stand.renames("u2", "Never told")
        stand.tells("u1")
        eventually(lambda: stand.shown.readings > 1 and stand.waiting() == 0)

    stand.works(fails)
    stand.shown.fault = None
    stand.works(lambda: _named(stand, "u1", "Told"))
    assert stand.missed() == ["u2"]


def _named(stand: Stand, one: str, name: str) -> None:
    eventually(lambda: stand.names()[one] == name)


def test_a_hint_is_followed_though_a_reading_of_what_changed_came_after_it(
    stand: Stand, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who tells what changed since a cursor tells it late (entra.md, 5); one record is there."""
    monkeypatch.setattr(following, "AWAY", timedelta(0))
    monkeypatch.setattr(following, "SKEW_S", 0.0)
    stand.shown.cursor = "since then"
    stand.works(lambda: eventually(lambda: len(stand.names()) == 12))
    stand.shown.late = True
    stand.renames("u1", "Told")
    stand.tells("u1")
    stand.works(lambda: _named(stand, "u1", "Told"))
