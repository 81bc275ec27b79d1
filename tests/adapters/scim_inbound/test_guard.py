"""The guard: a sender that takes too much away is stopped, and a person can let it go on."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from adapters.scim_inbound.roll import Roll
from domain.directory import State
from domain.errors import HeldError
from domain.observe import Coverage, Observation
from domain.plausible import Limit, Limits
from domain.records import MemberRecord
from orgledger.engine.holding import approve
from orgledger.engine.push import Push
from orgledger.engine.runs import Status
from orgledger.ledger import Ledger
from tests.adapters.scim_inbound.inbound_desk import BULK, SYSTEM, USER, Desk, opened

PEOPLE = 40
STAYING = 32
"""Of forty; a ninth that goes is more than a fifth."""


@pytest.fixture
def staffed(desk: Desk) -> list[str]:
    """Forty people in one group."""
    operations = [
        {"method": "POST", "path": "/Users", "bulkId": str(number),
         "data": {"schemas": [USER], "userName": f"u{number}"}}
        for number in range(PEOPLE)
    ]  # fmt: skip
    answer = desk.ask("POST", "/Bulk", {"schemas": [BULK], "Operations": operations}).json()
    uids = [one["location"].rpartition("/")[2] for one in answer["Operations"]]
    desk.group("Everybody", *uids)
    return uids


def leave(desk: Desk, uid: str, how: str) -> httpx.Response:
    if how == "DELETE":
        return desk.ask("DELETE", f"/Users/{uid}")
    return desk.patch(f"/Users/{uid}", {"op": "Replace", "path": "active", "value": "False"})


@pytest.mark.parametrize("how", ["DELETE", "active"])
def test_a_sender_that_closes_everybody_is_stopped(
    desk: Desk, staffed: list[str], how: str
) -> None:
    """Beyond a fifth each call is a 409 that says so and records nothing; there is one held run."""
    answers = [leave(desk, uid, how) for uid in staffed]
    taken = [answer.status_code < 300 for answer in answers]
    assert taken == [True] * (PEOPLE - STAYING) + [False] * STAYING
    (held,) = [run for run in desk.runs() if run.status is Status.HELD]
    for answer in answers[-STAYING:]:
        assert answer.status_code == 409
        assert answer.json()["detail"].startswith("held: ")
        assert f"sync {SYSTEM} --approve {held.id}" in answer.json()["detail"]
    members = desk.directory().members
    assert sum(m.state is State.ACTIVE for m in members.values()) == STAYING
    assert "9 of 40 members" in held.reason
    assert held.members_going == (staffed[PEOPLE - STAYING],)


def test_while_one_thing_is_held_everything_else_goes_on(desk: Desk, staffed: list[str]) -> None:
    """Changes are taken, and a newcomer or somebody who comes back makes room for one."""
    for uid in staffed:
        leave(desk, uid, "active")
    desk.user("newcomer")
    title = {"op": "add", "path": "title", "value": "Boss"}
    assert desk.patch(f"/Users/{staffed[-1]}", title).status_code in (200, 204)
    back = {"op": "replace", "path": "active", "value": True}
    assert desk.patch(f"/Users/{staffed[0]}", back).status_code in (200, 204)
    answers = [leave(desk, uid, "active").status_code for uid in staffed[-3:]]
    assert answers == [204, 204, 409]


def test_an_emptied_group_is_stopped(desk: Desk, staffed: list[str]) -> None:
    """People without any department count as much as people who are deleted."""
    (group,) = desk.directory().departments
    nobody = {"op": "replace", "path": "members", "value": []}
    answer = desk.patch(f"/Groups/{group}", nobody)
    assert (answer.status_code, "every department" in answer.text) == (409, True)
    assert desk.directory().members[staffed[0]].departments == (group,)


def test_a_held_operation_of_a_bulk_is_refused_alone(desk: Desk, staffed: list[str]) -> None:
    """The operations before and after it are done."""
    gone = [{"method": "DELETE", "path": f"/Users/{uid}"} for uid in staffed]
    more = {"method": "POST", "path": "/Users", "bulkId": "n",
            "data": {"schemas": [USER], "userName": "newcomer"}}  # fmt: skip
    body = {"schemas": [BULK], "Operations": [*gone, more]}
    answer = desk.ask("POST", "/Bulk", body).json()["Operations"]
    assert [one["status"] for one in answer] == ["204"] * 8 + ["409"] * STAYING + ["201"]


def test_a_restart_and_a_second_process_judge_alike(
    closed: Desk, connection: dict[str, str], tmp_path: Path
) -> None:
    """What went before a restart counts: the judgement is folded from the log."""
    with closed.open() as desk:
        uids = [desk.user(f"u{number}") for number in range(20)]
        for uid in uids[:5]:
            assert leave(desk, uid, "DELETE").status_code == 204
        assert leave(desk, uids[5], "DELETE").status_code == 409
    with closed.open() as desk:
        assert leave(desk, uids[6], "DELETE").status_code == 409
        second = opened(connection)
        other = Desk(second, tmp_path)
        other.org = closed.org
        with other.open():
            assert leave(other, uids[7], "DELETE").status_code == 409
        second.close()
        assert sum(run.status is Status.HELD for run in desk.runs()) == 1


def test_what_comes_and_goes_one_by_one_is_never_stopped(desk: Desk) -> None:
    """A conformance test makes and deletes a hundred users: there was never more than one."""
    for number in range(30):
        assert leave(desk, desk.user(f"u{number}"), "DELETE").status_code == 204


def test_limits_are_those_of_the_configuration(ledger: Ledger, tmp_path: Path) -> None:
    """``[systems.x.guard]``, as for a system that is read."""
    desk = Desk(ledger, tmp_path)
    desk.guard = Limits(members=Limit(count=0, percent=0))
    with desk.open():
        assert leave(desk, desk.user("ann"), "DELETE").status_code == 409


class Clock:
    def __init__(self) -> None:
        self.time = datetime(2026, 1, 1, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.time


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def push(closed: Desk, connection: dict[str, str], clock: Clock) -> Any:
    """Twenty people, whom their source can take away."""
    ledger = opened(connection)
    ledger._clock = clock
    roll = Roll(SYSTEM, departments=True)
    found = Push(ledger, system=SYSTEM, org=closed.org, name="Acme", watcher=roll)
    people = tuple(
        MemberRecord(id=f"u{number}", name=f"U{number}", departments=()) for number in range(20)
    )
    found.accept(lambda: Observation(system=SYSTEM, coverage=Coverage(), members=people))
    yield found
    ledger.close()


def gone(number: int) -> Any:
    coverage = Coverage(gone_members=frozenset({f"u{number}"}))
    return lambda: Observation(system=SYSTEM, coverage=coverage)


def until_held(push: Push, numbers: Any) -> int:
    for number in numbers:
        try:
            push.accept(gone(number))
        except HeldError:
            return int(number)
    raise AssertionError("nothing was held")


def test_an_approved_sender_may_go_on_for_a_day(push: Push, closed: Desk, clock: Clock) -> None:
    """The very call is taken then; after a day the guard judges by what is left."""
    numbers = itertools.count()
    stopped = until_held(push, numbers)
    (held,) = [run for run in closed.runs() if run.status is Status.HELD]
    approve(push.ledger, held, "somebody")
    clock.time += timedelta(hours=1)
    for number in range(stopped, 12):
        push.accept(gone(number))
    assert [r.status for r in closed.runs() if r.id == held.id] == [Status.APPROVED]
    clock.time += timedelta(hours=23, minutes=1)
    assert until_held(push, range(12, 20)) == 17


def test_a_slow_decline_is_no_alarm(push: Push, clock: Clock) -> None:
    """Three a day are believed: the most of the last day is what counts."""
    for number in range(12):
        push.accept(gone(number))
        clock.time += timedelta(hours=8)
