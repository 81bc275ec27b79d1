"""A plan for what some facts touch is the plan for everything, as long as the target followed."""

from __future__ import annotations

import pytest
from hypothesis import assume, settings
from hypothesis import given as whatever
from hypothesis import strategies as st
from msgspec import structs

from domain.delivery.capabilities import TargetCapabilities
from domain.delivery.focus import focus
from domain.delivery.mapping import mapping
from domain.delivery.scope import Scope
from domain.events import SourceScopeChanged
from domain.records import Roster
from tests.delivery.memory import CAPABILITIES
from tests.delivery.people import (
    COMPANY,
    Change,
    add,
    after,
    close,
    dept,
    drop_role,
    duty,
    leave,
    member,
    person,
    role,
)
from tests.domain.delivery.planning import IN_DEPARTMENTS, PLAIN, Bench
from tests.domain.delivery.test_random import BARE, companies

LED_INSIDE = structs.replace(PLAIN, leaders_inside=True)
NAMED_BY_PLACE = {
    "member": {"title": "join(', ', department_paths)"},
    "role": {"name": "join(' ', [group || '', name])"},
}
"""So that the name of a department, or of a role group, reaches everybody in it."""


def _shut(where: str) -> Change:
    """A department is no more; those in it and below it go up."""

    def change(roster: Roster) -> Roster:
        found = [d for d in roster.departments if d.id == where]
        if not found:
            return roster
        above = found[0].parent_id
        moved = tuple(
            structs.replace(d, parent_id=above) if d.parent_id == where else d
            for d in roster.departments
        )
        people = tuple(
            structs.replace(
                m, departments=tuple(d for d in m.departments if d != where), main_department=None
            )
            for m in roster.members
        )
        return close(where)(structs.replace(roster, departments=moved, members=people))

    return change


def _group(name: str) -> Change:
    """All roles are in a group with an id of its own."""
    return lambda roster: structs.replace(
        roster, roles=tuple(structs.replace(r, group=name, group_id="g1") for r in roster.roles)
    )


TARGETS = {
    "plain": PLAIN,
    "at once": CAPABILITIES,
    "in departments": IN_DEPARTMENTS,
    "led from inside": LED_INSIDE,
    "bare": BARE,
}
SCOPES = {
    "all": Scope(),
    "active": Scope(member="active && title != 'Boss'"),
    "shown": Scope(department="name != 'Hidden'", role="group != 'Hidden'"),
}


CHANGES: dict[str, Change] = {
    "renamed": member("u3", name="New"),
    "out of the scope": member("u6", title="Boss"),
    "closed": member("u3", active=False),
    "the top closed": member("u1", active=False),
    "moved": member("u4", departments=("east",)),
    "in two places": member("u5", departments=("be", "sales")),
    "nowhere": member("u7", departments=()),
    "another manager": member("u4", manager="u6"),
    "left": leave("u6"),
    "left and led": leave("u3"),
    "came": add(person(9, "east", manager="u6")),
    "a department renamed": dept("rd", name="New"),
    "a department hidden": dept("sales", name="Hidden"),
    "a neighbour's name": dept("fe", name="Backend"),
    "another leader": dept("rd", leaders=("u5", "u2")),
    "reordered": dept("rd", order=3),
    "a department moved": dept("east", parent_id="fe"),
    "to the top": dept("rd", parent_id=None),
    "a department shut": _shut("rd"),
    "a leaf shut": _shut("fe"),
    "other holders": duty("r1", members=("u4",)),
    "a role renamed": duty("r1", name="New"),
    "a role in another group": duty("r1", group="Others"),
    "a role hidden": duty("r2", group="Hidden"),
    "a role gone": drop_role("r2"),
    "all roles gone": drop_role("r1", "r2"),
    "a role made": add(role("r3", "New", "u7", "u2", group="Others")),
}
BEFORE: dict[str, Change] = {
    "": lambda roster: roster,
    "after closing": member("u6", active=False),
    "after closing the top": member("u1", active=False),
    "after hiding": dept("sales", name="Hidden"),
    "after leaving": leave("u8"),
    "led from afar": dept("be", leaders=("u7",)),
    "grouped": _group("Duties"),
}
NEWS: dict[str, Change] = {
    **CHANGES,
    "opened again": member("u6", active=True),
    "the top opened again": member("u1", active=True),
    "shown again": dept("sales", name="Sales"),
    "closed afar": member("u7", active=False),
    "the group renamed": _group("Tasks"),
    "back": lambda roster: (
        roster if any(m.id == "u8" for m in roster.members) else add(person(8, "east"))(roster)
    ),
}


@pytest.mark.parametrize("scope", SCOPES.values(), ids=SCOPES)
@pytest.mark.parametrize("can", TARGETS.values(), ids=TARGETS)
def test_the_plan_for_what_facts_touch_is_the_whole_plan(
    can: TargetCapabilities, scope: Scope
) -> None:
    """Nothing that the facts changed for the target is missed, whatever hangs together with it."""
    for history in BEFORE.values():
        for change in NEWS.values():
            before = after(COMPANY, history)
            bench = Bench(can, scope=scope)
            bench.mapping = mapping(
                can, {k: m for k, m in NAMED_BY_PLACE.items() if k in can.fields}
            )
            bench.tell(COMPANY).run()
            bench.tell(before).run()
            if not bench.plan().operations:
                follows(bench, change(before))


@settings(max_examples=40)
@whatever(
    companies(),
    companies(),
    st.sampled_from([*TARGETS.values()]),
    st.sampled_from([*SCOPES.values()]),
)
def test_a_large_change_is_followed_as_well(
    before: Roster, now: Roster, can: TargetCapabilities, scope: Scope
) -> None:
    """From any organization to any other; neighbours have names of their own."""
    before, now = (
        structs.replace(
            roster,
            departments=tuple(structs.replace(d, name=f"{d.id} R&D") for d in roster.departments),
        )
        for roster in (before, now)
    )
    bench = Bench(can, scope=scope)
    bench.tell(before).run()
    assume(not bench.plan().operations)
    follows(bench, now)


def follows(bench: Bench, now: Roster) -> None:
    """The plan for what the news touches is the whole plan, and is valid."""
    facts = bench.told(now)
    whole = bench.plan()
    part = bench.plan(focus=focus(bench.directory, facts, bench.state))
    assert sorted(bench.said(part)) == sorted(bench.said(whole))
    bench.apply(part.operations)


def test_one_change_of_a_person_looks_at_that_person_and_those_around() -> None:
    """Else it would not be worth it."""
    bench = Bench(CAPABILITIES).filled(COMPANY)
    touched = focus(
        bench.directory, bench.told(after(COMPANY, member("u8", name="New"))), bench.state
    )
    assert touched is not None
    people = {bench.key(uid) for uid in touched if uid in bench.directory.members}
    assert people == {"u8"}


def test_what_was_not_looked_at_is_not_taken_away() -> None:
    """Who is not wanted is told only of those who were looked at."""
    bench = Bench(PLAIN).filled(COMPANY)
    facts = bench.told(after(COMPANY, leave("u8")))
    made = bench.plan(focus=focus(bench.directory, facts, bench.state))
    going = [o for o in made.operations if o.action in ("deactivate", "delete")]
    assert [o.uid for o in going] == [bench.uid("member", "u8")]


def test_a_field_that_is_hidden_from_now_on_is_so_for_everybody() -> None:
    bench = Bench(PLAIN).filled(COMPANY)
    fact = SourceScopeChanged(uid="feifan", system="hr", hidden={"member": ("mobile",)})
    assert focus(bench.directory, [fact], bench.state) is None
