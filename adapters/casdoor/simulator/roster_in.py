"""Replacing the whole organization by a roster, as an administrator's import would."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

from adapters.casdoor.simulator import group_calls, records
from adapters.casdoor.simulator.errors import RefusedError
from adapters.casdoor.simulator.table import id_of
from adapters.casdoor.simulator.user_rules import check_username
from adapters.casdoor.simulator.world import World
from adapters.simulation import rosters
from domain.records import Roster


def read_roster(world: World, roster: Roster) -> None:
    """Make ``roster`` the organization; raises InputError and changes nothing if it cannot be."""
    rosters.refuse(list(_problems(world, roster)), "Casdoor")
    settings, now = world.settings, world.now()
    owner = settings.organization
    for user in world.people.listing(owner):
        world.people.bind(id_of(user), ())
    for table in (world.groups, world.people, world.roles):
        table.clear(owner)
    for department in roster.departments:
        world.groups.insert(records.group_row(settings, department, now))
    for member in roster.members:
        row = records.user_row(settings, member, now)
        world.people.insert(row)
        world.people.bind(id_of(row), row.get("groups", ()))
    for role in roster.roles:
        world.roles.insert(records.role_row(settings, role, now))


def _problems(world: World, roster: Roster) -> Iterator[str]:
    settings = world.settings
    yield from rosters.named("department", roster.departments)
    yield from rosters.tree(roster, settings.organization, namesakes=True)
    yield from rosters.named("member", roster.members)
    yield from rosters.places(roster, settings.organization)
    yield from rosters.named("role", roster.roles)
    yield from rosters.holders(roster)
    for department in roster.departments:
        who, row = f"department {department.id}", records.group_row(settings, department, "")
        yield from _refused(who, group_calls.check_name, world, department.id)
        yield from _refused(who, world.groups.checked, row)
        elsewhere = [o for o, _ in world.groups.namesakes(department.id) if o != row["owner"]]
        if settings.unique_group_names and elsewhere:
            yield f"{who}: organization {elsewhere[0]} has a group of that name"
    email = settings.email_as_username
    unique = rosters.Unique("email", "mobile")
    for member in roster.members:
        who, row = f"member {member.id}", records.user_row(settings, member, "")
        yield from _refused(who, partial(check_username, email=email), member.id)
        yield from _refused(who, world.people.checked, row)
        number = (row["phone"], row["countryCode"]) if "phone" in row else None
        yield from unique.problems(member.id, {"email": row.get("email"), "mobile": number})
    for role in roster.roles:
        row = records.role_row(settings, role, "")
        yield from _refused(f"role {role.id}", world.roles.checked, row)


def _refused(who: str, check: Callable[..., object], *given: object) -> Iterator[str]:
    try:
        check(*given)
    except RefusedError as error:
        yield f"{who}: {error}"
