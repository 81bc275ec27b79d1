"""The organization in the roster format, as a client that reads everything would write it."""

from __future__ import annotations

from adapters.authing.simulator import records
from adapters.authing.simulator.model import RESIGNED
from adapters.authing.simulator.world import World
from domain.records import Roster


def write_roster(world: World, *, own_ids: bool) -> Roster:
    """The whole organization, parents before children; who has resigned is left out."""
    people = [user for user in world.people if user.status != RESIGNED]
    departments = list(world.below(world.root))
    ids = {d.id: d.id if own_ids else d.open_id or d.id for d in departments}
    ids |= {u.id: u.id if own_ids else u.texts.get("externalId") or u.id for u in people}
    return Roster(
        departments=tuple(records.department(world, row, ids) for row in departments),
        members=tuple(records.member(world, row, ids) for row in people),
        roles=tuple(records.role(row, ids) for row in world.roles.values()),
    )
