"""Calls that look at users."""

from __future__ import annotations

from adapters.authing.simulator import views
from adapters.authing.simulator.ask import Ask
from adapters.authing.simulator.envelopes import Data
from adapters.authing.simulator.errors import RefusedError, bad, unsupported
from adapters.authing.simulator.membership_calls import id_type
from adapters.authing.simulator.model import STATUSES, UNIQUE
from adapters.authing.simulator.world import World


def get_user(world: World, ask: Ask) -> Data:
    """``get-user``: one, by any of their ids."""
    return views.user(world.people.get(ask.text("userId"), id_type(ask)), ask)


def get_user_batch(world: World, ask: Ask) -> Data:
    """``get-user-batch``: those who are there."""
    kind, found = id_type(ask), []
    for user_id in ask.texts("userIds"):
        try:
            found.append(views.user(world.people.get(user_id, kind), ask))
        except RefusedError:
            continue
    return found


def list_users_legacy(world: World, ask: Ask) -> Data:
    """``GET list-users``: everybody, a page of them."""
    status = ask.maybe("status")
    if status is not None and status not in STATUSES:
        raise bad("status")
    users = [user for user in world.people if status in (None, user.status)]
    rows, total = ask.page(users)
    return {"totalCount": total, "list": [views.user(row, ask) for row in rows]}


def list_users(world: World, ask: Ask) -> Data:
    """``POST list-users``: everybody, a page of them; searching is not simulated."""
    if any(ask.fields.get(name) for name in ("keywords", "advancedFilter", "searchQuery")):
        raise unsupported()
    options = ask.inner("options")
    rows, total = options.inner("pagination").page(list(world.people))
    return {"totalCount": total, "list": [views.user(row, options) for row in rows]}


def is_user_exists(world: World, ask: Ask) -> Data:
    """``is-user-exists``: whether somebody has one of the values."""
    ask.only(UNIQUE)
    given = {name: value for name in UNIQUE if (value := ask.maybe(name))}
    if not given:
        raise RefusedError(400, "参数 username, email, phone, externalId 格式错误")
    people = world.people
    return {"exists": any(people.holder(name, value) for name, value in given.items())}
