"""What pushes leave in the log: runs, repetition, restarts, several processes, loss of the log."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from adapters.scim_inbound.roll import Roll
from domain.errors import ConfigError
from domain.observe import Coverage, Observation
from domain.records import MemberRecord
from orgledger.engine.push import Push
from orgledger.engine.runs import Status
from orgledger.engine.sitting import LONGEST, QUIET
from orgledger.ledger import Ledger
from tests.adapters.scim_inbound.inbound_desk import ENTERPRISE, SYSTEM, USER, Desk, opened


def test_many_calls_are_one_run(desk: Desk) -> None:
    """Two facts for the run, one for each change; the actor and the run are on every one."""
    for number in range(5):
        desk.user(f"u{number}")
    entries = desk.entries()
    assert [e.fact.TOPIC for e in entries] == [
        "RunStarted", "OrganizationRegistered", *["MemberCreated"] * 5,
    ]  # fmt: skip
    assert {e.envelope.actor for e in entries} == {f"token:{SYSTEM}"}
    assert {e.envelope.source for e in entries} == {SYSTEM}
    assert len({e.envelope.run for e in entries}) == 1


def test_the_run_is_closed_when_the_service_stops(closed: Desk) -> None:
    """It counts what was pushed, and lists what was refused by codes, without personal values."""
    with closed.open() as desk:
        ann = desk.user("ann.secret", displayName="Ann Secret")
        group = desk.group("Team", ann)
        desk.ask("DELETE", f"/Groups/{group}")
        desk.ask("POST", "/Users", {"schemas": [USER], "userName": "ann.secret"})
        desk.ask("GET", "/Users/unknown")
    (run,) = closed.runs()
    assert run.status is Status.PARTIAL
    assert run.mode == "push"
    assert run.refused == ("POST Users: 409 uniqueness",)
    assert (run.calls, run.appended) == (4, len(closed.facts()))
    assert run.read == {"departments": 1, "members": 3}
    assert "ecret" not in repr(run)


def test_a_restart_loses_nothing(closed: Desk) -> None:
    """Everybody, their ids, versions, times and order are as before, and can be changed on."""
    with closed.open() as desk:
        ann = desk.user("ann", title="Engineer", **{ENTERPRISE: {"department": "R&D"}})
        bob = desk.user("bob", active=False)
        team = desk.group("Team", ann, bob)
        desk.group("Tech", team)
        desk.ask("DELETE", f"/Users/{desk.user('gone')}")
        before = [desk.get("/Users"), desk.get("/Groups")]
        old = desk.url
    with closed.open() as desk:
        after = [desk.get("/Users"), desk.get("/Groups")]
        assert str(after).replace(desk.url, "") == str(before).replace(old, "")
        facts = len(desk.facts())
        desk.ask("PUT", f"/Users/{ann}", before[0]["Resources"][0])
        assert len(desk.facts()) == facts


def test_the_tree_of_the_service_is_the_tree_of_the_log(desk: Desk) -> None:
    """What the service answers from is what everybody else folds from the log."""
    users = [desk.user(f"u{number}") for number in range(20)]
    teams = [desk.group(f"t{number}", *users[number::4]) for number in range(4)]
    desk.group("all", *teams)
    for number, user in enumerate(users):
        body = {"schemas": [USER], "userName": f"n{number}", "active": number % 3 > 0}
        desk.ask("PUT", f"/Users/{user}", body)
    desk.ask("DELETE", f"/Users/{users[0]}")
    roll = Roll(SYSTEM, departments=True)
    push = Push(desk.ledger, system=SYSTEM, org=desk.org, name="Acme", watcher=roll)
    assert push.directory == desk.directory()
    served = {
        group["id"]: sorted(member["value"] for member in group.get("members", []))
        for group in desk.get("/Groups")["Resources"]
    }
    directory = desk.directory()
    assert served == {
        d.uid: sorted(
            [m.uid for m in directory.present_members() if d.uid in m.departments]
            + [c.uid for c in directory.present_departments() if c.parent == d.uid]
        )
        for d in directory.present_departments()
    }


def test_concurrent_calls_are_all_taken(desk: Desk) -> None:
    """Sixteen senders at once: everybody is there once, and every membership arrived."""
    group = desk.group("Team")

    def push(number: int) -> str:
        uid = desk.user(f"u{number}")
        joining = {"op": "add", "path": "members", "value": [{"value": uid}]}
        assert desk.patch(f"/Groups/{group}", joining).status_code == 204
        return uid

    with ThreadPoolExecutor(16) as pool:
        uids = list(pool.map(push, range(64)))
    directory = desk.directory()
    assert len(set(uids)) == len(directory.members) == 64
    assert {m.departments for m in directory.present_members()} == {(group,)}


def test_the_same_user_created_at_once_is_there_once(desk: Desk) -> None:
    """One creation wins, the others are conflicts."""
    body = {"schemas": [USER], "userName": "ann"}
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: desk.ask("POST", "/Users", body).status_code, range(8)))
    assert sorted(answers) == [201, *[409] * 7]


def test_two_processes_serve_one_organization(
    closed: Desk, connection: dict[str, str], tmp_path: Path
) -> None:
    """Each decides anew when the other was faster; no change is lost, and none is a 412."""
    second = opened(connection)
    try:
        with closed.open() as one:
            group = one.group("Team")
            other = Desk(second, tmp_path)
            other.org = one.org
            with other.open() as two:
                desks = (one, two)

                def push(number: int) -> None:
                    uid = desks[number % 2].user(f"u{number}")
                    joining = {"op": "Add", "path": "members", "value": [{"value": uid}]}
                    answer = desks[number % 2].patch(f"/Groups/{group}", joining)
                    assert answer.status_code == 204, answer.text

                with ThreadPoolExecutor(4) as pool:
                    list(pool.map(push, range(24)))
                assert (
                    one.ask("POST", "/Users", {"schemas": [USER], "userName": "u1"}).status_code
                    == 409
                )
                directory = one.directory()
                assert len(directory.members) == 24
                assert {m.departments for m in directory.present_members()} == {(group,)}
    finally:
        second.close()


def test_an_organization_of_another_system_is_not_served(closed: Desk) -> None:
    """The log names the owner; a second one is refused when the service starts."""
    with closed.open() as desk:
        desk.user("ann")
    with pytest.raises(ConfigError, match="belongs to the source 'idp'"):
        Push(
            closed.ledger,
            system="other",
            org=closed.org,
            name="Acme",
            watcher=Roll("other", departments=True),
        )


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
    ledger = opened(connection)
    ledger._clock = clock
    roll = Roll(SYSTEM, departments=True)
    yield Push(ledger, system=SYSTEM, org=closed.org, name="Acme", watcher=roll)
    ledger.close()


def person(number: int) -> Observation:
    record = MemberRecord(id=f"u{number}", name=f"User {number}", departments=())
    return Observation(system=SYSTEM, coverage=Coverage(), members=(record,))


def test_a_run_ends_when_nothing_comes_any_more(push: Push, closed: Desk, clock: Clock) -> None:
    """A pause of a minute divides two runs, a shorter one does not."""
    for number, pause in enumerate((timedelta(), QUIET / 2, QUIET)):
        clock.time += pause
        push.accept(lambda number=number: person(number))  # type: ignore[misc]
    push.close()
    assert [(run.status, run.appended) for run in closed.runs()] == [
        (Status.FINISHED, 3), (Status.FINISHED, 1),
    ]  # fmt: skip


def test_a_steady_stream_is_cut_into_hours(push: Push, closed: Desk, clock: Clock) -> None:
    """A run is shown after an hour, also when there is no pause."""
    steps = int(LONGEST / (QUIET / 2)) + 1
    for number in range(steps):
        push.accept(lambda number=number: person(number))  # type: ignore[misc]
        clock.time += QUIET / 2
        push.settle()
    assert len(closed.runs()) == 2
    assert closed.runs()[0].status is Status.FINISHED


def test_what_changes_nothing_begins_no_run(push: Push, closed: Desk) -> None:
    """The log stays as it is."""
    push.accept(lambda: person(1))
    push.close()
    before = len(closed.entries())
    push.accept(lambda: person(1))
    push.settle()
    push.close()
    assert len(closed.entries()) == before


def test_a_refused_record_appends_nothing(push: Push, closed: Desk) -> None:
    """What cannot be used is handed back with its reason."""
    bad = MemberRecord(id="u1", name=" ", departments=())
    told = Observation(system=SYSTEM, coverage=Coverage(), members=(bad,))
    assert [r.why for r in push.accept(lambda: told)] == ["the name is empty"]
    assert closed.entries() == []


def test_a_name_that_cannot_be_one_is_refused(desk: Desk) -> None:
    """400 with the reason, for a user and for a group; nothing is recorded about them."""
    for path, body in (
        ("/Users", {"schemas": [USER], "userName": "x" * 256}),
        ("/Users", {"schemas": [USER], "userName": " "}),
        ("/Users", {"schemas": [USER], "userName": "a", "title": "b\u0000"}),
    ):
        answer: httpx.Response = desk.ask("POST", path, body)
        assert (answer.status_code, answer.json()["scimType"]) == (400, "invalidValue")
    assert desk.facts() == []


def test_while_the_log_is_away_calls_are_put_off(tmp_path: Path) -> None:
    """503 with Retry-After; when the log is back the same call is taken, once."""
    from adapters.nats.embedded import attach

    with attach(tmp_path / "log") as attached:
        ledger = opened(attached.env())
        desk = Desk(ledger, tmp_path)
        with desk.open():
            desk.user("ann")
            recorder: Any = ledger.recorder
            insert = recorder.insert_events
            write = recorder.write
            recorder.write = recorder.insert_events = _away
            body = {"schemas": [USER], "userName": "bob"}
            answer = desk.ask("POST", "/Users", body)
            assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
            assert answer.json()["status"] == "503"
            recorder.write, recorder.insert_events = write, insert
            assert desk.ask("POST", "/Users", body).status_code == 201
            assert desk.facts().count("MemberCreated") == 2
        ledger.close()


def _away(*_given: Any, **_named: Any) -> Any:
    from eventsourcing.persistence import OperationalError

    raise OperationalError("no servers available")


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_thousands_of_users_are_pushed(ledger: Ledger, tmp_path: Path) -> None:
    """All arrive, the last ones too; how quickly is told in docs/providers/scim-inbound.md."""
    with Desk(ledger, tmp_path).open() as desk:
        uids = [desk.user(f"u{number}@x.test", displayName=f"U{number}") for number in range(2_000)]
        last = [desk.user(f"late{number}") for number in range(100)]
        assert len({*uids, *last}) == len(desk.directory().members) == 2_100
