"""One identity provider's door: an ASGI application at ``/scim/<system>``, version path ``/v2``."""

from __future__ import annotations

import logging
import traceback
from concurrent.futures import Executor
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

from scim2_models import (
    InvalidSyntaxException,
    PayloadTooLargeException,
    SCIMException,
    UnauthorizedException,
)
from scim2_server.applications.asgi import ASGIApplication, Receive, Scope, Send
from scim2_server.applications.base import VERSION_PREFIX as VERSION
from scim2_server.requests import ScimRequest
from scim2_server.responses import ScimResponse

from adapters.scim_inbound.capabilities import capabilities
from adapters.scim_inbound.check import findings
from adapters.scim_inbound.port import Intake
from adapters.scim_inbound.resources import provider
from adapters.scim_inbound.roll import Roll
from adapters.scim_inbound.service import Handler, Service
from adapters.scim_inbound.settings import ScimInboundSettings
from adapters.scim_inbound.storage import OrgStorage
from adapters.scim_inbound.tokens import Tokens, given
from adapters.scim_inbound.writing import Writing
from domain.errors import OrgledgerError
from domain.ports import Finding, SourceCapabilities

log = logging.getLogger("orgledger.scim")

UNKNOWN = "there is no bearer token of this system; give the sender one of those configured for it"

_EXPECTED = {HTTPStatus.NOT_FOUND, HTTPStatus.PRECONDITION_FAILED, HTTPStatus.METHOD_NOT_ALLOWED}
_WRITES = ("POST", "PUT", "PATCH", "DELETE")


class Door:
    """What one system pushes through: what follows the log for it, and what answers it."""

    def __init__(self, system: str, settings: ScimInboundSettings) -> None:
        self.system, self.settings = system, settings
        self.path = f"/scim/{system}"
        self.watcher = Roll(system, departments=settings.tree == "groups")

    @property
    def capabilities(self) -> SourceCapabilities:
        """What can be pushed."""
        return capabilities(self.settings)

    def application(self, intake: Intake, thread: Executor) -> ScimInbound:
        """The ASGI application. ``thread`` has one worker, in which the intake is used."""
        return ScimInbound(self.settings, intake, self.watcher, thread)

    def check(self) -> list[Finding]:
        """Where it is served and who is let in."""
        return findings(self.path, self.settings)


class _HungUpError(Exception):
    """The sender went away before its request was whole."""


class ScimInbound(ASGIApplication):
    """Takes in what one system pushes.

    ``thread`` is an executor with one worker, in which the intake and the roll are used.
    """

    def __init__(
        self, settings: ScimInboundSettings, intake: Intake, roll: Roll, thread: Executor
    ) -> None:
        described = provider()
        writing = Writing(intake, roll, departments=roll.departments, roles=settings.roles)
        storage = OrgStorage(intake, roll, writing, thread)
        super().__init__(storage, described, Service(described))
        self.public = settings.public_url.rstrip("/")
        self.tokens = Tokens(given(settings.token))
        self.store = storage
        self.handler = Handler(self.service, storage)

    async def read_request(self, scope: Scope, receive: Receive) -> ScimRequest:
        """The request, whatever bytes its address and headers are made of.

        Raises _HungUpError: what came of it until then is no request.
        """

        async def part() -> dict[str, Any]:
            message = await receive()
            if message["type"] == "http.disconnect":
                raise _HungUpError
            return message

        query = bytes(scope["query_string"])
        headers = [(name, value.decode("latin-1").encode()) for name, value in scope["headers"]]
        request = await super().read_request(
            {**scope, "query_string": b"", "headers": headers}, part
        )
        if self.public:
            request.base_url = f"{self.public}{scope.get('root_path', '')}{VERSION}"
        request.query = dict(parse_qsl(query.decode("utf-8", "replace"), keep_blank_values=True))
        return request

    def needs_auth(self, request: ScimRequest) -> bool:
        """Everything but what says how to sign in (RFC 7643, section 5), also unknown addresses."""
        return request.path.strip("/") != "ServiceProviderConfig"

    def check_auth(self, request: ScimRequest) -> None:
        if not self.tokens.admit(request.header("Authorization")):
            raise UnauthorizedException(detail=UNKNOWN)

    async def dispatch_request(self, request: ScimRequest) -> ScimResponse:
        """Let in, look at the size, serve; remember a change that was refused."""
        if self.needs_auth(request):
            self.check_auth(request)
        try:
            limit = self.service.max_body_size(request)
            if limit and len(request.body) > limit:
                raise PayloadTooLargeException(detail=f"a body has at most {limit} bytes")
            return await self.handler.handle(request)
        except SCIMException as refusal:
            writes = request.method.upper() in _WRITES and not request.path.endswith(".search")
            if writes and refusal.status not in _EXPECTED:
                await self.store.left_out(_told(request, refusal))
            raise

    def handle_exception(self, request: ScimRequest, exception: Exception) -> ScimResponse:
        """The answer to a failure. Logged are the place and the kind, never a value."""
        if isinstance(exception, OrgledgerError):
            log.warning("%s: %s", request.method, exception)
        elif not isinstance(exception, SCIMException):
            last = traceback.extract_tb(exception.__traceback__)[-1]
            place = f"{Path(last.filename).name}, line {last.lineno}"
            log.error("%s: a bug, %s in %s", request.method, type(exception).__name__, place)
        return self.service.error_response(exception)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request; what is no text is answered and not raised."""
        if scope["method"] == "HEAD":  # RFC 9110, section 9.3.2; the server leaves the body out
            scope = {**scope, "method": "GET"}
        try:
            request = await self.read_request(scope, receive)
        except _HungUpError:
            return
        except UnicodeError:
            refusal = InvalidSyntaxException(detail="the address is not text in UTF-8")
            await self.send_response(self.service.error_response(refusal), send)
            return
        await self.send_response(await self.serve(request), send)


def _told(request: ScimRequest, refusal: SCIMException) -> str:
    """``POST Users: 409 uniqueness``; ids and codes only."""
    kind = f" {refusal.scim_type}" if refusal.scim_type else ""
    return f"{request.method} {request.path.strip('/')}: {refusal.status}{kind}"
