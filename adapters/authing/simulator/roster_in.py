"""Replacing the whole organization by a roster, as an administrator's import would."""

from __future__ import annotations

from collections.abc import Iterator

from adapters.authing.simulator import records
from adapters.authing.simulator.model import Department, Role, User
from adapters.authing.simulator.role_calls import CODE
from adapters.authing.simulator.user_writes import FORMS
from adapters.authing.simulator.world import ROOT, World
from adapters.simulation import rosters
from domain.records import MemberRecord, Roster


def read_roster(world: World, roster: Roster) -> None:
    """Make ``roster`` the organization; raises InputError and changes nothing if it cannot be."""
    rosters.refuse(list(_problems(world, roster)), "Authing")
    world.clear()
    ids = _departments(world, roster)
    people = {member.id: world.new_id() for member in roster.members}
    for member in roster.members:
        world.people.put(_user(world, member, ids, people))
    for record in roster.departments:
        world.departments[ids[record.id]].leaders = [people[u] for u in record.leaders or ()]
    namespace = world.settings.namespaces[0]
    for role in roster.roles:
        world.roles[namespace, role.id] = Role(
            id=world.new_id(),
            code=role.id,
            name=role.name,
            namespace=namespace,
            members={people[user]: None for user in role.members or ()},
        )


def _departments(world: World, roster: Roster) -> dict[str, str]:
    ids = {record.id: world.new_id() for record in roster.departments}
    now = world.now()
    for record in roster.departments:
        top = record.parent_id in (None, ROOT)
        world.departments[ids[record.id]] = Department(
            id=ids[record.id],
            name=record.name,
            parent=world.root.id if top else ids[str(record.parent_id)],
            created=now,
            updated=now,
            open_id=record.id,
        )
    return ids


def _user(world: World, record: MemberRecord, ids: dict[str, str], people: dict[str, str]) -> User:
    now = world.now()
    places = [world.root.id if d == ROOT else ids[d] for d in record.departments]
    main = ids.get(record.main_department or "") or (places[0] if places else None)
    custom = records.custom(record)
    if record.manager:
        custom[records.MANAGER] = people[record.manager]
    return User(
        id=people[record.id],
        created=now,
        updated=now,
        status=records.status(record.active),
        texts=records.texts(record, world.settings.roster_country),
        custom=custom,
        departments=places,
        main=main,
    )


def _problems(world: World, roster: Roster) -> Iterator[str]:
    yield from rosters.named("department", roster.departments)
    yield from rosters.tree(roster, ROOT, namesakes=True)
    yield from rosters.named("member", roster.members)
    yield from rosters.places(roster, ROOT)
    yield from rosters.named("role", roster.roles)
    yield from rosters.holders(roster)
    unique = rosters.Unique("email", "mobile")
    for member in roster.members:
        texts = records.texts(member, world.settings.roster_country)
        for name, form in FORMS.items():
            value = texts.get(name)
            if value and not form.fullmatch(value):
                yield f"member {member.id}: Authing takes no such {name}"
        number = (texts["phone"], texts["phoneCountryCode"]) if texts.get("phone") else None
        yield from unique.problems(member.id, {"email": texts["email"], "mobile": number})
    for role in roster.roles:
        if not CODE.fullmatch(role.id):
            yield f"role {role.id}: a code has letters, digits, - and _ only"
