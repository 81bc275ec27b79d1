"""The simulated Feishu behind the shared simulator application."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from adapters.feishu.simulator import auth, envelopes, gate
from adapters.feishu.simulator.changes import apply_change
from adapters.feishu.simulator.codes import Family
from adapters.feishu.simulator.errors import ApiError, too_many
from adapters.feishu.simulator.long_connection import API as ENDPOINT
from adapters.feishu.simulator.long_connection import PATH as ENDPOINT_PATH
from adapters.feishu.simulator.long_connection import LongConnection
from adapters.feishu.simulator.params import Params
from adapters.feishu.simulator.question import Question
from adapters.feishu.simulator.reconfigure import public, reconfigure
from adapters.feishu.simulator.roster_in import read_roster
from adapters.feishu.simulator.roster_out import write_roster
from adapters.feishu.simulator.routes import Route
from adapters.feishu.simulator.settings import FeishuSettings
from adapters.feishu.simulator.spoil import spoil
from adapters.feishu.simulator.table import Table
from adapters.feishu.simulator.users_write import CREATED, UPDATED
from adapters.feishu.simulator.world import World
from adapters.simulation.faults import Fault
from adapters.simulation.http import HTML, BadBodyError, Reply, Request
from adapters.simulation.provider import Call
from domain.records import Roster

AUTH = "/open-apis/auth/v3/"
GATEWAY_PAGE = b"<html><body><h1>503 Service Temporarily Unavailable</h1></body></html>"
LOCKED: dict[Family, int] = {"department": 43024, "user": 44025}
WRITTEN = {"users/create": CREATED[0], "users/patch": UPDATED[0]}

TokenCall = Callable[[FeishuSettings, auth.Tokens, Params], dict[str, Any]]


class Feishu:
    """open.feishu.cn, for one self-built app of one tenant."""

    def __init__(self, settings: FeishuSettings) -> None:
        self._world = World(settings)
        self.clock = self._world.clock
        self.outbox = self._world.directory.journal.outbox
        self.long_connection = LongConnection(self._world)
        self._table = Table()
        self._token_calls: dict[tuple[str, str], Call] = {
            ("POST", f"{AUTH}{name}/internal"): Call(name, False, call)
            for name, call in (
                ("tenant_access_token", auth.tenant_access_token),
                ("app_access_token", auth.app_access_token),
            )
        }

    @property
    def settings(self) -> FeishuSettings:
        """The settings in force."""
        return self._world.settings

    def find(self, request: Request) -> Call | None:
        """The call that the method and the path mean."""
        token = self._token_calls.get((request.method, request.path))
        if token is not None:
            return token
        if (request.method, request.path) == ("POST", ENDPOINT_PATH):
            return Call(ENDPOINT, False, self.long_connection.open)
        found = self._table.find(request.method, request.path)
        if found is None:
            return None
        call, request.placed = found
        return call

    def unknown(self, request: Request) -> Reply:
        """99991201 for an unknown path, 99991301 for a method that the path does not have."""
        known = self._table.find(request.method, request.path) is not None
        return envelopes.failure(ApiError(99991301 if known else 99991201), "department")

    def throttled(self, call: Call, *, everywhere: bool) -> Reply:
        """429 with 99991400; in a second there is room again."""
        limit = self.settings.qps if everywhere else self.settings.qps_per_api
        return envelopes.failure(too_many(limit or 0, 1), _family(call))

    def refuse(self, fault: Fault, call: Call) -> Reply | None:
        """The gateway's refusals and the tenant's locks, on demand."""
        family, error = _family(call), None
        match fault.kind:
            case "throttle" | "throttle_platform":
                error = too_many(50, 1)
            case "busy":
                error = ApiError(40003)
            case "permission" if isinstance(call.route, Route):
                error = gate.no_scope(call.route)
            case "ip":
                error = ApiError(99991401)
            case "locked" if family in LOCKED:
                error = ApiError(LOCKED[family])
            case "html_ban":
                return Reply(GATEWAY_PAGE, status=503, code="html_ban", content_type=HTML)
            case "expire_token":
                self._world.tokens.expire()
        return None if error is None else envelopes.failure(error, family)

    def answer(self, call: Call, request: Request, fault: Fault | None) -> Reply:
        """Check the call at the gateway, then do it."""
        if call.api == ENDPOINT:
            return self.long_connection.open(request)
        try:
            if not isinstance(call.route, Route):
                return self._token(call.route, request)
            gate.check(self._world, call.route, request)
            data = call.route.handler(Question(self._world, request, call.api))
            if fault is not None:
                if fault.kind == "written_but_refused" and call.api in WRITTEN:
                    raise ApiError(WRITTEN[call.api])
                data = spoil(fault.kind, data)
        except ApiError as error:
            return envelopes.failure(error, _family(call))
        return envelopes.success(data)

    def _token(self, call: TokenCall, request: Request) -> Reply:
        try:
            body = Params(request.payload)
        except BadBodyError:
            raise ApiError(9499) from None
        return envelopes.token(call(self.settings, self._world.tokens, body))

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
        """The settings without the app's secret."""
        return public(self.settings)

    def events(self, after: int) -> list[dict[str, Any]]:
        """The events recorded after number ``after``."""
        return self.outbox.after(after)


def _family(call: Call) -> Family:
    return call.route.family if isinstance(call.route, Route) else "department"
