"""The simulated Entra behind the shared simulator application."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Any

import msgspec

from adapters.entra.simulator import auth, errors, units
from adapters.entra.simulator.batch import batch
from adapters.entra.simulator.changes import apply_change
from adapters.entra.simulator.errors import GraphError, TokenError
from adapters.entra.simulator.notifying import EntraCalling
from adapters.entra.simulator.paging import PREFIX
from adapters.entra.simulator.question import Question
from adapters.entra.simulator.roster_out import write_roster
from adapters.entra.simulator.routes import Route, find
from adapters.entra.simulator.settings import EntraSettings
from adapters.entra.simulator.spoil import spoil
from adapters.entra.simulator.subscriptions import Subscriptions
from adapters.entra.simulator.world import World
from adapters.simulation.faults import Fault
from adapters.simulation.http import HTML, Reply, Request, json_reply
from adapters.simulation.provider import Call
from domain.errors import InputError
from domain.records import Roster

TOKEN, BATCH = "token", "$batch"
GATEWAY_PAGE = b"<html><body><h1>Our services aren't available right now</h1></body></html>"


QUOTA = "x-ms-throttle-limit-percentage"


class Entra:
    """login.microsoftonline.com and graph.microsoft.com/v1.0, for one app of one tenant."""

    def __init__(self, settings: EntraSettings) -> None:
        self._world = World(settings)
        self.clock, self.outbox = self._world.clock, self._world.outbox
        self.calling = EntraCalling(self._world)
        self.subscriptions = Subscriptions(self._world)

    @property
    def settings(self) -> EntraSettings:
        """The settings in force."""
        return self._world.settings

    def find(self, request: Request) -> Call | None:
        """The call that the method and the path mean."""
        if request.path.endswith(auth.PATH):
            return Call(TOKEN, False, TOKEN) if request.method == "POST" else None
        path = request.path.removeprefix(f"{PREFIX}/")
        if path == request.path:
            return None
        if path == BATCH:
            return Call(BATCH, False, BATCH) if request.method == "POST" else None
        subscribing = self.subscriptions.find(request.method, path)
        if subscribing is not None:
            return subscribing
        found = find(path)
        return Call(found[0].api, False, found[0]) if found and request.method == "GET" else None

    def unknown(self, request: Request) -> Reply:
        """400 BadRequest for a segment that Graph does not know; a page elsewhere."""
        if not request.path.startswith(f"{PREFIX}/"):
            return Reply(GATEWAY_PAGE, status=404, code="404", content_type=HTML)
        segment = request.path.rpartition("/")[2]
        message = f"Resource not found for the segment '{segment}'."
        return self._refused(GraphError(400, "BadRequest", message))

    def throttled(self, call: Call, *, everywhere: bool) -> Reply:
        """429 with a Retry-After of one second."""
        return self._refused(errors.too_many(1))

    def refuse(self, fault: Fault, call: Call) -> Reply | None:
        """What the service and what stands before it refuse, on demand."""
        match fault.kind:
            case "throttle":
                return self._refused(errors.too_many(1))
            case "throttle_platform":
                return self._refused(errors.too_many(10))
            case "busy":
                code, message = "serviceNotAvailable", "The service is temporarily unavailable."
                return self._refused(GraphError(503, code, message))
            case "permission" if call.api != TOKEN:
                return self._refused(errors.denied())
            case "ip" if call.api == TOKEN:
                message = "Access has been blocked by Conditional Access policies."
                return errors.token_reply(TokenError(400, "invalid_grant", 53003, message))
            case "html_ban":
                return Reply(GATEWAY_PAGE, status=503, code="html_ban", content_type=HTML)
            case "expire_token":
                self._world.tokens.expire()
        return None

    def answer(self, call: Call, request: Request, fault: Fault | None) -> Reply | Awaitable[Reply]:
        """Check the call, then do it."""
        try:
            if call.api == TOKEN:
                return auth.token(self.settings, self._world.tokens, request)
            self._world.tokens.check(request.headers.get("authorization", ""))
            if call.route is self.subscriptions:
                return self._subscribed(call, request)
            if call.api == BATCH:
                return json_reply(batch(request, self._part))
            content = self._do(call.route, request)
            if isinstance(content, int):
                plain = str(content).encode()
                return Reply(plain, content_type=b"text/plain", headers=self._used)
            return json_reply(spoil(fault.kind, content) if fault else content, headers=self._used)
        except TokenError as error:
            return errors.token_reply(error)
        except GraphError as error:
            return self._refused(error)

    async def _subscribed(self, call: Call, request: Request) -> Reply:
        try:
            return await self.subscriptions.answer(call, request)
        except GraphError as error:
            return self._refused(error)

    @property
    def _used(self) -> dict[str, str]:
        """The header that tells how much of the limit is used, where that is worth telling."""
        share = self._world.meter.share
        return {QUOTA: f"{share:.2f}"} if share >= units.NOTABLE else {}

    def _do(self, route: Route, request: Request) -> Any:
        world, path = self._world, request.path.removeprefix(f"{PREFIX}/")
        for beginning, status in self.settings.refused_paths.items():
            if path.startswith(beginning):
                raise _refusal(status)
        if route.permissions.isdisjoint(self.settings.permissions):
            raise errors.denied()
        found = find(path)
        question = Question(world, request, route.kind, found[1] if found else {})
        if self.settings.real_limits:
            people = len(world.directory.objects["user"])
            wait = world.meter.take(units.cost(route.api, question.query), people)
            if wait:
                raise errors.too_many(wait)
        return route.handler(question)

    def _part(self, request: Request) -> Reply:
        """One request of a batch."""
        try:
            if self.settings.throttled_parts > 0:
                self.settings.throttled_parts -= 1
                return self._refused(errors.too_many(1))
            call = self.find(request)
            if call is None or not isinstance(call.route, Route):
                return self.unknown(request)
            return json_reply(self._do(call.route, request))
        except GraphError as error:
            return self._refused(error)

    def _refused(self, error: GraphError) -> Reply:
        return errors.graph_reply(error, self.settings)

    def roster(self, *, own_ids: bool, system_roles: bool) -> Roster:
        """The organization in the roster format; there are no system roles."""
        return write_roster(self._world.roster, own_ids=own_ids)

    def put_roster(self, roster: Roster) -> None:
        """Replace the organization."""
        self._world.put(roster)

    def begin_with(self, roster: Roster) -> None:
        """Start with this organization, as if it had always been there."""
        self._world.put(roster)
        self._world.forget()

    def change(self, change: dict[str, Any]) -> dict[str, Any]:
        """One change in the admin center."""
        return apply_change(self._world, change)

    def patch_settings(self, patch: dict[str, Any]) -> None:
        """Change settings while running."""
        merged = {**msgspec.to_builtins(self.settings), **patch}
        try:
            self._world.settings = msgspec.convert(merged, EntraSettings)
        except msgspec.ValidationError as error:
            raise InputError("The settings cannot be changed so", (str(error),)) from None

    def public_settings(self) -> dict[str, Any]:
        """The settings without the app's secret."""
        public: dict[str, Any] = msgspec.to_builtins(self.settings)
        del public["client_secret"]
        return public

    def events(self, after: int) -> list[dict[str, Any]]:
        """Change notifications as Graph would send them, and lifecycle events."""
        return self.outbox.after(after)


def _refusal(status: int) -> GraphError:
    if status == 403:
        return errors.denied()
    if status == 404:
        return errors.not_found("it")
    if status == 429:
        return errors.too_many(1)
    return GraphError(status, "generalException", "Something went wrong.")
