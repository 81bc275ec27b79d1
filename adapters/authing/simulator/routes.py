"""Which path is which call."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, NamedTuple

from adapters.authing.simulator import (
    department_calls,
    membership_calls,
    pool_calls,
    role_calls,
    user_reads,
    user_writes,
)
from adapters.authing.simulator.ask import Ask
from adapters.authing.simulator.envelopes import Data
from adapters.authing.simulator.world import World

Handler = Callable[[World, Ask], Data]


class Route(NamedTuple):
    """One call; ``placed`` ones are about departments and organizations."""

    api: str
    method: Literal["GET", "POST"]
    handler: Handler
    write: bool = False
    placed: bool = False


def _token(world: World, ask: Ask) -> Data:
    return world.tokens.issue(world.settings, ask)


def _read(handler: Handler, method: Literal["GET", "POST"] = "GET", placed: bool = False) -> Route:
    return Route(handler.__name__.replace("_", "-"), method, handler, False, placed)


def _write(handler: Handler, placed: bool = False) -> Route:
    return Route(handler.__name__.replace("_", "-"), "POST", handler, True, placed)


TOKEN = "get-management-token"  # noqa: S105 - the name of a call

ROUTES: dict[tuple[str, str], Route] = {
    (route.method, f"/api/v3/{route.api}"): route
    for route in (
        Route(TOKEN, "POST", _token),
        _read(pool_calls.get_organization, placed=True),
        _read(pool_calls.list_organizations, placed=True),
        _read(pool_calls.get_custom_fields),
        _write(department_calls.create_department, placed=True),
        _write(department_calls.update_department, placed=True),
        _write(department_calls.delete_department, placed=True),
        _read(department_calls.get_department, placed=True),
        _read(department_calls.list_children_departments, placed=True),
        _read(department_calls.get_all_departments, placed=True),
        _write(membership_calls.set_user_departments, placed=True),
        _read(membership_calls.get_user_departments, placed=True),
        _write(membership_calls.add_department_members, placed=True),
        _write(membership_calls.remove_department_members, placed=True),
        _read(membership_calls.list_department_members, placed=True),
        _write(user_writes.create_user),
        _write(user_writes.create_users_batch),
        _write(user_writes.update_user),
        _write(user_writes.update_user_batch),
        _write(user_writes.delete_users_batch),
        _write(user_writes.resign_user),
        _write(user_writes.resign_user_batch),
        _read(user_reads.get_user),
        _read(user_reads.get_user_batch),
        Route("list-users", "GET", user_reads.list_users_legacy),
        _read(user_reads.list_users, "POST"),
        _read(user_reads.is_user_exists, "POST"),
        _write(role_calls.create_role),
        _write(role_calls.update_role),
        _write(role_calls.delete_roles_batch),
        _read(role_calls.get_role),
        _read(role_calls.list_roles),
        _read(role_calls.list_role_members),
        _write(role_calls.assign_role),
        _write(role_calls.revoke_role),
    )
}
