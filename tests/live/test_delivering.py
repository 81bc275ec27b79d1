"""The job that brings one target up to date, against a target in memory that fails as told."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from domain.delivery.mapping import mapping
from domain.delivery.operation import Acknowledged, Change
from domain.errors import CredentialFault, SystemFault, TransientFault
from domain.records import Roster
from orgledger import config as configuration
from orgledger.bootstrap import Service, open_service
from orgledger.config import SystemConfig
from orgledger.engine.deliver import execute
from orgledger.engine.deliver.destination import Destination
from orgledger.engine.deliver.execute import PARKED_AFTER
from orgledger.engine.runs import Run, Status
from orgledger.live import delivering
from orgledger.live.counters import Counters
from orgledger.live.delivering import Delivering
from orgledger.live.metrics import Metrics
from orgledger.live.organization import Organization
from tests.delivery.memory import MemoryDesk, MemoryTarget
from tests.delivery.people import COMPANY, add, after, member, role
from tests.delivery.suite import Office
from tests.live.live_desk import eventually

_CONFIG = """\
[orgs.feifan]
name = "Feifan"
source = "hr"

[systems.hr]
type = "roster"
org = "feifan"
path = "never-read.json"

[systems.there]
type = "casdoor"
org = "feifan"
role = "target"
client_id = "id"
client_secret = "never sent"
organization = "feifan"
base_url = "http://127.0.0.1:9"
"""
"""The target stands in for Casdoor, which is never called."""


class Slow(MemoryTarget):
    """Does a change at once and answers when it is let; or fails it instead."""

    def __init__(self, desk: MemoryDesk) -> None:
        super().__init__(desk)
        self.silent: set[str] = set()
        self.faults: dict[str, SystemFault] = {}

    async def apply(self, changes: Sequence[Change]) -> list[Acknowledged | SystemFault]:
        [change] = changes
        fault = self.faults.get(change.key)
        if isinstance(fault, CredentialFault):
            raise fault
        if fault is not None:
            self.desk.changes.append(change)
            return [fault]
        done = await super().apply(changes)
        if change.key in self.silent:
            await asyncio.Event().wait()
        return done


class Stand(Service):
    """A service whose target is in memory, and the office of whoever tells it what changed."""

    def __init__(self, opened: Service) -> None:
        super().__init__(opened.config, opened.ledger, opened.address)
        self.memory = MemoryDesk()
        self.target = Slow(self.memory)
        self.office = Office(self.ledger, self.config.data, self.memory, self.target)
        self.system = next(s for s in self.config.systems.values() if s.id == "there")

    def destination(self, configured: SystemConfig) -> Destination:
        return Destination(
            system="there",
            org="feifan",
            target=self.target,
            mapping=mapping(self.target.capabilities, {}),
        )

    def job(self) -> Delivering:
        organization = Organization(self.ledger, "feifan")
        return Delivering(self, self.system, organization, Metrics(Counters()))

    def works(self, during: Callable[[], None], *, cut: bool = False) -> None:
        """The job, as long as ``during`` takes; then it leaves, or is ``cut`` off."""

        async def work() -> None:
            leave = asyncio.Event()
            job = asyncio.create_task(self.job().run(leave, lambda: None))
            await asyncio.to_thread(during)
            if cut:
                job.cancel()
            leave.set()
            await asyncio.wait([job])
            if not cut:
                job.result()

        asyncio.run(work())

    def tell(self, roster: Roster) -> None:
        self.office.tell(roster)

    def sent(self) -> list[str]:
        """The calls that the target got, in words."""
        return [f"{c.action} {c.kind} {c.key}" for c in self.memory.changes]

    def topics(self) -> list[str]:
        """The events in the log that are about the target, in order."""
        return [e.fact.TOPIC for batch in self.ledger.read(scope="feifan.delivery") for e in batch]

    def runs(self) -> list[Run]:
        return self.views.deliveries("feifan", "there")

    def is_there(self, roster: Roster) -> bool:
        return self.office.differences(roster, set()) == []


@pytest.fixture
def stand(tmp_path: Path) -> Iterator[Stand]:
    (tmp_path / "orgledger.toml").write_text(_CONFIG)
    with open_service(configuration.load(tmp_path / "orgledger.toml")) as opened:
        yield Stand(opened)


def test_what_was_cut_off_without_an_answer_is_looked_for_before_it_is_made_again(
    stand: Stand,
) -> None:
    """A stop between a creation and its answer leaves no second role of the same kind."""
    stand.tell(COMPANY)
    grown = after(COMPANY, add(role("r9", "Twice", "u1")))

    def until_it_is_made() -> None:
        eventually(lambda: stand.is_there(COMPANY))
        stand.target.silent.add("r9")
        stand.tell(grown)
        eventually(lambda: "r9" in [thing.key for thing in stand.memory.things["role"].values()])

    stand.works(until_it_is_made, cut=True)
    assert stand.runs()[0].status is Status.FAILED
    stand.target.silent.clear()
    stand.works(lambda: _settled(stand, grown))
    made = [thing.key for thing in stand.memory.things["role"].values()]
    assert made.count("r9") == 1


def _settled(stand: Stand, roster: Roster) -> None:
    eventually(lambda: stand.is_there(roster))


def test_a_target_that_is_ill_for_a_while_needs_nobody(
    stand: Stand, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One change that fails for a passing reason is not set aside after three quick runs."""
    monkeypatch.setattr(delivering, "AGAIN_S", (0.01, 0.02))
    monkeypatch.setattr(delivering, "TICK_S", 0.05)
    monkeypatch.setattr(execute, "TRIES", 1)
    promoted = after(COMPANY, member("u4", title="Lead"))

    def until_it_is_well() -> None:
        eventually(lambda: stand.is_there(COMPANY))
        stand.target.faults["u4"] = TransientFault("there failed", why="HTTP 502", code="http_502")
        stand.tell(promoted)
        eventually(lambda: stand.sent().count("update member u4") > PARKED_AFTER + 2)
        stand.target.faults.clear()
        eventually(lambda: stand.is_there(promoted))

    stand.tell(COMPANY)
    stand.works(until_it_is_well)


def test_an_account_that_waits_for_a_person_holds_up_nobody_else(stand: Stand) -> None:
    """What changes meanwhile is brought by itself; everything is not planned for it."""
    mail = "u8@feifan.example"
    stand.memory.put_member(name="Somebody", email=mail, mobile="+8613800000000")
    stand.tell(after(COMPANY, member("u8", email=mail)))
    with_title = after(COMPANY, member("u8", email=mail), member("u4", title="Lead"))

    def until_another_is_brought() -> None:
        eventually(lambda: [run.status for run in stand.runs()] == [Status.HELD])
        stand.tell(with_title)
        eventually(lambda: "update member u4" in stand.sent())

    stand.works(until_another_is_brought)
    assert [run.actor for run in stand.runs()] == ["service:there", "schedule"]


def test_a_record_that_the_target_cannot_take_is_news_only_once(stand: Stand) -> None:
    """Whoever is named beside it is brought by itself afterwards."""
    unfit = after(COMPANY, member("u4", title="x" * 201, manager="u3"))
    stand.tell(COMPANY)

    def until_its_manager_is_brought() -> None:
        eventually(lambda: stand.is_there(COMPANY))
        stand.tell(unfit)
        eventually(lambda: "ChangeRefused" in stand.topics())
        stand.tell(after(unfit, member("u3", title="Lead")))
        eventually(lambda: "update member u3" in stand.sent())

    stand.works(until_its_manager_is_brought)
    planned = [run.actor for run in stand.runs()]
    assert planned == ["service:there", "schedule", "schedule"]


def test_a_credential_that_is_refused_leaves_the_last_piece_in_doubt(stand: Stand) -> None:
    """Other changes were under way when it was; the next run looks what became of them."""
    stand.tell(COMPANY)

    def until_it_is_refused() -> None:
        eventually(lambda: stand.is_there(COMPANY))
        stand.target.faults["u4"] = CredentialFault("there refused the token")
        stand.tell(after(COMPANY, member("u4", title="Lead")))
        eventually(lambda: stand.runs()[0].status is Status.FAILED)

    with pytest.raises(CredentialFault):
        stand.works(until_it_is_refused)
    assert stand.runs()[0].reason == "there refused the token."
