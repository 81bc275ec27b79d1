"""The gateway in front of every call: token, scopes, rate (Feishu generic error codes)."""

from __future__ import annotations

from adapters.feishu.simulator.codes import GENERIC
from adapters.feishu.simulator.errors import ApiError, too_many
from adapters.feishu.simulator.routes import Route
from adapters.feishu.simulator.world import World
from adapters.simulation.http import Request

BEARER = "Bearer "


def check(world: World, route: Route, request: Request) -> None:
    """Let the call through or raise what the gateway refuses it with."""
    _check_token(world, request.headers.get("authorization", ""))
    if route.scopes.isdisjoint(world.settings.scopes):
        raise no_scope(route)
    if world.settings.real_limits:
        _check_rate(world, route)


def _check_token(world: World, header: str) -> None:
    token = header.removeprefix(BEARER).strip()
    if not header.startswith(BEARER) or not token:
        raise ApiError(99991661)
    if token.startswith("u-"):
        raise ApiError(99991668)
    if not token.startswith("t-"):
        raise ApiError(99991671)
    if not world.tokens.valid(token):
        raise ApiError(99991663)


def _check_rate(world: World, route: Route) -> None:
    now = world.clock.now()
    for limit, window in route.limits:
        key = f"{route.api} {window:g}"
        if not world.limits.admit(key, now, limit, window=window):
            raise too_many(limit, world.limits.wait(key, now, window=window))


def no_scope(route: Route) -> ApiError:
    """The app was granted none of the scopes that open the call."""
    scopes = sorted(route.scopes)
    message = f"{GENERIC[99991672][1]}: [{', '.join(scopes)}]"
    violations = [{"type": "action_scope_required", "subject": scope} for scope in scopes]
    return ApiError(99991672, message, details={"permission_violations": violations})
