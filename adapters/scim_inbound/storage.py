"""The store behind the protocol: resources are made from the organization, changes are told to it.

The protocol's library asks for a store to read and write; ours reads the directory through the
index, and writes by handing an observation to the engine. A resource's id is the ledger's uid.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from concurrent.futures import Executor
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any, TypeVar

from scim2_models import (
    InvalidFilterException,
    Resource,
    ResourceType,
    ResponseParameters,
    SearchRequest,
)
from scim2_server.storage import AsyncScimStorage, SearchPage

from adapters.scim_inbound.memberships import Change
from adapters.scim_inbound.port import Intake
from adapters.scim_inbound.roll import Roll
from adapters.scim_inbound.searching import candidates, page
from adapters.scim_inbound.writing import Writing

T = TypeVar("T")


class OrgStorage(AsyncScimStorage):
    """The users and groups of one organization.

    ``thread`` has one worker: what it does is done one after the other, and the directory is
    never looked at while it changes.
    """

    def __init__(self, intake: Intake, roll: Roll, writing: Writing, thread: Executor) -> None:
        self.intake, self.roll, self.writing = intake, roll, writing
        self._thread = thread
        self._turn = asyncio.Lock()

    async def _work(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)

    def operation(self) -> AbstractAsyncContextManager[None]:
        """One call at a time, so that a patch meets the resource that it was worked out on."""
        return self._one_at_a_time()

    @asynccontextmanager
    async def _one_at_a_time(self) -> AsyncIterator[None]:
        async with self._turn:
            yield

    async def get(
        self,
        resource_type: ResourceType,
        resource_id: str,
        *,
        response_parameters: ResponseParameters[Any] | None = None,
    ) -> Resource[Any]:
        def work() -> Resource[Any]:
            self.intake.follow()
            self.roll.must_have(resource_type.name, resource_id)
            whole = response_parameters is None or _wants_members(response_parameters)
            return self.roll.resource(resource_type.name, resource_id, members=whole)

        return await self._work(work)

    async def search(
        self,
        resource_types: list[ResourceType],
        search_request: SearchRequest[Any],
        *,
        position: Any = None,
    ) -> SearchPage:
        def work() -> SearchPage:
            self.intake.follow()
            if len(resource_types) > 1:
                return self._everywhere(resource_types, search_request)
            name = resource_types[0].name or ""
            whole = _wants_members(search_request)
            return page(
                search_request,
                candidates(self.roll.index, name, search_request),
                lambda uid: self.roll.resource(name, uid, members=whole),
            )

        return await self._work(work)

    def _everywhere(
        self, resource_types: list[ResourceType], search_request: SearchRequest[Any]
    ) -> SearchPage:
        """Users and groups as one list."""
        kinds = {
            uid: kind.name
            for kind in resource_types
            for uid in candidates(self.roll.index, kind.name or "", search_request)
        }
        try:
            return page(search_request, kinds, lambda uid: self.roll.resource(kinds[uid], uid))
        except TypeError as error:  # values of two types cannot be put in an order
            raise InvalidFilterException(detail="users and groups differ in this") from error

    async def create(self, resource_type: ResourceType, resource: Resource[Any]) -> Resource[Any]:
        def work() -> Resource[Any]:
            uid = self.writing.create(resource_type.name, resource.model_dump())
            return self.roll.resource(resource_type.name, uid)

        return await self._work(work)

    async def update(
        self,
        resource_type: ResourceType,
        resource: Resource[Any],
        *,
        expected_version: str | None = None,
    ) -> Resource[Any]:
        uid = resource.id or ""

        def work() -> Resource[Any]:
            self.writing.update(
                resource_type.name, uid, resource.model_dump(), expected=expected_version
            )
            return self.roll.resource(resource_type.name, uid)

        return await self._work(work)

    async def change_members(
        self,
        resource_type: ResourceType,
        uid: str,
        changed: list[Change],
        check: Callable[[Resource[Any]], object],
    ) -> Resource[Any]:
        """Let people and groups into a group and out of it; the group without its members.

        ``check`` is asked whether the group, as it is, may be changed.
        """

        def work() -> Resource[Any]:
            self.roll.must_have(resource_type.name, uid)
            check(self.roll.resource(resource_type.name, uid, members=False))
            self.writing.change_members(uid, changed)
            return self.roll.resource(resource_type.name, uid, members=False)

        return await self._work(work)

    async def delete(
        self,
        resource_type: ResourceType,
        resource_id: str,
        *,
        expected_version: str | None = None,
    ) -> None:
        await self._work(
            lambda: self.writing.delete(resource_type.name, resource_id, expected=expected_version)
        )

    async def left_out(self, what: str) -> None:
        """Remember a call that was refused."""
        await self._work(lambda: self.intake.left_out(what))


def _wants_members(parameters: ResponseParameters[Any]) -> bool:
    """Whether an answer, or its filter or order, needs the members of groups."""
    if isinstance(parameters, SearchRequest) and any(
        "members" in str(part).lower() for part in (parameters.filter, parameters.sort_by) if part
    ):
        return True
    named = {str(path).lower() for path in parameters.attributes or ()}
    left_out = {str(path).lower() for path in parameters.excluded_attributes or ()}
    if named:
        return any("members" in path for path in named)
    return not any(path.rpartition(":")[2] == "members" for path in left_out)
