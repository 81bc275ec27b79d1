"""Reading back everything that a service holds.

Pages by index are not stable while somebody writes (targets, part C4): what is counted twice is
kept once, and a list is complete only when as much came as the service counts.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

import msgspec

from adapters.scim import mapping, wire
from adapters.scim.client import ScimClient
from adapters.scim.discovery import Service
from domain.delivery.capabilities import TargetCapabilities
from domain.delivery.operation import NONE, Inventory, Present, Relations
from domain.errors import CredentialFault, SystemFault
from domain.ports import Progress

T = TypeVar("T")

READINGS = 2
"""How often a list is read when it does not come out even."""


class Group(msgspec.Struct, frozen=True):
    """A group, with everything in it. ``shown`` is whether the list had its members at all."""

    id: str
    key: str | None
    name: str | None
    members: tuple[str, ...]
    shown: bool

    @property
    def is_role(self) -> bool:
        """Whether our key in it says that it is a role."""
        return self.key is not None and self.key.startswith(mapping.ROLE)


class Reading:
    """One reading. ``versions`` and ``unkeyed`` are those of :class:`People`, filled here."""

    def __init__(
        self,
        client: ScimClient,
        service: Service,
        capabilities: TargetCapabilities,
        versions: dict[str, str],
        unkeyed: set[str],
    ) -> None:
        self._client, self._service, self._can = client, service, capabilities
        self._versions, self._unkeyed = versions, unkeyed
        self._managers = service.takes(mapping.place(mapping.MANAGER))
        self._names = [
            field.name
            for field in capabilities.fields["member"]
            if service.takes(mapping.place(field.name))
        ]

    async def run(self, known: Mapping[str, Sequence[str]], progress: Progress) -> Inventory:
        """Everything that is there. Raises SystemFault when nothing can be read."""
        present: dict[str, tuple[Present, ...]] = {}
        complete: set[str] = set()
        gaps: list[str] = []
        kinds = [kind for kind in ("department", "role") if kind in self._can.fields]
        failed: list[SystemFault] = []
        try:
            people, gap = await self._list("members", self._service.users, self._user, progress)
            present["member"] = tuple(people.values())
            complete |= set() if gap else {"member"}
            gaps += [gap] if gap else []
        except CredentialFault:
            raise
        except SystemFault as fault:
            failed.append(fault)
        if kinds and self._service.groups is None:
            gaps.append("departments and roles: the service has no groups")
        elif kinds and self._service.groups is not None:
            try:
                groups, gap = await self._list("groups", self._service.groups, _group, progress)
                groups = await self._with_members(self._service.groups, groups, known)
                present |= self._kinds(groups, known)
                complete |= set() if gap else set(kinds)
                gaps += [gap] if gap else []
            except CredentialFault:
                raise
            except SystemFault as fault:
                failed.append(fault)
        if failed and not present:
            raise failed[0]
        gaps += [str(fault) for fault in failed]
        return Inventory(present=present, complete=frozenset(complete), gaps=tuple(gaps))

    async def _list(
        self,
        what: str,
        endpoint: str,
        made: Callable[[wire.Resource], T],
        progress: Progress,
    ) -> tuple[dict[str, T], str]:
        """All of one endpoint by id, and why they are not all, if so."""
        found: dict[str, T] = {}
        total = 0
        for _ in range(READINGS):
            found.clear()
            async for page in self._client.pages(endpoint, self._service.page):
                total = page.totalResults
                for row in page.Resources or []:
                    if isinstance(row, dict) and isinstance(row.get("id"), str):
                        found[row["id"]] = made(row)
                progress(what, len(found), total)
            if len(found) == total:
                return found, ""
        return found, f"{what}: the service counts {total} and listed {len(found)}"

    def _user(self, resource: wire.Resource) -> Present:
        person = mapping.user(resource, self._names, managers=self._managers)
        if person.key is None:
            self._unkeyed.add(person.remote)
        version = wire.version_of(resource)
        if version and self._service.etag:
            self._versions[person.remote] = version
        return person

    async def _with_members(
        self, endpoint: str, groups: dict[str, Group], known: Mapping[str, Sequence[str]]
    ) -> dict[str, Group]:
        """The groups; a service that shows no members in the list is asked for ours one by one."""
        ours = [r for kind in ("department", "role") for r in known.get(kind, ()) if r in groups]
        if not ours or any(group.shown for group in groups.values()):
            return groups
        alone = {r: _group(await self._client.resource(wire.path_of(endpoint, r))) for r in ours}
        return {**groups, **alone}

    def _kinds(
        self, groups: dict[str, Group], known: Mapping[str, Sequence[str]]
    ) -> dict[str, tuple[Present, ...]]:
        parents = self._parents(groups, frozenset(known.get("department", ())))
        found: dict[str, list[Present]] = {"department": [], "role": []}
        for group in groups.values():
            parent = Relations(parent=parents.get(group.id)) if self._can.nested else NONE
            found["role" if group.is_role else "department"].append(
                Present(
                    remote=group.id,
                    key=group.key.removeprefix(mapping.ROLE) if group.key else None,
                    fields={"displayName": group.name},
                    relations=NONE if group.is_role else parent,
                    members=frozenset(m for m in group.members if m not in groups),
                )
            )
        return {kind: tuple(all_) for kind, all_ in found.items() if kind in self._can.fields}

    def _parents(self, groups: dict[str, Group], ours: frozenset[str]) -> dict[str, str]:
        """The parent of each group that is inside another; of several, one that is ours."""
        above: dict[str, list[str]] = {}
        for group in groups.values():
            if not group.is_role:
                for member in group.members:
                    if member in groups:
                        above.setdefault(member, []).append(group.id)
        return {
            child: min(ids, key=lambda i: (i not in ours, groups[i].key is None, i))
            for child, ids in above.items()
        }


def _group(resource: wire.Resource) -> Group:
    key, name = resource.get(mapping.EXTERNAL_ID), resource.get("displayName")
    return Group(
        resource["id"],
        key if isinstance(key, str) and key else None,
        name if isinstance(name, str) and name else None,
        tuple(mapping.member_ids(resource)),
        "members" in resource,
    )
