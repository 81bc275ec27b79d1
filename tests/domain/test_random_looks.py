"""Looks at what hints name, in any order and any bursts, come to what a whole reading would."""

from __future__ import annotations

from typing import Any

from hypothesis import given as whatever
from hypothesis import settings
from hypothesis import strategies as st
from msgspec import UNSET
from msgspec.structs import replace

from domain.around import Inside, between, placeable
from domain.directory import Directory
from domain.observe import WHOLE, Coverage, Observation
from domain.records import Record, RoleRecord, Roster
from orgledger.engine.known import Knowledge
from tests.domain.given import SYSTEM, Given, given
from tests.domain.rosters import in_order, reading_of, roster_of, rosters

KINDS = ("department", "member", "role")
Name = tuple[str, str]
KNOTTED = "its new parent lies below it"
"""What a look may leave open: below a new department, which is below what was below it before."""


def records(roster: Roster) -> dict[Name, Record]:
    """Each record by its kind and id."""
    return {(kind, one.id): one for kind in KINDS for one in getattr(roster, f"{kind}s")}


class Look:
    """Reads as the port Looking asks it to: what is named, and what that hangs on."""

    def __init__(self, directory: Directory, now: Roster) -> None:
        self.known, self.now = Knowledge(directory, SYSTEM, 0, ""), records(now)
        self.inside = Inside(self.known)
        self.roles = tuple(now.roles)
        self.found: dict[Name, Any] = {}
        self.gone: set[Name] = set()

    def at(self, names: list[Name]) -> Observation:
        """What these names lead to."""
        for name in names:
            self.ask(*name)
        departments = [one for (kind, _), one in self.found.items() if kind == "department"]
        gone = {kind: frozenset(i for k, i in self.gone if k == kind) for kind in KINDS}
        placed, misplaced = placeable(departments, self.known, gone["department"])
        assert not misplaced
        listed = any(kind == "role" for kind, _ in names)
        return Observation(
            system=SYSTEM,
            coverage=Coverage(
                changes=True,
                roles=listed,
                gone_departments=gone["department"],
                gone_members=gone["member"],
            ),
            departments=placed,
            members=tuple(one for (kind, _), one in self.found.items() if kind == "member"),
            roles=tuple(self.found.get(("role", r.id), self.unread(r)) for r in self.roles)
            if listed
            else (),
        )

    def unread(self, role: RoleRecord) -> RoleRecord:
        """One of the listing, whose holders were not asked for."""
        return replace(role, members=UNSET)

    def ask(self, kind: str, one: str) -> None:
        if (kind, one) in self.found or (kind, one) in self.gone:
            return
        found = self.now.get((kind, one))
        if found is None:
            self.gone.add((kind, one))
        else:
            self.found[kind, one] = found
        getattr(self, f"around_{kind}")(one, found)

    def around_member(self, one: str, found: Any) -> None:
        before = self.known.member(one)
        for place in found.departments if found is not None else ():
            if self.known.department(place) is None:
                self.ask("department", place)
        for place in before.departments if before is not None else ():
            if found is None or place not in found.departments:
                self.ask("department", place)
        if found is not None and found.manager and self.known.member(found.manager) is None:
            self.ask("member", found.manager)

    def around_department(self, one: str, found: Any) -> None:
        if found is None:
            for person in self.inside.members(one):
                self.ask("member", person)
            for below in self.inside.children(one):
                self.ask("department", below)
            return
        for leader in found.leaders:
            if self.known.member(leader) is None:
                self.ask("member", leader)
        if found.parent_id is None:
            return
        if self.known.department(found.parent_id) is None:
            self.ask("department", found.parent_id)
        for moved in between(self.known, one, found.parent_id):
            self.ask("department", moved)

    def around_role(self, one: str, found: Any) -> None:
        before = self.known.role(one)
        held = before.members if before is not None else frozenset()
        for holder in sorted(
            held.symmetric_difference(found.members if found is not None else held)
        ):
            self.ask("member", holder)


@settings(max_examples=60)
@whatever(rosters(), rosters(), st.data())
def test_looks_in_any_order_come_to_the_whole_reading(
    before: Roster, now: Roster, data: Any
) -> None:
    """Everything that changed is told once, late or early, and nothing is missed or invented."""
    old, new = records(before), records(now)
    changed = sorted(name for name in old | new if old.get(name) != new.get(name))
    told = data.draw(st.permutations(changed))
    org = given(reading_of(before, WHOLE))
    while told:
        size = data.draw(st.integers(1, len(told)))
        burst, told = told[:size], told[size:]
        seen = Look(org.directory, now).at(burst)
        outcome = org.when(seen)
        org = Given(outcome.directory)
        if outcome.decided.refused:  # a doubt: everything is read
            assert {refusal.why for refusal in outcome.decided.refused} == {KNOTTED}
            org = Given(org.when(reading_of(now, WHOLE)).refusing().directory)
    assert roster_of(org.directory) == in_order(now)
