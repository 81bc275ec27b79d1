"""What holds for every sequence of readings, looked for with random organizations."""

from __future__ import annotations

from typing import Any

from hypothesis import given as whatever
from hypothesis import settings
from hypothesis import strategies as st
from msgspec import UNSET

from domain.decide import decide
from domain.directory import Department, Directory
from domain.observe import WHOLE, Coverage
from domain.records import Roster
from tests.domain.given import SYSTEM, given
from tests.domain.rosters import in_order, parts_of, reading_of, roster_of, rosters

KINDS = ("department", "member", "role")


def links(directory: Directory) -> dict[tuple[str, str], str]:
    return {
        (kind, record_id): uid
        for kind in KINDS
        for record_id, uid in directory.linked(SYSTEM, kind).uids.items()
    }


def keeps_all(before: dict[Any, Any], after: dict[Any, Any]) -> bool:
    return before.items() <= after.items()


@settings(max_examples=150)
@whatever(st.lists(rosters(), min_size=1, max_size=4))
def test_whatever_was_before_the_fold_is_exactly_the_last_roster(history):
    """Purity, silence on repetition and every prefix are checked by ``when`` itself."""
    org = given()
    for roster in history:
        known = links(org.directory)
        outcome = org.when(reading_of(roster, WHOLE)).refusing()
        assert roster_of(outcome.directory) == in_order(roster)
        assert keeps_all(known, links(outcome.directory)), "a uid changed"
        org = given_directory(outcome.directory)


def given_directory(directory: Directory) -> Any:
    org = given()
    org.directory = directory
    return org


@settings(max_examples=100)
@whatever(rosters())
def test_the_same_reading_gives_the_same_facts(roster):
    one, two = given().directory, given().directory
    reading = reading_of(roster, WHOLE)
    assert decide(one, reading) == decide(two, reading)


@settings(max_examples=150)
@whatever(rosters(), rosters().flatmap(parts_of))
def test_a_partial_reading_removes_and_blanks_nobody(before, part):
    """Other records may change what the part does tell; what it does not tell stays."""
    org = given(reading_of(before, WHOLE))
    outcome = org.when(reading_of(part, Coverage()))
    assert_nobody_lost(org.directory, outcome.directory, part)


@settings(max_examples=150)
@whatever(st.data())
def test_a_part_of_the_same_organization_changes_nothing(data):
    roster = data.draw(rosters())
    part = data.draw(parts_of(roster))
    given(reading_of(roster, WHOLE)).when(reading_of(part, Coverage())).nothing_happens()


def assert_nobody_lost(before: Directory, after: Directory, part: Roster) -> None:
    for kind, entities in (("department", "departments"), ("member", "members"), ("role", "roles")):
        told = {record.id: record for record in getattr(part, entities)}
        for record_id, uid in before.linked(SYSTEM, kind).uids.items():
            old, new = getattr(before, entities)[uid], getattr(after, entities)[uid]
            assert new.present or not old.present, "somebody was removed"
            if record_id not in told:
                assert new == old, "what was not read changed"
                continue
            for field in ("email", "mobile", "job_number", "title", "avatar", "order", "details"):
                unknown = getattr(told[record_id], field, UNSET) is UNSET
                if hasattr(old, field) and unknown and old.present:
                    assert getattr(new, field) == getattr(old, field), "a field was blanked"
    for uid, holders in before.grants.items():
        spoken = {r.id for r in part.roles}
        if before.linked(SYSTEM, "role").ids[uid] not in spoken:
            assert after.grants[uid] == holders


@settings(max_examples=150)
@whatever(rosters(), rosters(), st.data())
def test_a_scoped_reading_leaves_everything_out_of_sight_alone(before, now, data):
    org = given(reading_of(before, WHOLE))
    root = data.draw(st.sampled_from([d.id for d in now.departments] or ["d0"]))
    visible = below(now, root)
    part = Roster(
        departments=tuple(d for d in now.departments if d.id in visible),
        members=tuple(m for m in now.members if visible & set(m.departments)),
    )
    coverage = Coverage(departments=True, members=True, roots=(root,))
    outcome = org.when(reading_of(part, coverage))

    def out_of_sight(uid: str) -> bool:
        """Neither before nor after the reading in the part that was read."""
        return not any(
            under(directory, directory.departments[uid], root)
            for directory in (org.directory, outcome.directory)
        )

    for department in org.directory.present_departments():
        if out_of_sight(department.uid):
            assert outcome.directory.departments[department.uid].present
    for member in org.directory.present_members():
        hidden = {uid for uid in member.departments if out_of_sight(uid)}
        assert hidden <= set(outcome.directory.members[member.uid].departments)
        if not member.departments:
            assert outcome.directory.members[member.uid].present


def below(roster: Roster, root: str) -> set[str]:
    found, size = {root}, 0
    while len(found) != size:
        size = len(found)
        found |= {d.id for d in roster.departments if d.parent_id in found}
    return found


def under(directory: Directory, department: Department, root: str) -> bool:
    ids = directory.linked(SYSTEM, "department").ids
    while ids[department.uid] != root:
        if department.parent is None:
            return False
        department = directory.departments[department.parent]
    return True
