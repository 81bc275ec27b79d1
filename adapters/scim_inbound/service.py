"""The protocol, as scim2-server has it, with our limits and with repetition where we collide."""

from __future__ import annotations

from contextvars import ContextVar
from http import HTTPStatus
from typing import Any, TypeVar

from pydantic import ValidationError
from pydantic_core import to_json
from scim2_models import (
    BaseModel,
    BulkOperation,
    Context,
    Error,
    PatchOp,
    Resource,
    ResourceType,
    ResponseParameters,
    SearchRequest,
)
from scim2_server.bulk import BulkPlan, BulkStep
from scim2_server.conditions import Conditions
from scim2_server.handler import AsyncScimHandler
from scim2_server.requests import ScimRequest
from scim2_server.responses import ScimResponse
from scim2_server.service import ScimService

from adapters.scim_inbound.deviations import sought, tidied
from adapters.scim_inbound.memberships import changes
from adapters.scim_inbound.resources import LARGEST
from adapters.scim_inbound.storage import OrgStorage
from adapters.scim_inbound.writing import StaleError
from domain.errors import OrgledgerError

ModelT = TypeVar("ModelT", bound=BaseModel)

RETRY_SECONDS = 5
"""When to come back while the log is away, or others keep changing the organization."""

_ATTEMPTS = 5
"""How often a change is worked out anew after another process changed the same resource."""

_WHOLE: ContextVar[bool] = ContextVar("whole", default=False)
"""Whether the answer to the present PATCH shows the resource."""


class Service(ScimService):
    """Reads bodies of real senders, and none that is too large."""

    def read_body(
        self, model: type[ModelT], body: bytes, content_type: str | None, scim_ctx: Context
    ) -> ModelT:
        """The body as a model, its sender's deviations mended first."""
        plain = to_json(tidied(self.decode_body(body, content_type)))
        return super().read_body(model, plain, content_type, scim_ctx)

    def read_search(
        self, resource_types: list[ResourceType], payload: Any
    ) -> tuple[SearchRequest[Any], Any]:
        """The search, by GET or by POST, its sender's deviations mended first."""
        return super().read_search(resource_types, sought(payload))

    def patch_response(
        self,
        base_url: str,
        resource: Resource[Any],
        response_parameters: ResponseParameters[Any],
    ) -> ScimResponse:
        """204 without making the whole answer first, which for a large group takes a while."""
        asked = response_parameters.attributes or response_parameters.excluded_attributes
        if asked or resource.meta is None:
            return super().patch_response(base_url, resource, response_parameters)
        headers = {"ETag": resource.meta.version} if resource.meta.version else {}
        return ScimResponse(HTTPStatus.NO_CONTENT, None, headers)

    @staticmethod
    def error_of(exception: Exception) -> Error:
        """The error as the sender sees it, also of one operation of a bulk request.

        A log that takes nothing now is 503. What pydantic refused in a PATCH is told in one line.
        """
        if isinstance(exception, OrgledgerError):
            return Error(status=503, detail="the log takes no changes now; try again later")
        if isinstance(cause := exception.__cause__, ValidationError):
            return Error.from_validation_errors(cause)[0]
        return ScimService.error_of(exception)

    def error_response(self, exception: Exception) -> ScimResponse:
        response = super().error_response(exception)
        if response.status is HTTPStatus.SERVICE_UNAVAILABLE:
            response.headers["Retry-After"] = str(RETRY_SECONDS)
        return response

    def max_body_size(self, request: ScimRequest) -> int | None:
        """Bytes that are read of a body; of a longer one, one more."""
        limit = super().max_body_size(request)
        return LARGEST if limit is None else limit


class Handler(AsyncScimHandler):
    """Serves one system's requests."""

    storage: OrgStorage

    async def patch(self, request: ScimRequest) -> ScimResponse:
        """A PATCH, of which the changed resource is wanted when attributes are named."""
        wanted = _WHOLE.set(bool({"attributes", "excludedAttributes"} & set(request.query)))
        try:
            return await super().patch(request)
        finally:
            _WHOLE.reset(wanted)

    async def replace_resource(
        self,
        resource_type: ResourceType,
        current: Resource[Any],
        replacement: Resource[Any],
        conditions: Conditions,
    ) -> Resource[Any]:
        for _ in range(_ATTEMPTS - 1):
            try:
                return await super().replace_resource(
                    resource_type, current, replacement, conditions
                )
            except StaleError:
                current = await self.storage.get(resource_type, current.id or "")
        return await super().replace_resource(resource_type, current, replacement, conditions)

    async def patch_resource(
        self,
        resource_type: ResourceType,
        resource_id: str,
        patch_op: PatchOp[Any],
        conditions: Conditions,
    ) -> Resource[Any]:
        changed = None
        if resource_type.name == "Group" and not _WHOLE.get():
            changed = changes(patch_op)
        if changed is not None:
            return await self.storage.change_members(
                resource_type,
                resource_id,
                changed,
                lambda group: self.service.check_preconditions(group, "PATCH", conditions),
            )
        for _ in range(_ATTEMPTS - 1):
            try:
                return await super().patch_resource(
                    resource_type, resource_id, patch_op, conditions
                )
            except StaleError:
                continue  # worked out anew; an If-Match that no longer holds ends it
        return await super().patch_resource(resource_type, resource_id, patch_op, conditions)

    async def delete_resource(
        self, resource_type: ResourceType, resource_id: str, conditions: Conditions
    ) -> None:
        for _ in range(_ATTEMPTS - 1):
            try:
                return await super().delete_resource(resource_type, resource_id, conditions)
            except StaleError:
                continue
        return await super().delete_resource(resource_type, resource_id, conditions)

    async def run_bulk_step(
        self, request: ScimRequest, plan: BulkPlan, step: BulkStep
    ) -> tuple[dict[str, Any], Resource[Any] | None]:
        """One operation of a bulk request; a refused one is remembered."""
        outcome, resource = await super().run_bulk_step(request, plan, step)
        if int(outcome["status"]) >= 400:
            await self.storage.left_out(_told(plan.operation(step), outcome))
        return outcome, resource


def _told(operation: BulkOperation[Any], outcome: dict[str, Any]) -> str:
    method = operation.method.value if operation.method else "?"
    endpoint = (operation.path or "").strip("/").partition("/")[0]
    kind = getattr(outcome.get("response"), "scim_type", None)
    return f"bulk {method} {endpoint}: {int(outcome['status'])}{f' {kind}' if kind else ''}"
