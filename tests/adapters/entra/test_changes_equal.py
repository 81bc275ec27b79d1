"""Whether everything is read each time or only what changed: the organization comes out the same.

Two ledgers follow one tenant. Random tenants try every tree with every kind of change, and the
real history (see tests/sources/history.py) with what really happens.
"""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.records import DepartmentRecord, MemberRecord, RoleRecord, Roster
from domain.rows import Rows
from tests.adapters.entra.entra_desk import GROUPS, ROLES, EntraDesk, Ledger
from tests.sources.history import DATA, month_numbers, months

TREES = {
    "attribute": {"separator": "/", "roles_filter": ROLES},
    "groups": GROUPS,
    "units": {"tree": "units", "separator": "/", "roles_filter": ROLES},
    "manager": {"tree": "manager", "roles_filter": ROLES},
}
MOST_CALLS = 12
"""Of a reading of changes, for what a month brings: rounds, a listing, a look into new groups."""

Picture = dict[tuple[str, str], dict[str, Any]]


class Two:
    """One tenant, read by its changes and, for another ledger, as a whole."""

    def __init__(self, tree: str, **dials: Any) -> None:
        self.desk = EntraDesk(Roster(), **dials)
        self.desk.incremental = True
        self.changes, self.whole = self.desk.ledger, Ledger()
        self._settings = TREES[tree]
        self.calls: list[int] = []

    def follow(self, roster: Roster) -> None:
        """The tenant becomes ``roster``; both ledgers read it, and are the same."""
        clock = self.desk.app.provider.clock
        clock.advance(60)
        self.desk.app.provider.put_roster(roster)
        clock.advance(60)  # Graph tells full seconds, and a tenant does not change in one
        seen = self.desk.changes(**self._settings)
        assert not seen.gaps
        self.changes.learn(seen)
        if seen.coverage.changes:
            self.calls.append(seen.calls)
        whole = self.desk.read(**self._settings)
        assert self.changes.learn(whole) == []
        self.whole.learn(whole)
        assert picture(self.changes) == picture(self.whole)
        again = self.desk.changes(**self._settings)
        assert again.coverage.changes
        assert self.changes.learn(again) == []


def picture(ledger: Ledger) -> Picture:
    """Everything by kind and the source's id; which of the same people come first does not count.

    The ledger's own ids are among it: who came back is who they were.
    """
    return {
        (kind, row["id"]): {
            name: frozenset(value) if isinstance(value, list) else value
            for name, value in row.items()
        }
        for kind, rows in Rows(ledger.directory).roster().items()
        for row in rows
    }


@st.composite
def organizations(draw: st.DrawFn) -> Roster:
    """A handful of departments, people and roles; most of them are there most of the time."""

    def there(most: int) -> list[int]:
        return [number for number in range(most) if draw(st.integers(0, 7))]

    def some(ids: list[str], most: int = 2) -> tuple[str, ...]:
        found = draw(st.lists(st.sampled_from(ids), max_size=most, unique=True)) if ids else []
        return tuple(found)

    numbers, people = there(5), [f"p{number}" for number in there(7)]
    departments: list[DepartmentRecord] = []
    for number in numbers:
        above = some([d.id for d in departments], 1)
        departments.append(
            DepartmentRecord(
                id=f"d{number}",
                name=draw(st.sampled_from(["Sales", "Trade", f"D{number}"])),
                parent_id=above[0] if above else None,
                leaders=some(people),
            )
        )
    places = [d.id for d in departments]
    members = [
        MemberRecord(
            id=person,
            name=draw(st.sampled_from([person, "Other"])),
            departments=some(places),
            title=draw(st.sampled_from([None, "Lead"])),
            active=draw(st.booleans()),
            manager=next(iter(some([p for p in people if p != person], 1)), None),
            details={"userType": draw(st.sampled_from(["Member", "Member", "Member", "Guest"]))},
        )
        for person in people
    ]
    roles = [RoleRecord(id=f"r{n}", name=f"R{n}", members=some(people, 4)) for n in there(2)]
    return Roster(departments=tuple(departments), members=tuple(members), roles=tuple(roles))


TENANTS = st.lists(organizations(), min_size=2, max_size=4)
PAGES = st.tuples(st.integers(2, 5), st.integers(1, 3), st.booleans())
"""Objects of a page, members of an entry, and whether a page repeats the last row before it."""

QUIET = [HealthCheck.too_slow, HealthCheck.data_too_large]


def plays(tree: str, rosters: list[Roster], pages: tuple[int, int, bool]) -> None:
    two = Two(tree, delta_page=pages[0], member_page=pages[1], repeats=pages[2])
    for roster in rosters:
        two.follow(roster)


@pytest.mark.parametrize("tree", TREES)
@settings(max_examples=8, deadline=None, suppress_health_check=QUIET)
@given(rosters=TENANTS, pages=PAGES)
def test_any_tenant(tree: str, rosters: list[Roster], pages: tuple[int, int, bool]) -> None:
    """Rounds come in any pages, with repetitions and members in parts."""
    plays(tree, rosters, pages)


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("tree", TREES)
@settings(max_examples=200, deadline=None, suppress_health_check=QUIET)
@given(rosters=TENANTS, pages=PAGES)
def test_very_many_tenants(tree: str, rosters: list[Roster], pages: tuple[int, int, bool]) -> None:
    """The same, for longer."""
    plays(tree, rosters, pages)


YEARS = [
    *(pytest.param(tree, 18, id=f"{tree}-sampled") for tree in TREES),
    *(pytest.param(t, 1, id=f"{t}-all", marks=pytest.mark.slow) for t in ("units", "manager")),
]
"""Every month of the other two trees is read in both ways in test_source_contract."""


@pytest.mark.skipif(not DATA.exists(), reason="the real history is not there")
@pytest.mark.parametrize(("tree", "step"), YEARS)
def test_a_real_organization_through_the_years(tree: str, step: int) -> None:
    """A reading costs what changed; everything is read again only where somebody came back."""
    two, count = Two(tree), 0
    for _, roster in months(month_numbers()[::step]):
        two.follow(roster)
        count += 1
    assert len(two.calls) >= count // 3
    assert max(two.calls) <= MOST_CALLS
