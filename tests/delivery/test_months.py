"""Eight years of a real organization, delivered month after month to every simulated provider.

The data stays outside this repository; the tests are skipped where it is not there.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

import msgspec
import pytest

from adapters.nats.embedded import attach
from domain.delivery.guard import GuardLimits
from domain.plausible import Limit
from domain.ports import Target
from domain.records import MemberRecord, Roster
from domain.rows import Rows
from orgledger.bootstrap import environment
from orgledger.config import LogConfig
from orgledger.engine.runs import Status
from orgledger.ledger import Ledger
from tests.adapters.authing.target_desk import AuthingTargetDesk
from tests.adapters.casdoor.target_desk import CasdoorTargetDesk
from tests.adapters.dingtalk.target_desk import DingTalkTargetDesk
from tests.adapters.feishu.target_desk import FeishuTargetDesk
from tests.adapters.wecom.target_desk import WeComTargetDesk
from tests.delivery.desk import TargetDesk
from tests.delivery.people import after, leave
from tests.delivery.suite import Office
from tests.engine.conftest import Clock
from tests.sources.history import DATA, MONTHS, months

T = TypeVar("T")

DESKS: dict[str, type[TargetDesk]] = {
    "authing": AuthingTargetDesk,
    "casdoor": CasdoorTargetDesk,
    "dingtalk": DingTalkTargetDesk,
    "feishu": FeishuTargetDesk,
    "wecom": WeComTargetDesk,
}
START = datetime(2018, 11, 30, tzinfo=UTC)
MONTH = timedelta(days=31)
"""From one month to the next: longer than the days of grace of those who left."""

pytestmark = pytest.mark.skipif(not DATA.exists(), reason="the real history is not there")


def reachable(roster: Roster) -> Roster:
    """The same people with what providers ask for: the data has neither numbers nor addresses.

    Leaders are in one order: the log does not take another one for a change.
    """
    ordered = (
        msgspec.structs.replace(d, leaders=tuple(sorted(d.leaders or ())))
        for d in roster.departments
    )
    return msgspec.structs.replace(
        roster, departments=tuple(ordered), members=tuple(map(_reachable, roster.members))
    )


def _reachable(member: MemberRecord) -> MemberRecord:
    digest = hashlib.blake2b(member.id.encode(), digest_size=8).digest()
    number = int.from_bytes(digest) % 10**8
    return msgspec.structs.replace(
        member,
        email=f"m{number}@rust.example",
        mobile=f"+86138{number:08d}",
        main_department=member.departments[0] if member.departments else None,
        manager=None,
        active=True,
    )


class Years:
    """One target that the organization is brought to, month after month."""

    def __init__(self, office: Office, clock: Clock) -> None:
        self.office, self._clock = office, clock
        few = Limit(count=10_000)
        office.limits = GuardLimits(delete=few, deactivate=few, memberships=few, grants=few)
        self._people: set[str] = set()

    def play(self, number: int, roster: Roster) -> None:
        """One month: the target holds it, and a second delivery has nothing to do."""
        self._clock.time = START + number * MONTH
        wanted = self._held(reachable(roster))
        people = {member.id for member in wanted.members}
        self.office.tell(wanted)
        outcome = self.office.deliver()
        if outcome.deferred:  # a later run tries again by itself
            outcome = self.office.deliver()
        assert outcome.status is Status.FINISHED, (number, outcome.failures, outcome.reason)
        if isinstance(self.office.desk, WeComTargetDesk):
            directory = self.office.views.directory(self.office.org)
            self.office.desk.learn(Rows(directory).ids("department"))
        assert self.office.differences(self._fitted(wanted), self._people - people) == [], number
        self._people = people
        writes = self.office.desk.writes()
        again = self.office.deliver()
        assert (again.planned, self.office.desk.writes()) == (0, writes), number

    def _held(self, roster: Roster) -> Roster:
        """What the target can hold: not two ids that differ in case only, where those are one.

        Who is a newcomer under such an id comes a month later, after the account of before.
        """
        if not self._target(lambda target: target.capabilities.caseless_keys):
            return roster
        before = {userid.casefold() for userid in self._people}
        late = (m.id for m in roster.members if m.id not in self._people)
        return after(roster, leave(*(userid for userid in late if userid.casefold() in before)))

    def _fitted(self, roster: Roster) -> Roster:
        """``roster`` with the names as the target takes them."""

        def names(target: Target, kind: str, records: Any) -> tuple[Any, ...]:
            fields = target.capabilities.fields[kind]
            field = next(field.name for field in fields if field.default == "name")
            fitted = [target.fit(kind, {field: r.name}).fields[field] for r in records]
            pairs = zip(records, fitted, strict=True)
            return tuple(msgspec.structs.replace(r, name=name) for r, name in pairs)

        return self._target(
            lambda target: msgspec.structs.replace(
                roster,
                departments=names(target, "department", roster.departments),
                members=names(target, "member", roster.members),
            )
        )

    def _target(self, ask: Callable[[Target], T]) -> T:
        target = self.office.target()
        found = ask(target)
        asyncio.run(target.close())
        return found

    def reads_back(self) -> None:
        """What is there is what was written."""
        outcome = self.office.deliver(verify=True)
        assert (outcome.drifted, outcome.planned, outcome.adopted) == (0, 0, 0)


@pytest.fixture(params=DESKS)
def years(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Years]:
    clock = Clock()
    with attach(tmp_path / "log") as attached, DESKS[request.param]() as desk:
        ledger = Ledger(environment(LogConfig(), attached.env()), clock=clock)
        yield Years(Office(ledger, tmp_path, desk, None), clock)
        ledger.close()


def test_the_first_month_and_the_next(years: Years) -> None:
    """Each target holds both, a second delivery writes nothing, and nothing drifted."""
    for number, roster in months((0, 1)):
        years.play(number, roster)
    years.reads_back()


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_eight_years(years: Years) -> None:
    """Each target holds each month, and a second delivery after it writes nothing.

    Authing, which no source reads, has all months; the others have three of a year.
    """
    step = 1 if years.office.desk.type == "authing" else 4
    for number, roster in months(range(0, MONTHS, step)):
        years.play(number, roster)
    years.reads_back()
