"""The contract suite of targets: a class per target binds it, mostly with an empty body."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any, ClassVar

import msgspec
import pytest

from adapters.nats.embedded import attach
from domain.delivery.guard import GuardLimits
from domain.delivery.mapping import mapping
from domain.delivery.reconcile import Adoption
from domain.observe import WHOLE
from domain.ports import Target
from domain.records import Roster
from orgledger.bootstrap import environment
from orgledger.config import LogConfig
from orgledger.engine.deliver.delivered import Approval, Delivered
from orgledger.engine.deliver.delivery import Delivery
from orgledger.engine.deliver.destination import Destination
from orgledger.engine.pull import Feed, Pull
from orgledger.engine.runs import Status
from orgledger.engine.views import Views
from orgledger.ledger import Ledger
from orgledger.systems import TYPES
from tests.delivery.desk import TargetDesk
from tests.delivery.people import COMPANY, after, member
from tests.delivery.same import differences
from tests.delivery.situations import SITUATIONS, Situation, Step
from tests.engine.fake_source import FakeSource

ORG = "feifan"
_NUMBERS = count(1)


def quiet(what: str, done: int, total: int | None) -> None:
    """Progress that nobody looks at."""


class Office:
    """A ledger with one organization, and a target that it is brought to."""

    def __init__(
        self,
        ledger: Ledger,
        data: Path,
        desk: TargetDesk,
        target: Target | None,
        org: str = ORG,
    ) -> None:
        self.ledger, self.views, self.desk = ledger, Views(ledger, data), desk
        self.org = org
        self._target = target
        self.source = FakeSource(Roster())
        self.adoption = Adoption()
        self.limits = GuardLimits()

    def target(self) -> Target:
        if self._target is not None:
            return self._target
        kind = TYPES[self.desk.type]
        assert kind.target is not None
        settings = msgspec.convert(self.desk.settings(), kind.settings)
        return kind.target(settings, "there", Path())

    def tell(self, roster: Roster, hidden: tuple[str, ...] = ()) -> None:
        """The source shows ``roster``; what it shows comes into the log."""
        self.source.roster = roster
        shown = msgspec.structs.replace(WHOLE, hidden={"member": hidden} if hidden else {})
        self.source.coverage = shown
        feed = Feed(system="hr", org=self.org, name="Feifan", source=self.source)
        pull = Pull(self.ledger, self.views, feed, actor="test", progress=quiet)
        try:
            asyncio.run(pull.execute())
        except Exception:
            held = self.views.run(pull.run)
            assert held.status is Status.HELD, held.reason
            again = Pull(self.ledger, self.views, feed, actor="test", progress=quiet)
            asyncio.run(again.execute(held))

    def deliver(self, *, approve: str | None = None, **options: Any) -> Delivered:
        """One delivery; ``approve`` names the held run that it continues."""
        approval = Approval(run=self.views.run(approve)) if approve else None

        async def work() -> Delivered:
            target = self.target()
            try:
                return await self.delivery(target, approval=approval, **options).execute()
            finally:
                await target.close()

        return asyncio.run(work())

    def delivery(self, target: Target, **options: Any) -> Delivery:
        destination = Destination(
            system="there",
            org=self.org,
            target=target,
            mapping=mapping(target.capabilities, {}),
            adoption=self.adoption,
            limits=self.limits,
        )
        return Delivery(
            self.ledger,
            self.views,
            destination,
            actor="test",
            progress=quiet,
            pause=0.01,
            **options,
        )

    def differences(self, roster: Roster, left: set[str]) -> list[str]:
        target = self.target()
        found = differences(roster, self.desk.roster(), target, left)
        asyncio.run(target.close())
        return found


class TargetSuite:
    """Every situation on one target. ``SKIPPED`` names those it can't be in, with the reason."""

    SKIPPED: ClassVar[dict[str, str]] = {}

    def desk(self) -> TargetDesk:
        raise AssertionError("a bound suite says which desk")

    def in_process(self, desk: TargetDesk) -> Target | None:
        """The target where it is not one of the product's types."""
        return None

    @pytest.fixture(scope="class")
    @classmethod
    def ledger(cls, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ledger]:
        with attach(tmp_path_factory.mktemp("suite") / "log") as attached:
            ledger = Ledger(environment(LogConfig(), attached.env()))
            yield ledger
            ledger.close()

    @pytest.fixture
    def office(self, ledger: Ledger, tmp_path: Path) -> Iterator[Office]:
        """An organization of its own for every test; the server is shared."""
        with self.desk() as desk:
            org = f"org-{next(_NUMBERS)}"
            yield Office(ledger, tmp_path, desk, self.in_process(desk), org)

    @pytest.mark.parametrize("situation", SITUATIONS, ids=str)
    def test_the_target_follows(self, office: Office, situation: Situation) -> None:
        """After every step the target holds the organization, and a second sync writes nothing."""
        if situation.name in self.SKIPPED:
            pytest.skip(self.SKIPPED[situation.name])
        roster = situation.begin
        office.tell(roster)
        office.deliver()
        self._holds(office, roster, set())
        left: set[str] = set()
        for step in situation.steps:
            before = {m.id for m in roster.members}
            roster = after(roster, *step.changes)
            left = (left | (before - {m.id for m in roster.members})) - {
                m.id for m in roster.members
            }
            self._step(office, step, roster)
            known = office.source.roster
            self._holds(office, _told(known, step, situation.begin), left)

    def _step(self, office: Office, step: Step, roster: Roster) -> None:
        if step.remove:
            office.desk.remove_member(step.remove)
        if step.rename:
            office.desk.rename_member(step.rename, "Somebody else")
        if step.changes:
            office.tell(roster, step.hidden)
        if step.trouble and not office.desk.trouble(step.trouble, step.times):
            pytest.skip(f"{step.trouble} can't be arranged here")
        outcome = office.deliver(verify=step.verify)
        if step.held:
            assert outcome.status is Status.HELD
            assert outcome.held
            outcome = office.deliver(approve=outcome.run)
        if outcome.deferred:  # a later run tries again by itself
            outcome = office.deliver()
        assert outcome.status is Status.FINISHED, outcome.failures or outcome.reason

    def _holds(self, office: Office, roster: Roster, left: set[str]) -> None:
        assert office.differences(roster, left) == []
        writes = office.desk.writes()
        again = office.deliver()
        assert (again.planned, office.desk.writes()) == (0, writes)

    def test_what_it_cannot_do_has_a_reason(self, office: Office) -> None:
        """Every flag that is off, or on with a limit, says why by its name."""
        can = office.target().capabilities
        assert set(can.lacking) <= can.why.keys() <= can.flags.keys()

    def test_what_is_not_ours_stays(self, office: Office) -> None:
        """An account that somebody made by hand is neither changed nor removed."""
        if not office.target().capabilities.reads:
            pytest.skip("what is there can't be read")
        office.desk.put_member(
            name="Stranger", email="stranger@elsewhere.example", mobile="+8613900000001"
        )
        office.tell(COMPANY)
        office.deliver()
        office.tell(after(COMPANY, member("u4", name="Person Four")))
        outcome = office.deliver(verify=True)
        assert outcome.foreign.get("member", 0) >= 1
        there = office.desk.roster()
        strangers = [m for m in there.members if m.id.startswith("foreign:")]
        assert [m.name for m in strangers if m.name == "Stranger"] == ["Stranger"]
        assert office.differences(after(COMPANY, member("u4", name="Person Four")), set()) == []

    def test_reading_back_finds_what_was_written(self, office: Office) -> None:
        """Verifying right after a delivery finds nothing changed, and writes nothing."""
        if not office.target().capabilities.reads:
            pytest.skip("what is there can't be read")
        office.tell(COMPANY)
        office.deliver()
        writes = office.desk.writes()
        outcome = office.deliver(verify=True)
        assert (outcome.drifted, outcome.planned, outcome.adopted) == (0, 0, 0)
        assert outcome.verified >= len(COMPANY.members)
        assert office.desk.writes() == writes

    def test_a_lost_log_finds_everything_again(self, office: Office, tmp_path: Path) -> None:
        """A new log over a target that was filled before adopts it all and makes nothing twice."""
        if not office.target().capabilities.reads:
            pytest.skip("what is there can't be read")
        office.tell(COMPANY)
        office.deliver()
        with attach(tmp_path / "other") as attached:
            ledger = Ledger(environment(LogConfig(), attached.env()))
            other = Office(ledger, tmp_path / "other", office.desk, office._target)
            other.tell(COMPANY)
            outcome = other.deliver()
            ledger.close()
        assert outcome.adopted >= len(COMPANY.members)
        assert office.differences(COMPANY, set()) == []


def _told(roster: Roster, step: Step, begin: Roster) -> Roster:
    """What the log knows: a field that is hidden is as it was."""
    if not step.hidden:
        return roster
    before = {m.id: m for m in begin.members}
    members = tuple(
        msgspec.structs.replace(m, **{f: getattr(before[m.id], f) for f in step.hidden})
        for m in roster.members
    )
    return msgspec.structs.replace(roster, members=members)


__all__ = ["ORG", "Office", "TargetSuite", "quiet"]
