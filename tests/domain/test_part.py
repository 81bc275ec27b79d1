"""The say of several systems in one organization: what each of them can change, and what not."""

from __future__ import annotations

import copy
from typing import Any

from domain.decide import decide
from domain.decide.part import PartDecided, decide_part, withheld
from domain.directory import Directory
from domain.events import (
    DepartmentLeadersChanged,
    Fact,
    MemberContactChanged,
    MemberManagerChanged,
    MemberProfileChanged,
    MemberTransferred,
    RecordLinked,
    RecordUnlinked,
    SourceScopeChanged,
)
from domain.observe import Coverage, Observation
from domain.ownership import Ownership
from domain.records import DepartmentRecord, MemberRecord, Record
from tests.domain.given import ORG, SYSTEM, d, dep, fold, given, m, person, read

OWNER = "lark"
OWNERSHIP = Ownership(source=SYSTEM, owners={"contact": OWNER})
PLACED = {
    "department": {"D1": d("d1"), "D2": d("d2")},
    "member": {"U1": m("u1"), "U2": m("u2")},
}
"""Where our things are at the owner."""

PAST = read(
    dep("d1"),
    dep("d2"),
    dep("d3"),
    person("u1", "d1", email="u1@a.example", manager="u2"),
    person("u2", "d2", "d3", email="u2@a.example"),
)


def seen(*records: Record, **coverage: Any) -> Observation:
    """What the owner shows at a look."""
    return Observation(
        system=OWNER,
        coverage=Coverage(changes=True, **coverage),
        departments=tuple(r for r in records if isinstance(r, DepartmentRecord)),
        members=tuple(r for r in records if isinstance(r, MemberRecord)),
    )


def directory(*facts: Fact) -> Directory:
    return given(PAST, *facts).directory


def linked(kind: str, record_id: str, uid: str) -> RecordLinked:
    return RecordLinked(uid=ORG, system=OWNER, kind=kind, id=record_id, entity=uid)


LINKED = (linked("member", "U1", m("u1")), linked("member", "U2", m("u2")))


def part(known: Directory, observation: Observation, *groups: str) -> PartDecided:
    """The decision; deciding changes nothing, and the same once more gives no fact."""
    before = copy.deepcopy(known)
    decided = decide_part(known, observation, groups or ("contact",), PLACED)
    assert known == before
    after = fold(copy.deepcopy(known), decided.facts)
    assert decide_part(after, observation, groups or ("contact",), PLACED).facts == ()
    return decided


def test_the_owner_changes_what_it_owns_and_nothing_else() -> None:
    """A mail address counts; a name, a title and a department do not."""
    shown = person("U1", "D2", name="Other", email="new@b.example", title="King", active=False)
    assert part(directory(*LINKED), seen(shown)).facts == (
        MemberContactChanged(uid=m("u1"), email="new@b.example"),
    )


def test_a_record_is_linked_when_it_is_seen_first() -> None:
    """The log has the moment from which on the owner has the say."""
    decided = part(directory(), seen(person("U1", email="u1@a.example")))
    assert decided.facts == (linked("member", "U1", m("u1")),)


def test_records_beyond_ours_make_nobody() -> None:
    """They are counted."""
    decided = part(directory(), seen(person("X9", email="x@b.example"), dep("D9")))
    assert (decided.facts, dict(decided.beyond)) == ((), {"members": 1, "departments": 1})


def test_ties_of_the_owner() -> None:
    """Memberships, managers and leaders; what the owner does not have at all is kept."""
    known = directory(*LINKED, linked("department", "D1", d("d1")))
    shown = (person("U2", "D1", manager="U1", title="Boss"), dep("D1", leaders=("U2",)))
    groups = ("memberships", "managers", "leaders")
    assert part(known, seen(*shown), *groups).facts == (
        MemberTransferred(uid=m("u2"), departments=(d("d1"), d("d3")), main_department=None),
        MemberManagerChanged(uid=m("u2"), manager=m("u1")),
        DepartmentLeadersChanged(uid=d("d1"), leaders=(m("u2"),)),
    )
    assert part(known, seen(shown[0]), "profile").facts == (
        MemberProfileChanged(uid=m("u2"), title="Boss"),
    )


def test_what_the_owner_has_no_more_is_unlinked() -> None:
    """And nobody leaves for it: who there is, is not the owner's to say."""
    decided = part(directory(*LINKED), seen(gone_members=frozenset({"U1"})))
    assert decided.facts == (RecordUnlinked(uid=ORG, system=OWNER, kind="member", id="U1"),)


def test_what_the_owner_hides_is_remembered_as_hidden() -> None:
    """A field that is not permitted is unknown, for this system as for a source."""
    shown = seen(person("U1"), hidden={"member": ("email",)})
    assert part(directory(*LINKED), shown).facts == (
        SourceScopeChanged(uid=ORG, system=OWNER, hidden={"member": ("email",)}),
    )
    known = directory(*LINKED, *part(directory(*LINKED), shown).facts)
    assert OWNERSHIP.hidden(known, "member") == {"email"}


def test_the_source_has_no_say_in_what_is_anothers() -> None:
    """Of people whom the owner has; of the others the source says everything."""
    known = directory(LINKED[0])
    reading = read(
        dep("d1"),
        dep("d2"),
        dep("d3"),
        person("u1", "d1", email="not@a.example", manager="u2", title="Dr"),
        person("u2", "d2", "d3", email="yes@a.example"),
    )
    assert decide(known, withheld(known, reading, OWNERSHIP)).facts == (
        MemberProfileChanged(uid=m("u1"), title="Dr"),
        MemberContactChanged(uid=m("u2"), email="yes@a.example"),
    )
    assert withheld(known, reading, Ownership(source=SYSTEM)) is reading


def test_departments_that_go_at_the_source_go_although_memberships_are_anothers() -> None:
    """What there is stays the source's: nobody is left in a department that is no more."""
    known = directory(*LINKED)
    ownership = Ownership(source=SYSTEM, owners={"memberships": OWNER})
    reading = read(dep("d1"), dep("d2"), person("u1", "d2", manager="u2"), person("u2", "d1"))
    facts = decide(known, withheld(known, reading, ownership)).facts
    assert [fact.TOPIC for fact in facts] == ["MemberTransferred", "DepartmentDeleted"]
    assert facts[0] == MemberTransferred(uid=m("u2"), departments=(d("d2"),), main_department=None)
