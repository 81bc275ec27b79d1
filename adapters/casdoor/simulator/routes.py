"""Which path is which call, and who may make it (Casdoor source, routers/router.go, authz)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, NamedTuple

from adapters.casdoor.simulator import (
    group_calls,
    organization_calls,
    role_calls,
    user_reads,
    user_writes,
)
from adapters.casdoor.simulator.ask import Ask
from adapters.casdoor.simulator.envelopes import Envelope, ok
from adapters.casdoor.simulator.signin import access_token
from adapters.casdoor.simulator.world import World
from adapters.simulation.http import Reply

Handler = Callable[[World, Ask], Envelope | Reply]


class Route(NamedTuple):
    """One call; ``open`` ones are for everybody, as the site's policy says.

    ``by_id`` ones are refused for a malformed ``id`` even before they are allowed.
    """

    api: str
    method: Literal["GET", "POST"]
    handler: Handler
    open: bool = False
    by_id: bool = False

    @property
    def write(self) -> bool:
        """Say whether the call changes the directory."""
        return self.method == "POST" and not self.open


def _health(world: World, ask: Ask) -> Envelope:
    return ok()


def _access_token(world: World, ask: Ask) -> Reply:
    return access_token(world.settings, world.tokens, ask.request)


TOKEN = "login/oauth/access_token"  # noqa: S105 - the name of a call

ROUTES: dict[str, Route] = {
    f"/api/{route.api}": route
    for route in (
        Route("health", "GET", _health, open=True),
        Route(TOKEN, "POST", _access_token, open=True),
        Route("get-organizations", "GET", organization_calls.get_organizations, open=True),
        Route("get-organization", "GET", organization_calls.get_organization, by_id=True),
        Route("add-organization", "POST", organization_calls.add_organization),
        Route("update-organization", "POST", organization_calls.update_organization),
        Route("get-groups", "GET", group_calls.get_groups),
        Route("get-group", "GET", group_calls.get_group, by_id=True),
        Route("add-group", "POST", group_calls.add_group),
        Route("update-group", "POST", group_calls.update_group),
        Route("delete-group", "POST", group_calls.delete_group),
        Route("get-users", "GET", user_reads.get_users),
        Route("get-user", "GET", user_reads.get_user, open=True, by_id=True),
        Route("get-user-count", "GET", user_reads.get_user_count),
        Route("add-user", "POST", user_writes.add_user),
        Route("update-user", "POST", user_writes.update_user),
        Route("delete-user", "POST", user_writes.delete_user),
        Route("remove-user-from-group", "POST", user_writes.remove_user_from_group),
        Route("get-roles", "GET", role_calls.get_roles),
        Route("get-role", "GET", role_calls.get_role, by_id=True),
        Route("add-role", "POST", role_calls.add_role),
        Route("update-role", "POST", role_calls.update_role),
        Route("delete-role", "POST", role_calls.delete_role),
    )
}
