"""Tenants that change between two readings, and the trees in which they are read."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from msgspec.structs import replace

from domain.records import Roster
from tests.adapters.entra.entra_desk import GROUPS, ROLES, EntraDesk, company

DAY = 24 * 3600
TEXTS = {"separator": "/", "roles_filter": ROLES}
UNITS = {"tree": "units", "separator": "/", "roles_filter": ROLES}
TEAMS = {"tree": "manager", "roles_filter": ROLES}
TREES = [
    pytest.param(TEXTS, id="attribute"),
    pytest.param(GROUPS, id="groups"),
    pytest.param(UNITS, id="units"),
    pytest.param(TEAMS, id="manager"),
]


def begun(settings: dict[str, Any], roster: Roster | None = None, **dials: Any) -> EntraDesk:
    """A tenant that was read once."""
    desk = EntraDesk(roster or company(12, 60, roles=3), **dials)
    desk.incremental = True
    desk.sync(**settings)
    assert desk.ledger.cursor
    desk.app.stats.calls.clear()
    return desk


def put(desk: EntraDesk, change: Callable[[Roster], Roster]) -> None:
    desk.app.provider.put_roster(change(desk.app.provider._world.roster))


def edit(who: str, **fields: Any) -> Callable[[Roster], Roster]:
    def change(roster: Roster) -> Roster:
        members = tuple(replace(m, **fields) if m.id == who else m for m in roster.members)
        return replace(roster, members=members)

    return change


def same_as_reading_everything(desk: EntraDesk, settings: dict[str, Any]) -> None:
    """A reading of everything has nothing to add to what the changes came to."""
    assert desk.ledger.learn(desk.read(**settings)) == []
