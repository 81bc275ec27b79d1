"""Calls about roles (authing-node-sdk, test/roles)."""

from __future__ import annotations

import re

from adapters.authing.simulator import views
from adapters.authing.simulator.ask import Ask
from adapters.authing.simulator.envelopes import Data, done
from adapters.authing.simulator.errors import RefusedError, bad, no_role, taken, unsupported
from adapters.authing.simulator.model import Role
from adapters.authing.simulator.world import World

CODE = re.compile(r"[A-Za-z0-9_-]+")


def create_role(world: World, ask: Ask) -> Data:
    """``create-role``: in a namespace, with a code of its own."""
    ask.only(("code", "name", "namespace", "description", "disableTime"))
    return views.role(add(world, ask))


def add(world: World, ask: Ask) -> Role:
    """A new role; raises RefusedError."""
    namespace, code = world.namespace(ask), ask.code("code")
    if not CODE.fullmatch(code):
        raise RefusedError(400, f"invalid role code: {code}")
    if (namespace, code) in world.roles:
        raise taken("code")
    made = Role(
        id=world.new_id(),
        code=code,
        name=ask.maybe("name") or code,
        namespace=namespace,
        description=ask.maybe("description") or "",
    )
    world.roles[namespace, code] = made
    return made


def update_role(world: World, ask: Ask) -> Data:
    """``update-role``: its name and code must be given, be they new or not."""
    known = ("name", "newCode", "code", "namespace", "description", "status", "disableTime")
    ask.only((*known, "enablePermissionApply"))
    row = world.role(ask)
    name, code = ask.text("name"), ask.code("newCode")
    if code != row.code and (row.namespace, code) in world.roles:
        raise taken("code")
    del world.roles[row.namespace, row.code]
    row.name, row.code = name, code
    world.roles[row.namespace, code] = row
    if ask.given("description"):
        row.description = ask.maybe("description") or ""
    return done()


def delete_roles_batch(world: World, ask: Ask) -> Data:
    """``delete-roles-batch``: all of them, or none."""
    namespace = world.namespace(ask)
    keys = [(namespace, code) for code in ask.texts("codeList")]
    if any(key not in world.roles for key in keys):
        raise no_role()
    for key in keys:
        world.roles.pop(key, None)
    return done()


def get_role(world: World, ask: Ask) -> Data:
    """``get-role``."""
    return views.role(world.role(ask))


def list_roles(world: World, ask: Ask) -> Data:
    """``list-roles``: those of a namespace, a page of them."""
    if ask.maybe("keywords"):
        raise unsupported()
    namespace = world.namespace(ask)
    rows, total = ask.page([r for r in world.roles.values() if r.namespace == namespace])
    return {"totalCount": total, "list": [views.role(row) for row in rows]}


def list_role_members(world: World, ask: Ask) -> Data:
    """``list-role-members``: a page of those who hold a role."""
    rows, total = ask.page(list(world.role(ask).members))
    return {"totalCount": total, "list": [views.user(world.people.get(x), ask) for x in rows]}


def assign_role(world: World, ask: Ask) -> Data:
    """``assign-role``: all of the targets get it, or none."""
    row = world.role(ask)
    for user_id in _targets(world, ask):
        row.members[user_id] = None
    return done()


def revoke_role(world: World, ask: Ask) -> Data:
    """``revoke-role``: all of the targets lose it, or none."""
    row = world.role(ask)
    for user_id in _targets(world, ask):
        row.members.pop(user_id, None)
    return done()


def _targets(world: World, ask: Ask) -> list[str]:
    found = []
    for target in ask.rows("targets"):
        target.only(("targetType", "targetIdentifier"))
        if target.text("targetType") != "USER":
            raise bad("targetType")
        found.append(world.people.get(target.text("targetIdentifier")).id)
    return found
