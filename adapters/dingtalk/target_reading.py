"""Reading back what DingTalk holds, below the root department that is ours to fill."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence

from msgspec.structs import replace

from adapters.dingtalk import target_mapping, wire
from adapters.dingtalk.client import DingTalkClient
from adapters.dingtalk.reading import WORKERS, Reading
from adapters.dingtalk.settings import DingTalkSettings
from adapters.dingtalk.turns import Turns
from adapters.http import HostThrottled, Lane
from adapters.http.gaps import Gaps
from domain.delivery.operation import NONE, Inventory, Present, Relations
from domain.errors import CredentialFault, PermissionFault, SystemFault
from domain.ports import Progress
from domain.records import MemberRecord


class Nobody:
    """No ledger: nobody is changed, there was no reading before."""

    turn = 0

    def changed(self, record: MemberRecord) -> bool:
        """Nobody is."""
        return False


async def read(
    client: DingTalkClient,
    settings: DingTalkSettings,
    known: Mapping[str, Sequence[str]],
    progress: Progress,
) -> Inventory:
    """Everything below the root department, and all roles but DingTalk's own.

    Direct managers are read of the people in ``known`` only, because each costs a call; with
    ``managers = "auto"`` only if there are no more than ``detail_calls`` of them.
    """
    scopes = await client.scopes()
    root = settings.root_department
    scopes.auth_org_scopes = wire.OrgScopes(authed_dept=[root])
    without_managers = Turns(replace(settings, managers="none"), Nobody())
    reading = Reading(client, scopes, without_managers, progress)
    await reading.run()
    ours = [userid for userid in known.get("member", ()) if userid in reading.members]
    managers = Managers(client, reading.gaps)
    if settings.managers == "all" or (
        settings.managers == "auto" and len(ours) <= settings.detail_calls
    ):
        await managers.read(ours)
    kinds = {"department": "departments", "member": "members", "role": "roles"}
    complete = {kind for kind, name in kinds.items() if name not in reading.incomplete}
    return Inventory(
        present={
            "role_group": tuple(map(target_mapping.role_group, reading.groups.values())),
            "department": tuple(_departments(reading, root)),
            "member": tuple(_members(reading, root, managers.found)),
            "role": tuple(_roles(reading, settings.role_group)),
        },
        complete=frozenset(complete | ({"role_group"} if "role" in complete else set())),
        gaps=tuple(map(str, reading.gaps.told())),
    )


class Managers:
    """The direct managers of some people, each one call of user/get."""

    def __init__(self, client: DingTalkClient, gaps: Gaps) -> None:
        self.found: dict[str, str | None] = {}
        self._client, self._gaps = client, gaps
        self._stopped: SystemFault | None = None

    async def read(self, userids: Sequence[str]) -> None:
        """Read them. Raises CredentialFault; other failures are gaps."""
        async with asyncio.TaskGroup() as group:
            lane = Lane(group, self._ask, size=WORKERS)
            for userid in userids:
                lane.put(userid)
        if isinstance(self._stopped, CredentialFault):
            raise self._stopped
        if self._stopped is not None:
            self._gaps.add("direct managers", "", self._stopped)

    async def _ask(self, userid: str) -> None:
        if self._stopped is not None:
            return
        try:
            self.found[userid] = (await self._client.user(userid)).manager_userid or None
        except (CredentialFault, PermissionFault, HostThrottled) as fault:
            self._stopped = fault
        except SystemFault as fault:
            self._gaps.add("direct manager of", userid, fault)


def _departments(reading: Reading, root: int) -> list[Present]:
    return [
        target_mapping.department(
            dept_id,
            reading.names.get(dept_id, ""),
            None if parent == root else parent,
            reading.departments.get(dept_id),
        )
        for dept_id, parent in reading.parents.items()
        if dept_id != root
    ]


def _members(reading: Reading, root: int, managers: Mapping[str, str | None]) -> list[Present]:
    return [
        target_mapping.member(
            user,
            reading.fields,
            root=root,
            found_in=reading.found_in.get(userid),
            relations=Relations(manager=managers[userid]) if userid in managers else NONE,
        )
        for userid, user in reading.members.items()
    ]


def _roles(reading: Reading, ungrouped: str) -> list[Present]:
    return [
        target_mapping.role(group, found, reading.holders.get(found.id), ungrouped=ungrouped)
        for group, found in reading.roles.values()
    ]
