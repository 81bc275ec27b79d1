"""The simulated WeCom behind the shared simulator application."""

from __future__ import annotations

from typing import Any

from adapters.simulation.faults import Fault
from adapters.simulation.http import HTML, Reply, Request
from adapters.simulation.provider import Call
from adapters.wecom.simulator import auth, envelopes, gate
from adapters.wecom.simulator.changes import apply_change
from adapters.wecom.simulator.errors import ApiError
from adapters.wecom.simulator.params import Params
from adapters.wecom.simulator.question import Question
from adapters.wecom.simulator.reconfigure import public, reconfigure
from adapters.wecom.simulator.roster_in import read_roster
from adapters.wecom.simulator.roster_out import write_roster
from adapters.wecom.simulator.routes import ROUTES, Route
from adapters.wecom.simulator.settings import WeComSettings
from adapters.wecom.simulator.spoil import spoil
from adapters.wecom.simulator.world import World
from domain.records import Roster

PREFIX = "/cgi-bin/"
CREATION = "creation of departments and people"
GATEWAY_PAGE = b"<html><body><h1>502 Bad Gateway</h1></body></html>"
TOKEN = Call("gettoken", False, "gettoken")

REFUSALS = {
    "throttle": 45009,
    "throttle_platform": 45033,
    "busy": -1,
    "permission": 60011,
    "ip": 60020,
    "locked": 45035,
}
"""The code that each kind of fault stands for; a write without permission is 48002."""


class WeCom:
    """qyapi.weixin.qq.com, for one corporation."""

    def __init__(self, settings: WeComSettings) -> None:
        self._world = World(settings)
        self.clock = self._world.clock
        self.outbox = self._world.directory.journal.outbox
        self._routes = {(route.method, f"{PREFIX}{route.api}"): route for route in ROUTES}

    @property
    def settings(self) -> WeComSettings:
        """The settings in force."""
        return self._world.settings

    def find(self, request: Request) -> Call | None:
        """The call that the method and the path mean."""
        if (request.method, request.path) == ("GET", f"{PREFIX}gettoken"):
            return TOKEN
        route = self._routes.get((request.method, request.path))
        if route is None:
            return None
        lock = CREATION if route.creates and self.settings.serial_writes else None
        return Call(route.api, route.write, route, lock)

    def unknown(self, request: Request) -> Reply:
        """A web page."""
        return envelopes.nothing_here()

    def throttled(self, call: Call, *, everywhere: bool) -> Reply:
        """45009, whatever the limit."""
        return envelopes.failure(ApiError(45009))

    def refuse(self, fault: Fault, call: Call) -> Reply | None:
        """The platform's refusals, on demand."""
        if fault.kind == "expire_token":
            self._world.tokens.expire()
        if fault.kind == "html_ban":
            return Reply(GATEWAY_PAGE, status=502, code="html_ban", content_type=HTML)
        code = REFUSALS.get(fault.kind)
        if code is None:
            return None
        if fault.kind == "permission" and call.write:
            code = 48002
        return envelopes.failure(ApiError(code), _containers(call))

    def answer(self, call: Call, request: Request, fault: Fault | None) -> Reply:
        """Check the call at the gate, then do it; what the assistant does is not called back."""
        world, journal = self._world, self._world.directory.journal
        try:
            if not isinstance(call.route, Route):
                gate.count(world, call.api)
                found = auth.gettoken(world.settings, world.tokens, Params(request.query))
                return envelopes.success(found)
            secret = gate.check(world, call.route, request)
            journal.muted = True
            content = call.route.handler(Question(world, request, secret))
        except ApiError as error:
            return envelopes.failure(error, _containers(call))
        finally:
            journal.muted = False
        if fault is not None:
            content = spoil(fault.kind, content)
        return envelopes.success(content, call.route.message)

    def roster(self, *, own_ids: bool, system_roles: bool) -> Roster:
        """The organization in the roster format; there are no system roles."""
        return write_roster(self._world, own_ids=own_ids)

    def put_roster(self, roster: Roster) -> None:
        """Replace the organization."""
        read_roster(self._world, roster)

    def begin_with(self, roster: Roster) -> None:
        """Start with this organization, as if it had always been there: no events."""
        read_roster(self._world, roster)
        self.outbox.forget()

    def change(self, change: dict[str, Any]) -> dict[str, Any]:
        """One change in the administrator's console."""
        return apply_change(self._world, change)

    def patch_settings(self, patch: dict[str, Any]) -> None:
        """Change settings while running."""
        reconfigure(self._world, patch)

    def public_settings(self) -> dict[str, Any]:
        """The settings without the secrets."""
        return public(self.settings)

    def events(self, after: int) -> list[dict[str, Any]]:
        """The events recorded after number ``after``."""
        return self.outbox.after(after)


def _containers(call: Call) -> tuple[str, ...]:
    return call.route.containers if isinstance(call.route, Route) else ()
