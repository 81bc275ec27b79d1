"""The simulated Authing behind the shared simulator application."""

from __future__ import annotations

from typing import Any

import msgspec

from adapters.authing.simulator.ask import Ask
from adapters.authing.simulator.changes import apply_change
from adapters.authing.simulator.envelopes import Data, failure, ok, page
from adapters.authing.simulator.errors import RefusedError, unsupported
from adapters.authing.simulator.roster_in import read_roster
from adapters.authing.simulator.roster_out import write_roster
from adapters.authing.simulator.routes import ROUTES, TOKEN, Route
from adapters.authing.simulator.settings import AuthingSettings
from adapters.authing.simulator.world import World
from adapters.simulation.faults import Fault
from adapters.simulation.http import BadBodyError, Reply, Request
from adapters.simulation.provider import Call
from domain.errors import InputError
from domain.records import Roster

THROTTLED = RefusedError(429, "您的请求已超过最大数量限制，请稍后重试")
FORBIDDEN = RefusedError(403, "没有权限执行此操作")
UNAVAILABLE = RefusedError(503, "服务维护中")


class Authing:
    """One user pool, asked with one access key."""

    def __init__(self, settings: AuthingSettings) -> None:
        self._world = World(settings)
        self.clock = self._world.clock
        self._calls = {key: Call(r.api, r.write, r) for key, r in ROUTES.items()}

    @property
    def settings(self) -> AuthingSettings:
        """The settings in force."""
        return self._world.settings

    def find(self, request: Request) -> Call | None:
        """The call at the request's path."""
        return self._calls.get((request.method, request.path))

    def unknown(self, request: Request) -> Reply:
        """What the gateway says to a path that it does not know."""
        return failure(RefusedError(404, f"Cannot {request.method} {request.path}"))

    def throttled(self, call: Call, *, everywhere: bool) -> Reply:
        """Too many calls: like everything, with HTTP 200."""
        return failure(THROTTLED)

    def refuse(self, fault: Fault, call: Call) -> Reply | None:
        """What the pool or the gateway in front of it refuses calls with, on demand."""
        match fault.kind:
            case "throttle" | "throttle_platform":
                return failure(THROTTLED)
            case "busy":
                return failure(UNAVAILABLE)
            case "permission":
                return failure(FORBIDDEN)
            case "ip" | "html_ban":
                return page(403, "Forbidden")
            case "expire_token":
                self._world.tokens.expire()
        return None

    def answer(self, call: Call, request: Request, fault: Fault | None) -> Reply:
        """Find out who calls, and do what is asked."""
        route: Route = call.route
        try:
            data = self._done(route, request)
        except RefusedError as error:
            return failure(error)
        except BadBodyError:
            return failure(RefusedError(400, "请求体不是合法的 JSON"))
        if fault is not None and fault.kind in ("empty_list", "drop_page"):
            data = _spoiled(fault.kind, data)
        return ok(data)

    def _done(self, route: Route, request: Request) -> Data:
        world = self._world
        if route.api != TOKEN:
            world.tokens.check(world.settings, request)
        if route.placed and not world.settings.departments:
            raise unsupported()
        fields = request.query if route.method == "GET" else request.payload
        return route.handler(world, Ask(dict(fields), request))

    def roster(self, *, own_ids: bool, system_roles: bool) -> Roster:
        """The organization in the roster format; ``own_ids``: Authing's own ids."""
        return write_roster(self._world, own_ids=own_ids)

    def put_roster(self, roster: Roster) -> None:
        """Replace the pool's departments, users and roles."""
        read_roster(self._world, roster)

    def change(self, change: dict[str, Any]) -> dict[str, Any]:
        """One change in the administrator's console."""
        return apply_change(self._world, change)

    def patch_settings(self, patch: dict[str, Any]) -> None:
        """Change settings while running."""
        merged = {**msgspec.to_builtins(self.settings), **patch}
        try:
            self._world.settings = msgspec.convert(merged, AuthingSettings)
        except msgspec.ValidationError as error:
            raise InputError("The settings cannot be changed so", (str(error),)) from None

    def public_settings(self) -> dict[str, Any]:
        """The settings without the key's secret."""
        shown: dict[str, Any] = msgspec.to_builtins(self.settings)
        del shown["access_key_secret"]
        return shown

    def events(self, after: int) -> list[dict[str, Any]]:
        """None: Authing is a target here, its webhooks are not simulated."""
        return []


def _spoiled(kind: str, data: Data) -> Data:
    """The list emptied; ``drop_page`` leaves the total as it was."""
    if not isinstance(data, dict) or "list" not in data:
        return data
    return {"totalCount": 0 if kind == "empty_list" else data["totalCount"], "list": []}
