"""Userids that change: once, only one that WeCom has made itself, and never by surprise."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import msgspec
import pytest

from adapters.nats.embedded import attach
from adapters.wecom.settings import WeComSettings
from adapters.wecom.target import WeComTarget
from domain.delivery.mapping import mapping
from domain.delivery.operation import Acknowledged, Action, Change, Relations
from domain.errors import AbsentFault, ExistsFault, SystemFault, TerminalFault
from domain.ports import Target
from domain.records import DepartmentRecord, MemberRecord, RoleRecord, Roster
from orgledger.bootstrap import environment
from orgledger.config import LogConfig
from orgledger.engine.deliver.delivered import Delivered
from orgledger.engine.deliver.delivery import Delivery
from orgledger.engine.runs import Status
from orgledger.ledger import Ledger
from tests.adapters.wecom.target_desk import VirtualDesk, WeComTargetDesk, changed
from tests.delivery.people import add, after, member
from tests.delivery.suite import Office

ANN = MemberRecord(
    id="u1", name="Ann", departments=("10",), mobile="+8613800000001",
    email="ann@example.com", job_number="J1", title="Lead", active=True, manager=None,
)  # fmt: skip
BOB = MemberRecord(
    id="u2", name="Bob", departments=("10",), mobile="+8613800000002", job_number="J2",
    active=True, manager="u1",
)  # fmt: skip
COMPANY = Roster(
    departments=(DepartmentRecord(id="10", name="D", parent_id=None, leaders=("u1",)),),
    members=(ANN, BOB),
    roles=(RoleRecord(id="r1", name="Duty", members=("u1",)),),
)
THERE = Roster(
    departments=(DepartmentRecord(id="10", name="D", parent_id=None, leaders=("WoAaBb",)),),
    members=(
        MemberRecord(
            id="WoAaBb", name="Ann", departments=("10",), mobile="13800000001",
            email="ann@example.com", details={"userid_generated": True},
        ),
        MemberRecord(id="bob", name="Bob", departments=("10",), mobile="13800000002",
                     manager="WoAaBb"),
    ),
)  # fmt: skip
"""Ann joined by an invitation, and WeCom has made her userid; Bob's was given in the console."""

RENAME: dict[str, Any] = {"remote": "WoAaBb", "fields": {"userid": "J1"}}


class Gone(BaseException):
    """The power is off."""


class Hasty(WeComTarget):
    """A target whose process ends right after its first change of a userid, if it is told so."""

    def __init__(self, settings: WeComSettings, *, dies: bool) -> None:
        super().__init__("there", settings)
        self._dies = dies

    async def apply(self, changes: Sequence[Change]) -> Sequence[Acknowledged | SystemFault]:
        done = await super().apply(changes)
        if self._dies and changes[0].action is Action.RENAME:
            raise Gone
        return done


class Renaming(Office):
    """An office whose target has job numbers as userids."""

    dies = False

    def target(self) -> Target:
        settings = msgspec.convert(self.desk.settings(), WeComSettings)
        return Hasty(settings, dies=self.dies)

    def delivery(self, target: Target, **options: Any) -> Delivery:
        found = super().delivery(target, **options)
        to = mapping(target.capabilities, {"member": {"userid": "job_number"}})
        found.destination = msgspec.structs.replace(found.destination, mapping=to)
        return found

    def planned(self) -> Delivered:
        """What a run would do."""

        async def work() -> Delivered:
            target = self.target()
            try:
                return await self.delivery(target).plan()
            finally:
                await target.close()

        return asyncio.run(work())

    @property
    def simulator(self) -> Any:
        return self.desk.app.provider  # type: ignore[attr-defined]

    def userids(self) -> set[str]:
        shown = self.simulator.roster(own_ids=False, system_roles=False)
        return {one.id for one in shown.members}

    def updates(self) -> int:
        """How many changes of people WeCom was asked for."""
        return self.desk.app.stats.calls["user/update"]  # type: ignore[attr-defined,no-any-return]


@pytest.fixture
def office(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Renaming]:
    details: bool = getattr(request, "param", True)
    with attach(tmp_path / "log") as attached, WeComTargetDesk(details=details) as desk:
        ledger = Ledger(environment(LogConfig(), attached.env()))
        yield Renaming(ledger, tmp_path, desk, None)
        ledger.close()


def test_an_account_that_was_taken_over_is_renamed_once_and_not_in_that_run(
    office: Renaming,
) -> None:
    """Complaint 47. Tags, reports and leaderships follow, and afterwards there is nothing to do."""
    office.simulator.put_roster(THERE)
    office.tell(after(COMPANY, member("u2", job_number="bob")))
    assert office.deliver().adopted == 2 + len(THERE.departments)
    assert office.userids() == {"WoAaBb", "bob"}
    [step] = office.planned().plan
    assert (step.action, step.was, step.fields) == (
        Action.RENAME, {"userid": "WoAaBb"}, {"userid": "J1"},
    )  # fmt: skip
    assert office.deliver().status is Status.FINISHED
    assert office.userids() == {"J1", "bob"}
    shown = office.simulator.roster(own_ids=False, system_roles=False)
    assert shown.departments[0].leaders == ("J1",) and shown.roles[0].members == ("J1",)
    assert {m.id: m.manager for m in shown.members}["bob"] == "J1"
    outcome = office.deliver(verify=True)
    assert (outcome.planned, outcome.drifted, outcome.adopted) == (0, 0, 0)


def test_a_userid_that_was_given_stays_and_is_asked_for_once(office: Renaming) -> None:
    """301036 refuses the new userid alone, with a way out; everything else goes on."""
    office.tell(COMPANY)
    assert office.deliver().status is Status.FINISHED
    before = office.updates()
    office.tell(after(COMPANY, member("u1", job_number="X1", title="Head")))
    outcome = office.deliver()
    [said] = outcome.failures
    assert "rename member u1" in said and "301036" in said and "the admin console" in said
    assert (outcome.refused, office.updates() - before) == (1, 2)
    office.tell(after(COMPANY, member("u1", job_number="X1", title="Chief")))
    outcome = office.deliver()
    assert (outcome.refused, outcome.stuck, office.updates() - before) == (0, 1, 3)
    assert office.userids() == {"J1", "J2"}
    outcome = office.deliver(verify=True)
    assert (outcome.drifted, outcome.stuck) == (0, 1)
    office.tell(after(COMPANY, member("u1", title="Chief")))
    assert office.deliver().status is Status.FINISHED


@pytest.mark.parametrize("office", [True, False], ids=["details", "ids-only"], indirect=True)
def test_a_power_cut_right_after_the_new_userid(office: Renaming) -> None:
    """The next run finds the person there, without mail or number to go by, and asks no more."""
    office.tell(COMPANY)
    office.deliver()
    generated = {"userid_generated": True}
    office.simulator.change({"op": "update_member", "id": "J1", "details": generated})
    office.tell(after(COMPANY, member("u1", job_number="X1", title="Head")))
    office.dies = True
    with pytest.raises(Gone):
        office.deliver()
    assert office.userids() == {"X1", "J2"}
    office.dies, before = False, office.updates()
    outcome = office.deliver()
    assert (outcome.status, outcome.adopted, outcome.parked) == (Status.FINISHED, 1, 0)
    assert (office.userids(), office.updates() - before) == ({"X1", "J2"}, 1)
    office.deliver()  # number and address, which a match leaves alone where it can't see them
    writes = office.desk.writes()
    assert (office.deliver().planned, office.desk.writes()) == (0, writes)


def test_a_userid_that_is_changed_in_the_console_is_the_same_person(office: Renaming) -> None:
    """The mapped one is recognised at the next reading, and what was refused is settled."""
    office.tell(COMPANY)
    office.deliver()
    office.tell(after(COMPANY, member("u1", job_number="X1")))
    assert office.deliver().refused == 1
    directory = office.simulator._world.directory
    directory.rename_user(directory.people.find("J1"), "X1")
    outcome = office.deliver(verify=True)
    assert (outcome.status, outcome.adopted) == (Status.FINISHED, 1)
    assert office.deliver().status is Status.FINISHED


def test_what_the_call_says() -> None:
    """One call with both userids and nothing else."""
    desk = VirtualDesk(THERE)
    assert desk.done("member", "rename", **RENAME) == "J1"
    assert desk.bodies("user/update") == [{"userid": "WoAaBb", "new_userid": "J1"}]
    again = {"remote": "J1", "fields": {"userid": "J2"}}
    assert desk.refused("member", "rename", **again).code == "301036"


def test_a_lost_answer_is_looked_up() -> None:
    """WeCom does not know the old userid any more, and somebody has the new one: it is done."""
    desk = VirtualDesk(THERE)
    desk.fault("user/update:timeout_after_commit:times=1")
    assert desk.done("member", "rename", **RENAME) == "J1"
    assert desk.done("member", "rename", **RENAME, again=True) == "J1"


def test_a_renamed_person_moves_in_the_same_run() -> None:
    """What was noted of where people are is known under the new userid: nothing of it is lost."""
    by_hand = DepartmentRecord(id="20", name="By hand", parent_id=None)
    desk = VirtualDesk(after(THERE, add(by_hand), member("WoAaBb", departments=("10", "20"))))
    desk.given["app_secret"] = ""
    nowhere, there = Relations(departments=()), Relations(departments=("10",))

    async def work(target: Any) -> None:
        for what, remote, more in (
            ("move", "WoAaBb", {"relations": nowhere, "had": there}),
            ("rename", "WoAaBb", {"fields": {"userid": "J1"}}),
            ("move", "J1", {"relations": there, "had": nowhere}),
        ):
            [result] = await target.apply([changed("member", what, remote=remote, **more)])
            assert isinstance(result, Acknowledged), result

    desk.work(work)
    assert set(desk.user("J1").places) == {10, 20} and desk.calls()["user/list_id"] == 1


def test_who_is_gone_and_a_userid_that_is_taken() -> None:
    """Somebody else's userid is met, somebody who is gone is made anew by the next pass."""
    desk = VirtualDesk(THERE)
    taken = {"remote": "WoAaBb", "fields": {"userid": "BOB"}}
    fault = desk.refused("member", "rename", **taken)
    assert isinstance(fault, ExistsFault) and fault.code == "60102"
    gone = {"remote": "nobody", "fields": {"userid": "J9"}}
    assert isinstance(desk.refused("member", "rename", **gone), AbsentFault)
    fault = desk.refused("member", "rename", remote="WoAaBb", fields={"userid": "-"})
    assert isinstance(fault, TerminalFault) and not isinstance(fault, AbsentFault)
    assert "Map userid" in fault.fix
