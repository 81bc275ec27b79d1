"""Roles over the API (Casdoor source, controllers/role.go and object/role.go)."""

from __future__ import annotations

from adapters.casdoor.simulator.ask import Ask
from adapters.casdoor.simulator.decode import decode
from adapters.casdoor.simulator.envelopes import Envelope, action, ok
from adapters.casdoor.simulator.fields import ROLE
from adapters.casdoor.simulator.table import id_of, key_of, split_id
from adapters.casdoor.simulator.world import SITE, World


def get_roles(world: World, ask: Ask) -> Envelope:
    """All roles of ``owner``, or a page of them."""
    rows = ask.listed(world.roles)
    if not ask.paged:
        return ok([world.roles.shown(row) for row in rows])
    return ok([world.roles.shown(row) for row in ask.page(rows)], len(rows))


def get_role(world: World, ask: Ask) -> Envelope:
    """One role, ``null`` when there is none."""
    row = world.roles.get(*split_id(ask.query("id")))
    return ok(None if row is None else world.roles.shown(row))


def add_role(world: World, ask: Ask) -> Envelope:
    """A new role; the people and groups in it need not exist."""
    world.roles.insert(decode(ask.request.body, ROLE))
    return action(True)


def update_role(world: World, ask: Ask) -> Envelope:
    """Every column from the body, whole lists; an unknown role is ``Unaffected``."""
    row = decode(ask.request.body, ROLE)
    before = world.roles.get(*split_id(ask.query("id")))
    if before is None:
        return action(False)
    old, new = before["name"], row.get("name", "")
    if old != new:
        for organization in world.organizations.listing(SITE):
            owner = organization["name"]
            world.roles.rename_reference("roles", f"{owner}/{old}", f"{owner}/{new}")
        before = world.roles.get(*key_of(before)) or before
    return action(world.roles.replace(before, row))


def delete_role(world: World, ask: Ask) -> Envelope:
    """Delete a role, whoever holds it; roles that contain it keep naming it."""
    found = world.roles.get(*split_id(id_of(decode(ask.request.body, ROLE))))
    if found is None:
        return action(False)
    world.roles.remove(found)
    return action(True)
