"""The simulated Casdoor behind the shared simulator application."""

from __future__ import annotations

from typing import Any

import msgspec

from adapters.casdoor.simulator.ask import Ask
from adapters.casdoor.simulator.changes import apply_change
from adapters.casdoor.simulator.envelopes import failure, page
from adapters.casdoor.simulator.errors import UNAUTHORIZED, PanicError, RefusedError
from adapters.casdoor.simulator.roster_in import read_roster
from adapters.casdoor.simulator.roster_out import write_roster
from adapters.casdoor.simulator.routes import ROUTES, TOKEN, Route
from adapters.casdoor.simulator.settings import CasdoorSettings
from adapters.casdoor.simulator.signin import caller
from adapters.casdoor.simulator.table import split_id
from adapters.casdoor.simulator.world import World
from adapters.simulation.faults import Fault
from adapters.simulation.http import BadBodyError, Reply, Request, json_reply
from adapters.simulation.provider import Call
from domain.errors import InputError
from domain.records import Roster

FIXED = ("organization", "application")
"""Settings that the site is built around."""


class Casdoor:
    """One Casdoor site, asked by one application."""

    def __init__(self, settings: CasdoorSettings) -> None:
        self._world = World(settings)
        self.clock = self._world.clock
        self._calls = {path: Call(r.api, r.write, r) for path, r in ROUTES.items()}

    @property
    def settings(self) -> CasdoorSettings:
        """The settings in force."""
        return self._world.settings

    def find(self, request: Request) -> Call | None:
        """The call at the request's path."""
        return self._calls.get(request.path)

    def unknown(self, request: Request) -> Reply:
        """The framework's page for a path that it does not know."""
        return page(404, "Page Not Found")

    def throttled(self, call: Call, *, everywhere: bool) -> Reply:
        """HTTP 429 of the proxy in front: Casdoor itself counts nothing."""
        return page(429, "Too Many Requests")

    def refuse(self, fault: Fault, call: Call) -> Reply | None:
        """What the proxy or the site refuses calls with, on demand."""
        match fault.kind:
            case "throttle" | "throttle_platform":
                return self.throttled(call, everywhere=True)
            case "busy":
                return page(503, "Service Unavailable")
            case "permission":
                return failure(RefusedError(UNAUTHORIZED), "en")
            case "ip" | "html_ban":
                return page(403, "Forbidden")
            case "expire_token":
                self._world.tokens.expire()
        return None

    def answer(self, call: Call, request: Request, fault: Fault | None) -> Reply:
        """Find out who calls, let the call through or not, do it."""
        route: Route = call.route
        if request.method != route.method:
            return page(405, "Method Not Allowed")
        try:
            content = route.handler(self._world, self._admitted(route, request))
        except RefusedError as error:
            return failure(error, request.headers.get("accept-language", "en")[:2])
        except (PanicError, BadBodyError):
            return page(500, "Internal Server Error")
        if isinstance(content, Reply):
            return content
        if fault is not None and fault.kind in ("empty_list", "drop_page"):
            content = _spoiled(fault.kind, content)
        return json_reply(content)

    def _admitted(self, route: Route, request: Request) -> Ask:
        world = self._world
        who = "" if route.api == TOKEN else caller(world.settings, world.tokens, request)
        if route.by_id and request.query.get("id"):
            split_id(request.query["id"])
        if not who and not route.open:
            raise RefusedError(UNAUTHORIZED)
        return Ask(request, who)

    def roster(self, *, own_ids: bool, system_roles: bool) -> Roster:
        """The organization in the roster format; its ids are Casdoor's names, whoever made them."""
        return write_roster(self._world)

    def put_roster(self, roster: Roster) -> None:
        """Replace the organization's groups, users and roles."""
        read_roster(self._world, roster)

    def change(self, change: dict[str, Any]) -> dict[str, Any]:
        """One change in the administrator's console."""
        return apply_change(self._world, change)

    def patch_settings(self, patch: dict[str, Any]) -> None:
        """Change settings while running."""
        fixed = tuple(name for name in FIXED if name in patch)
        if fixed:
            raise InputError("The site is built around these settings", fixed)
        merged = {**msgspec.to_builtins(self.settings), **patch}
        try:
            self._world.reconfigure(msgspec.convert(merged, CasdoorSettings))
        except msgspec.ValidationError as error:
            raise InputError("The settings cannot be changed so", (str(error),)) from None

    def public_settings(self) -> dict[str, Any]:
        """The settings without the application's secret."""
        shown: dict[str, Any] = msgspec.to_builtins(self.settings)
        del shown["client_secret"]
        return shown

    def events(self, after: int) -> list[dict[str, Any]]:
        """None: Casdoor is a target here, its webhooks are not simulated."""
        return []


def _spoiled(kind: str, content: dict[str, Any]) -> dict[str, Any]:
    """The list emptied; ``drop_page`` leaves the total as it was."""
    if not isinstance(content["data"], list):
        return content
    total = 0 if kind == "empty_list" and content["data2"] is not None else content["data2"]
    return {**content, "data": [], "data2": total}
