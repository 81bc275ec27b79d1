"""The simulated DingTalk behind the shared simulator application."""

from __future__ import annotations

from typing import Any

from adapters.dingtalk.simulator import auth, envelopes, gate
from adapters.dingtalk.simulator.changes import apply_change
from adapters.dingtalk.simulator.errors import MESSAGES, ApiError, NewApiError
from adapters.dingtalk.simulator.params import Params
from adapters.dingtalk.simulator.reconfigure import public, reconfigure
from adapters.dingtalk.simulator.roster_in import read_roster
from adapters.dingtalk.simulator.roster_out import write_roster
from adapters.dingtalk.simulator.routes import ROUTES, Route
from adapters.dingtalk.simulator.settings import DingTalkSettings
from adapters.dingtalk.simulator.spoil import spoil
from adapters.dingtalk.simulator.stream import API as OPEN
from adapters.dingtalk.simulator.stream import PATH as OPEN_PATH
from adapters.dingtalk.simulator.stream import StreamGateway
from adapters.dingtalk.simulator.world import World
from adapters.simulation.faults import Fault
from adapters.simulation.http import BadBodyError, Reply, Request, json_reply
from adapters.simulation.provider import Call
from domain.records import Roster

OAUTH, TOKEN = "/v1.0/oauth2/", "/token"


class DingTalk:
    """Both hosts of DingTalk, for one app of one organization."""

    def __init__(self, settings: DingTalkSettings) -> None:
        self._world = World(settings)
        self.clock = self._world.clock
        self.outbox = self._world.directory.journal.outbox
        self._calls = {path: Call(r.api, r.write, r) for path, r in ROUTES.items()}
        gettoken = Route("gettoken", "GET", "/gettoken", self._gettoken, None)
        token = Route("oauth2/accessToken", "POST", OAUTH + "accessToken", self._token, None)
        self.stream = StreamGateway(self._world)
        connect = Route(OPEN, "POST", OPEN_PATH, self._token, None)
        for route in (gettoken, token, connect):
            self._calls[route.path] = Call(route.api, False, route)

    @property
    def settings(self) -> DingTalkSettings:
        """The settings in force."""
        return self._world.settings

    def find(self, request: Request) -> Call | None:
        """The call at the request's path."""
        path = request.path
        found = self._calls.get(path)
        if found is None and path.startswith(OAUTH) and path.endswith(TOKEN):
            corp_id = path[len(OAUTH) : -len(TOKEN)]
            route = Route("oauth2/token", "POST", path, self._corp_token(corp_id), None)
            return Call(route.api, False, route)
        return found

    def unknown(self, request: Request) -> Reply:
        """Errcode 22 on the old API; an unexpected HTTP 200 with errcode 404 elsewhere."""
        if request.path.startswith("/topapi/"):
            name = "dingtalk.oapi." + request.path.removeprefix("/topapi/").replace("/", ".")
            return self._refused(ApiError(22, f"{MESSAGES[22]}: {name}", gateway=True))
        return json_reply({"errcode": 404, "errmsg": "请求的URI地址不存在"}, code="404")

    def throttled(self, call: Call, *, everywhere: bool) -> Reply:
        """90018 in 88, or its form on the new API."""
        return self._refused(gate.too_many_calls(self._world, call.route, platform=False))

    def refuse(self, fault: Fault, call: Call) -> Reply | None:
        """The gateway's refusals, on demand."""
        route, world = call.route, self._world
        match fault.kind:
            case "throttle" | "throttle_platform":
                platform = fault.kind == "throttle_platform"
                return self._refused(gate.too_many_calls(world, route, platform=platform))
            case "busy":
                return self._refused(gate.busy(route))
            case "permission":
                return self._refused(gate.no_permission(world, route))
            case "ip":
                return self._refused(gate.not_from_here(world, route))
            case "html_ban":
                return envelopes.ban_page()
            case "expire_token":
                world.tokens.expire()
        return None

    def answer(self, call: Call, request: Request, fault: Fault | None) -> Reply:
        """Check the call at the gateway, then do it."""
        route: Route = call.route
        try:
            if route.api == OPEN:
                return self.stream.open(request)
            content = self._do(route, request)
        except (ApiError, NewApiError) as error:
            return self._refused(error)
        if fault is not None:
            content = spoil(fault.kind, content)
        if route.new:
            return json_reply(content)
        return envelopes.success(content, sloppy=self.settings.sloppy)

    def _do(self, route: Route, request: Request) -> dict[str, Any]:
        try:
            if route.api in ("gettoken", "oauth2/accessToken", "oauth2/token"):
                if request.method != route.method:
                    raise gate.wrong_method(route)
            else:
                gate.check(self._world, route, request)
            return route.handler(self._world, Params(request.fields))
        except BadBodyError as error:
            raise (
                NewApiError(400, "invalidRequestBody", str(error))
                if route.new
                else ApiError(400002, str(error))
            ) from None
        except ApiError as error:
            if route.new:
                raise NewApiError(400, "invalidParameter", error.message) from None
            raise

    def _refused(self, error: ApiError | NewApiError) -> Reply:
        if isinstance(error, NewApiError):
            return envelopes.new_api_failure(error)
        bare, sloppy = self.settings.bare_gateway_errors, self.settings.sloppy
        return envelopes.failure(error, bare=bare, sloppy=sloppy)

    def _gettoken(self, world: World, params: Params) -> dict[str, Any]:
        return auth.gettoken(world.settings, world.tokens, params)

    def _token(self, world: World, params: Params) -> dict[str, Any]:
        return auth.access_token(world.settings, world.tokens, params)

    def _corp_token(self, corp_id: str) -> Any:
        return lambda world, params: auth.corp_token(world.settings, world.tokens, params, corp_id)

    def roster(self, *, own_ids: bool, system_roles: bool) -> Roster:
        """The organization in the roster format."""
        return write_roster(self._world, own_ids=own_ids, system_roles=system_roles)

    def put_roster(self, roster: Roster) -> None:
        """Replace the organization."""
        read_roster(self._world, roster)

    def begin_with(self, roster: Roster) -> None:
        """Start with this organization, as if it had always been there: no events, no leavers."""
        read_roster(self._world, roster)
        self.outbox.forget()

    def change(self, change: dict[str, Any]) -> dict[str, Any]:
        """One change in the administrator's console."""
        return apply_change(self._world, change)

    def patch_settings(self, patch: dict[str, Any]) -> None:
        """Change settings while running."""
        reconfigure(self._world, patch)

    def public_settings(self) -> dict[str, Any]:
        """The settings without the app's secret."""
        return public(self.settings)

    def events(self, after: int) -> list[dict[str, Any]]:
        """The events recorded after number ``after``."""
        return self.outbox.after(after)
