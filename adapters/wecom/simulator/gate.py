"""What stands before every call: token, address, right, rate (wecom.md, sections 2 and 6)."""

from __future__ import annotations

from adapters.simulation.http import Request
from adapters.wecom.simulator.errors import ApiError
from adapters.wecom.simulator.routes import Route
from adapters.wecom.simulator.settings import Caller
from adapters.wecom.simulator.world import World

LIMITS = ((10_000, 60), (150_000, 3600))
"""Calls of one interface by one corporation, and the seconds of the window."""


def check(world: World, route: Route, request: Request) -> Caller:
    """Let the call through and say whose token it has, or raise what it is refused with."""
    caller = world.tokens.whose(request.query.get("access_token", ""))
    if caller in world.settings.untrusted:
        raise ApiError(60020)
    if caller not in route.callers:
        raise ApiError(48002)
    if route.detail and caller == "contact" and not world.settings.contact_details:
        raise ApiError(48009)
    count(world, route.api)
    return caller


def count(world: World, api: str) -> None:
    """Count a call of ``api``; beyond the documented rate it is refused until the window ends."""
    if not world.settings.real_limits:
        return
    now = world.clock.now()
    for limit, window in LIMITS:
        if not world.limits.admit(f"{api} {window}", now, limit, window=window):
            raise ApiError(45009)
