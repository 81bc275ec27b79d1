"""Publish: recorded all or none, every mistake named, taken once."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import msgspec
import pytest

from adapters.nats.embedded import attach
from domain.directory import Directory
from domain.envelope import Entry
from domain.errors import ConfigError, InputError
from domain.events import Fact
from domain.evolve import evolve
from domain.rows import Rows
from orgledger.api import Published
from orgledger.bootstrap import environment
from orgledger.config import LogConfig
from orgledger.engine.publications import Publisher
from orgledger.engine.publish import PUBLISHABLE, validated
from orgledger.engine.pull import Feed, Pull
from orgledger.engine.runs import Status
from orgledger.engine.views import Views
from orgledger.ledger import BATCH, Circumstances, Ledger
from projections.org_tree.fold import OrgTree
from tests.domain.invariants import assert_sound
from tests.engine.fake_source import FakeSource, company


def event(topic: str, record_id: Any, /, **fields: Any) -> dict[str, Any]:
    return {"event": topic, "id": record_id, **fields}


FOUNDED = [
    event("DepartmentCreated", "d1", name="Board"),
    event("DepartmentCreated", "d2", name="Openings", parent="d1"),
    event("MemberCreated", "u1", name="Judit", departments=["d1"], main_department="d1"),
    event("MemberCreated", "u2", name="Bobby", departments=["d2"]),
    event("MemberManagerChanged", "u2", manager="u1"),
    event("DepartmentLeadersChanged", "d2", leaders=["u1"]),
    event("OrganizationLeaderChanged", "", leaders=["u1"]),
    event("RoleGroupCreated", "g1", name="Duties"),
    event("RoleCreated", "r1", name="Arbiter", group="g1"),
    event("RoleGranted", "r1", member="u1"),
]

ABOVE = [
    event("DepartmentCreated", "d3", name="Above"),
    event("DepartmentCreated", "d4", name="Below", parent="d3"),
]


class Desk:
    """Publishes to the organization ``club``."""

    def __init__(self, ledger: Ledger, views: Views) -> None:
        self.ledger, self.views = ledger, views

    def __call__(self, *changes: Any, key: str | None = None) -> Published:
        publisher = Publisher(self.ledger, "club", name="Chess Club")
        return publisher.publish(changes, actor="user:x", key=key)

    def rows(self) -> dict[str, Any]:
        return Rows(self.views.directory("club")).roster()

    def topics(self, after: int = 0) -> list[str]:
        return [e.fact.TOPIC for batch in self.ledger.read(after) for e in batch]


@pytest.fixture
def desk(ledger: Ledger, views: Views) -> Desk:
    return Desk(ledger, views)


def test_the_first_publication_registers_the_organization(desk: Desk) -> None:
    answer = desk(*FOUNDED)
    assert (answer.events, answer.repeated) == (len(FOUNDED) + 1, False)
    directory = desk.views.directory("club")
    assert (directory.name, directory.source) == ("Chess Club", None)
    assert desk.topics()[:2] == ["RunStarted", "OrganizationRegistered"]
    assert desk.topics()[-1] == "RunFinished"
    assert answer.position == desk.ledger.head - 1
    assert_sound(directory)


def test_what_was_published_is_in_the_tree_under_the_senders_ids(desk: Desk) -> None:
    desk(*FOUNDED)
    rows = desk.rows()
    assert [(d["id"], d["parent_id"]) for d in rows["departments"]] == [("d1", None), ("d2", "d1")]
    assert rows["members"][1] | {"uid": ""} == {
        "id": "u2", "uid": "", "name": "Bobby", "departments": ["d2"], "main_department": None,
        "email": None, "mobile": None, "job_number": None, "title": None, "avatar": None,
        "active": True, "manager": "u1",
    }  # fmt: skip
    assert rows["roles"][0]["members"] == ["u1"]


def test_a_uid_does_as_well_as_an_id(desk: Desk) -> None:
    desk(*FOUNDED)
    uid = desk.rows()["members"][1]["uid"]
    desk(event("MemberRenamed", uid, name="Robert"))
    assert desk.rows()["members"][1]["name"] == "Robert"


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (7, "it is not an object"),
        ({}, "'event' is not the name of one that can be published"),
        (event("MemberRename", "u1"), "; did you mean 'MemberRenamed'?"),
        (event("RecordLinked", "u1"), "'event' is not the name of one that can be published"),
        (event("RunFinished", "run-1"), "'event' is not the name of one"),
        ({"event": "MemberResigned"}, "MemberResigned needs the 'id' of the member as a text"),
        (event("MemberResigned", " "), "MemberResigned needs the 'id' of the member as a text"),
        (event("RoleGroupDeleted", 7), "RoleGroupDeleted needs the 'id' of the role group"),
        (event("MemberRenamed", "u1", nam="x"), "no field 'nam'; did you mean 'name'?"),
        (event("MemberRenamed", "u1", uid="x"), "MemberRenamed has no field 'uid'"),
        (event("MemberCreated", "u9", name="x", origin={}), "MemberCreated has no field 'origin'"),
        (event("MemberRenamed", "u1"), "MemberRenamed: Object missing required field `name`"),
        (event("MemberRenamed", "u1", name=7), "MemberRenamed: Expected `str`, got `int`"),
        (event("MemberRenamed", "u1", name=" "), "the name is empty"),
        (event("MemberRenamed", "u1", name="a\x07"), "the name has control characters"),
        (event("MemberRenamed", "u9", name="x"), "there is no member 'u9'"),
        (event("MemberCreated", "u1", name="x"), "the member 'u1' exists already"),
        (event("MemberCreated", "a\x1b[2J", name="x"), "has control characters, or more than 255"),
        (event("RoleCreated", "x" * 256, name="x"), "has control characters, or more than 255"),
        (event("MemberRehired", "u1"), "the member 'u1' is still here"),
        (event("DepartmentMoved", "d1", parent="d2"), "the new parent is the department itself or"),
        (event("DepartmentMoved", "d1", parent="d1"), "the new parent is the department itself or"),
        (event("DepartmentMoved", "d2", parent="d9"), "there is no department 'd9'"),
        (event("DepartmentMoved", "d2", parent=["d1"]), "DepartmentMoved: Expected `str | null`"),
        (event("DepartmentMoved", "d2", parent={"id": "d1"}), "the id of a department is a text"),
        (event("DepartmentDeleted", "d3"), "the department still has departments below it"),
        (event("DepartmentDeleted", "d2"), "the department still has members; transfer them"),
        (event("DepartmentMerged", "d2", into="d1"), "the department still has members"),
        (event("DepartmentReordered", "d2", order=2**70), "a number in it is too large"),
        (event("MemberTransferred", "u1", departments=["d9"]), "there is no department 'd9'"),
        (
            event("MemberTransferred", "u1", departments=["d1", "d1"]),
            "departments names the same department twice",
        ),
        (
            event("MemberTransferred", "u1", departments=["d1"], main_department="d2"),
            "the main department is not one of the member's departments",
        ),
        (event("MemberManagerChanged", "u1", manager="u1"), "nobody is their own manager"),
        (event("RoleGranted", "r1", member="u9"), "there is no member 'u9'"),
        (event("RoleCreated", "r2", name="x", group="g9"), "there is no role group 'g9'"),
    ],
)
def test_a_mistake_is_named_and_nothing_is_recorded(wrong: Any, said: str, desk: Desk) -> None:
    desk(*FOUNDED, *ABOVE)
    head = desk.ledger.head
    with pytest.raises(InputError) as caught:
        desk(event("MemberRenamed", "u2", name="Robert"), wrong)
    (problem,) = caught.value.problems
    assert problem.startswith("event 2: ")
    assert said in problem
    assert desk.ledger.head == head


def test_every_mistake_of_an_event_is_named(desk: Desk) -> None:
    """Not the first one only: who mends them should have to publish again once."""
    desk(*FOUNDED)
    wrong = event(
        "MemberCreated", "u1", name=" ", nam="x", departments=["d8", "d1", "d9"], email=7,
        main_department=[],
    )  # fmt: skip
    with pytest.raises(InputError) as caught:
        desk(wrong, event("DepartmentDeleted", "d1"), event("RoleGranted", "r9"))
    assert caught.value.problems == (
        "event 1: MemberCreated has no field 'nam'; did you mean 'name'?",
        "event 1: the member 'u1' exists already",
        "event 1: the name is empty",
        "event 1: there is no department 'd8'",
        "event 1: there is no department 'd9'",
        "event 1: MemberCreated: Expected `str | null`, got `array` - at `$.main_department`",
        "event 1: MemberCreated: Expected `str | null`, got `int` - at `$.email`",
        "event 2: the department still has departments below it; move them first",
        "event 2: the department still has members; transfer them first",
        "event 3: RoleGranted: Object missing required field `member`",
        "event 3: there is no role 'r9'",
    )
    assert str(caught.value).startswith("3 of 3 events cannot be taken, so none was.")


def test_what_is_said_of_mistakes_fits_into_one_message(desk: Desk) -> None:
    """Whatever is sent; a server of NATS takes 1 MB unless it is told otherwise."""
    desk(*FOUNDED)
    odd = "\U000e0001" * 100
    many = [
        event("MemberTransferred", odd, departments=[odd], **{f"{odd}{n}": 1 for n in range(9)})
    ]
    long = event("MemberTransferred", "x" * 100_000, departments=["y" * 100_000])
    fields = {f"f{number}": 1 for number in range(50_000)}
    places = event("MemberTransferred", "u1", departments=[f"p{n}" for n in range(50_000)])
    for wrong in (many * 100, [long, {**long, **fields}, places] * 3):
        with pytest.raises(InputError) as caught:
            desk(*wrong)
        assert len(msgspec.json.encode(caught.value.problems)) < 1_000_000
        assert len(caught.value.problems) > 100


def test_every_mistake_of_a_publication_is_named(desk: Desk) -> None:
    with pytest.raises(InputError) as caught:
        desk(7, FOUNDED[0], event("MemberResigned", "u9"), FOUNDED[0])
    assert caught.value.problems == (
        "event 1: it is not an object",
        "event 3: there is no member 'u9'",
        "event 4: the department 'd1' exists already",
    )
    assert str(caught.value).startswith("3 of 4 events cannot be taken, so none was.")
    assert desk.ledger.head == 0


def test_who_resigns_leads_and_holds_nothing_any_more(desk: Desk) -> None:
    desk(*FOUNDED)
    head = desk.ledger.head
    desk(event("MemberResigned", "u1"))
    assert desk.topics(head) == [
        "RunStarted",
        "OrganizationLeaderChanged",
        "DepartmentLeadersChanged",
        "MemberManagerChanged",
        "RoleRevoked",
        "MemberResigned",
        "RunFinished",
    ]
    assert_sound(desk.views.directory("club"))


def test_a_deleted_group_leaves_its_roles_without_one(desk: Desk) -> None:
    desk(*FOUNDED)
    desk(event("RoleGroupDeleted", "g1"))
    assert desk.rows()["roles"][0]["group"] is None
    assert_sound(desk.views.directory("club"))


def test_who_left_is_brought_back_under_the_same_uid(desk: Desk) -> None:
    desk(*FOUNDED)
    uid = desk.rows()["members"][1]["uid"]
    desk(event("MemberResigned", "u2"))
    with pytest.raises(InputError, match="publish MemberRehired to bring it back"):
        desk(event("MemberCreated", "u2", name="Bobby"))
    desk(event("MemberRehired", "u2", departments=["d1"]))
    assert desk.rows()["members"][1]["uid"] == uid


def test_a_deleted_role_may_be_created_again(desk: Desk) -> None:
    desk(*FOUNDED)
    desk(event("RoleDeleted", "r1"))
    desk(event("RoleCreated", "r1", name="Arbiter"))
    assert desk.rows()["roles"][0]["members"] == []


def test_a_key_is_taken_once_whatever_is_published_under_it(desk: Desk) -> None:
    first = desk(*FOUNDED, key="k")
    again = desk(event("MemberResigned", "u2"), key="k")
    assert again.repeated
    assert (again.run, again.events, again.position) == (first.run, first.events, first.position)


def test_what_another_replica_took_under_a_key_is_a_repetition(ledger: Ledger) -> None:
    """Also for one that has not heard of it yet, and to which the events look wrong, or right."""
    ours, theirs = (Publisher(ledger, "club", name="Chess Club") for _ in range(2))
    ours.publish(FOUNDED, actor="user:x", key="founded")
    theirs.publish([event("MemberRenamed", "u1", name="J")], actor="user:x", key="before")
    created = [event("MemberCreated", "u9", name="Vera", departments=["d1"])]
    renamed = [event("MemberRenamed", "u9", name="Menchik")]
    first = ours.publish(created, actor="user:x", key="created")
    second = ours.publish(renamed, actor="user:x", key="renamed")
    assert msgspec.structs.replace(second, repeated=True) == theirs.publish(
        renamed, actor="user:y", key="renamed"
    )
    assert msgspec.structs.replace(first, repeated=True) == theirs.publish(
        created, actor="user:y", key="created"
    )
    third = ours.publish(renamed, actor="user:x", key="again")
    assert theirs.publish(renamed, actor="user:y", key="again").position == third.position


def test_what_others_appended_counts_before_something_is_refused(ledger: Ledger) -> None:
    """A replica that has not heard of a person yet does not say that there is none."""
    ours, theirs = (Publisher(ledger, "club", name="Chess Club") for _ in range(2))
    ours.publish(FOUNDED, actor="user:x", key="founded")
    theirs.publish([event("MemberRenamed", "u1", name="J")], actor="user:x", key="before")
    ours.publish(
        [event("MemberCreated", "u9", name="Vera", departments=["d1"])], actor="user:x", key="new"
    )
    done = theirs.publish([event("MemberResigned", "u9")], actor="user:x", key="gone")
    assert not done.repeated


def test_without_a_key_the_same_is_a_repetition_until_something_else_happens(desk: Desk) -> None:
    """Somebody is renamed to and fro: the third publication is the first one's twin, and meant."""
    desk(*FOUNDED)
    to, fro = event("MemberRenamed", "u1", name="A"), event("MemberRenamed", "u1", name="B")
    assert not desk(to).repeated
    assert desk(to).repeated
    assert not desk(fro).repeated
    assert not desk(to).repeated
    assert desk.rows()["members"][0]["name"] == "A"


def test_a_publication_that_never_arrived_is_no_repetition(desk: Desk) -> None:
    with pytest.raises(InputError):
        desk(event("MemberResigned", "u1"), key="k")
    assert not desk(*FOUNDED, key="k").repeated


def test_an_organization_with_an_owner_is_refused(desk: Desk) -> None:
    feed = Feed(system="hr", org="club", name="Club", source=FakeSource(company(3)))
    pull = Pull(desk.ledger, desk.views, feed, actor="user:x", progress=lambda *_: None)
    asyncio.run(pull.execute())
    head = desk.ledger.head
    with pytest.raises(ConfigError, match="kept in 'hr' and is read-only here"):
        desk(*FOUNDED)
    assert desk.ledger.head == head


def test_a_publication_fits_one_batch(desk: Desk) -> None:
    many = [event("DepartmentCreated", f"d{n}", name=f"D{n}") for n in range(BATCH)]
    with pytest.raises(InputError, match="at most 1000 events, this one makes 1001"):
        desk(*many)
    assert desk(*many[:-1]).events == BATCH


class Contended(Ledger):
    """A ledger to which somebody else appends just before we do."""

    meanwhile: tuple[dict[str, Any], ...] = ()

    def append(
        self,
        directory: Directory,
        facts: Sequence[Fact],
        by: Circumstances,
        progress: Callable[[int], None] | None = None,
    ) -> list[Entry]:
        changes, self.meanwhile = self.meanwhile, ()
        if changes:
            other = OrgTree()
            for batch in self.read():
                other.apply(batch)
            theirs = other.directory(directory.org)
            super().append(
                theirs, validated(theirs, changes, name=""), Circumstances(actor="user:other")
            )
        return super().append(directory, facts, by, progress)


@pytest.fixture
def contended(tmp_path: Path) -> Iterator[Desk]:
    with attach(tmp_path / "log") as attached:
        ledger = Contended(environment(LogConfig(), attached.env()))
        desk = Desk(ledger, Views(ledger, tmp_path))
        desk(*FOUNDED)
        yield desk
        ledger.close()


def test_it_is_checked_anew_when_somebody_else_was_quicker(contended: Desk) -> None:
    contended.ledger.meanwhile = (event("DepartmentRenamed", "d1", name="Council"),)  # type: ignore[attr-defined]
    assert contended(event("MemberRenamed", "u2", name="Robert")).events == 1
    assert contended.rows()["departments"][0]["name"] == "Council"
    assert contended.rows()["members"][1]["name"] == "Robert"


def test_it_is_a_failed_run_when_it_is_not_valid_any_more(contended: Desk) -> None:
    contended.ledger.meanwhile = (event("MemberResigned", "u2"),)  # type: ignore[attr-defined]
    with pytest.raises(InputError, match="1 of 1 events cannot be taken"):
        contended(event("MemberRenamed", "u2", name="Robert"))
    assert list(contended.views.runs().by_id.values())[-1].status is Status.FAILED


def test_checking_changes_nothing_in_the_directory_that_is_given(desk: Desk) -> None:
    desk(*FOUNDED)
    directory = desk.views.directory("club")
    facts = validated(directory, [event("MemberResigned", "u1")], name="")
    assert directory == desk.views.directory("club")
    for fact in facts:
        evolve(directory, fact)
    assert_sound(directory)


def test_every_event_about_an_organization_can_be_published_but_those_of_a_sync() -> None:
    assert len(PUBLISHABLE) == 30
