"""Reading users over the API (Casdoor source, controllers/user.go)."""

from __future__ import annotations

from adapters.casdoor.simulator import phones
from adapters.casdoor.simulator.ask import Ask
from adapters.casdoor.simulator.envelopes import Envelope, ok
from adapters.casdoor.simulator.errors import LOGIN_FIRST, NO_ORGANIZATION, RefusedError
from adapters.casdoor.simulator.fields import Row
from adapters.casdoor.simulator.table import split_id
from adapters.casdoor.simulator.world import World


def get_users(world: World, ask: Ask) -> Envelope:
    """All users of ``owner`` or of one of its groups, or a page of them, passwords masked."""
    group = ask.query("groupName")
    rows = ask.listed(world.people)
    if group:
        wanted = _members(world, ask.query("owner"), group)
        rows = [row for row in rows if row["name"] in wanted]
    if not ask.paged:
        return ok([masked(world, row) for row in rows])
    return ok([masked(world, row) for row in ask.page(rows)], len(rows))


def _members(world: World, owner: str, group: str) -> set[str]:
    # Casdoor takes the names of the bound users, whatever organization is before the slash
    return {member.partition("/")[2] for member in world.people.members(f"{owner}/{group}")}


def get_user_count(world: World, ask: Ask) -> Envelope:
    """How many users ``owner`` has; ``isOnline`` 0 or 1 counts those only."""
    owner, online = ask.query("owner"), ask.query("isOnline")
    if not online:
        return ok(world.people.count(owner))
    rows = world.people.listing(owner)
    return ok(sum(bool(row.get("isOnline")) == (online == "1") for row in rows))


def get_user(world: World, ask: Ask) -> Envelope:
    """One user by id, by email, phone or userId with or without ``owner``; ``null`` for none."""
    row = _found(world, ask)
    if row is None:
        return ok(None)
    organization = world.organization(row["owner"])
    if organization is None:
        raise RefusedError(NO_ORGANIZATION, row["owner"])
    if not organization.get("isProfilePublic") and not ask.caller:
        raise RefusedError(LOGIN_FIRST)
    shown = masked(world, row)
    roles = [{**world.roles.shown(role), "users": None} for role in world.roles.held_by(row)]
    shown |= {"roles": roles, "permissions": [], "groups": row.get("groups") or []}
    return ok(shown)


def _found(world: World, ask: Ask) -> Row | None:
    given, owner = ask.query("id"), ask.query("owner")
    if given and not owner:
        owner = split_id(given)[0]
    if email := ask.query("email"):
        return _first(world.people.find(owner, "email", email))
    if phone := ask.query("phone"):
        wanted = phones.looked_up(phone)
        holders = world.people.find(owner, "phone", wanted.national)
        region = wanted.region
        return _first([h for h in holders if not region or h.get("countryCode") == region])
    if user_id := ask.query("userId"):
        return _first(world.people.find(owner, "id", user_id))
    if not given and not owner:
        return None
    return world.people.get(*split_id(given))


def _first(rows: list[Row]) -> Row | None:
    return rows[0] if rows else None


def masked(world: World, row: Row) -> Row:
    """A user as an answer shows it: never a password, secret or recovery code."""
    shown = world.people.shown(row)
    if shown["password"]:
        shown["password"] = "***"  # noqa: S105 - what Casdoor shows instead of one
    return shown | {"totpSecret": "", "recoveryCodes": None}
