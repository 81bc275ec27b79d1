"""The organization in the roster format, as a client that reads everything would write it."""

from __future__ import annotations

from collections.abc import Iterator

from adapters.casdoor.simulator import records
from adapters.casdoor.simulator.fields import Row
from adapters.casdoor.simulator.world import World
from domain.records import Roster


def write_roster(world: World) -> Roster:
    """The whole organization, parents before children; users marked as deleted are left out."""
    owner = world.settings.organization
    people = world.people.listing(owner, "createdTime", "ascend")
    roles = world.roles.listing(owner, "createdTime", "ascend")
    return Roster(
        departments=tuple(records.department(group) for group in _parents_first(world, owner)),
        members=tuple(records.member(user) for user in people if not user.get("isDeleted")),
        roles=tuple(records.role(role) for role in roles),
    )


def _parents_first(world: World, owner: str) -> Iterator[Row]:
    groups = world.groups.listing(owner, "createdTime", "ascend")
    written: set[str] = set()
    for start in groups:
        path: list[Row] = []
        current: Row | None = start
        while current is not None and current["name"] not in written:
            written.add(current["name"])
            path.append(current)
            current = world.groups.get(owner, current.get("parentId", ""))
        yield from reversed(path)
