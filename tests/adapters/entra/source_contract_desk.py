"""An Entra to read from, for the contract suite of sources: by each tree, whole and by changes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from msgspec.structs import replace

from adapters.entra.settings import EntraSettings
from adapters.entra.simulator import EntraSettings as Simulated
from adapters.entra.simulator import create_app
from adapters.entra.simulator.directory import guid
from adapters.entra.source import EntraSource
from adapters.simulation.app import SimulatorApp
from adapters.simulation.http import Reply, Request
from domain.records import DepartmentRecord, MemberRecord, Roster
from tests.adapters.entra.entra_desk import APP, GROUPS, ROLES
from tests.sources.desk import Trouble
from tests.sources.simulated import HURRIED, SimulatedDesk

PARTS: dict[str, tuple[str, ...]] = {
    "list_fails": ("be",),
    "detail_fails": ("be",),
    "branch_fails": ("rd",),
    "branch_not_permitted": ("rd",),
}
"""Troubles of the members of some groups, which are asked for inside batches."""

CHANGES: dict[Trouble, tuple[str, ...]] = {
    "throttled": ("users/delta:throttle:times=2", "groups/delta:throttle:times=1"),
    "busy": ("groups/delta:busy:times=2",),
    "server_errors": ("users/delta:http_500:times=2",),
    "connections_reset": ("groups/delta:reset:times=2",),
    "json_cut_short": ("users/delta:truncated_json:times=2",),
    "token_expires": ("users/delta:expire_token:times=1",),
    "late_answers": ("users/delta:slow:times=1:seconds=2.5",),
    "root_fails": ("groups/delta:http_500", "users:http_500"),
    "unreachable": ("*:reset",),
    "address_not_allowed": ("*:ip",),
    "answers_nonsense": ("*:html_ban",),
}
"""Troubles of a reading of changes. One that comes short is in test_changes, with smaller pages."""


class EntraDesk(SimulatedDesk):
    """Fulfils ``tests.sources.desk.SourceDesk`` with the simulator on loopback.

    Departments are nested groups, and all is read at every sync.
    """

    page = 100
    key = ""  # the suite looks a person up by the id that was put; test_source_reading has its own
    reading: ClassVar[dict[str, Any]] = {**GROUPS, "full_every": 0}
    parts: ClassVar[dict[str, tuple[str, ...]]] = PARTS
    holds: ClassVar[tuple[str, ...]] = ("email", "mobile", "job_number", "title", "manager")
    lists: ClassVar[dict[str, tuple[str, ...]]] = {"users": ("value",), "users/delta": ("value",)}
    troubles: ClassVar[dict[Trouble, tuple[str, ...]]] = {
        "throttled": ("users:throttle:times=2", "$batch:throttle:times=1"),
        "busy": ("groups:busy:times=2",),
        "server_errors": ("users:http_500:times=2",),
        "connections_reset": ("$batch:reset:times=2",),
        "json_cut_short": ("users:truncated_json:times=2",),
        "token_expires": ("$batch:expire_token:times=1",),
        "late_answers": ("users:slow:times=1:seconds=2.5",),
        "page_fails": ("users:http_500:after=1",),
        "page_is_cut_short": ("users:truncated_json:after=1",),
        "members_not_permitted": ("$batch:permission", "groups/members:permission"),
        "everybody_gone": ("users:empty_list",),
        "nothing_there": ("users:empty_list", "groups:empty_list"),
        "root_fails": ("groups:http_500",),
        "unreachable": ("*:reset",),
        "address_not_allowed": ("*:ip",),
        "answers_nonsense": ("*:html_ban",),
    }

    def app(self) -> SimulatorApp:
        return create_app(Simulated(texts=False))

    def source(self, *, wrong: bool = False) -> EntraSource:
        given = {**APP, **self.reading, "login_url": self.url, "base_url": f"{self.url}/v1.0"}
        if wrong:
            given["client_secret"] = "another-secret"
        settings = EntraSettings(**given, rate=5000)
        return EntraSource("there", settings, patience=HURRIED)

    def trouble(self, kind: Trouble) -> bool:
        if kind not in self.parts:
            return super().trouble(kind)
        self._dials.struck = 0
        provider: Any = self.sim.provider
        part = type(provider)._part

        def counted(request: Request) -> Reply:
            reply: Reply = part(provider, request)
            self._dials.struck += reply.status >= 400
            return reply

        provider._part = counted
        status = 403 if kind.endswith("permitted") else 500
        paths = {f"groups/{self.department(d)}/members": status for d in self.parts[kind]}
        return self.patch(refused_paths=paths)


class ChangesDesk(EntraDesk):
    """The same, but only changes are read after the first time."""

    reading: ClassVar[dict[str, Any]] = GROUPS
    parts: ClassVar[dict[str, tuple[str, ...]]] = {}
    troubles: ClassVar[dict[Trouble, tuple[str, ...]]] = CHANGES

    def department(self, put: str) -> str:
        return guid("group", put)


class UnitsDesk(ChangesDesk):
    """Departments are administrative units, nested by the paths that are their names."""

    reading: ClassVar[dict[str, Any]] = {"tree": "units", "separator": "/", "roles_filter": ROLES}

    def truth(self) -> Roster:
        own = self.sim.provider.roster(own_ids=True, system_roles=False)

        def places(m: MemberRecord) -> tuple[str, ...]:
            return tuple(guid("unit", place) for place in m.departments)

        departments = tuple(
            replace(
                d,
                id=guid("unit", d.id),
                parent_id=d.parent_id and guid("unit", d.parent_id),
                leaders=(),
            )
            for d in own.departments
        )
        return placed(super().truth(), own, departments, places)


class TeamsDesk(ChangesDesk):
    """Departments are the teams of those who manage somebody."""

    reading: ClassVar[dict[str, Any]] = {"tree": "manager", "roles_filter": ROLES}

    def truth(self) -> Roster:
        shown = super().truth()
        own = self.sim.provider.roster(own_ids=True, system_roles=False)
        manager = {m.id: m.manager or None for m in own.members}
        leading = {above for above in manager.values() if above}

        def team(who: str | None) -> str | None:
            found = who if who in leading else manager.get(who or "")
            return guid("user", found) if found else None

        departments = tuple(
            DepartmentRecord(
                id=guid("user", m.id),
                name=m.name,
                parent_id=guid("user", above) if (above := manager[m.id]) else None,
                leaders=(guid("user", m.id),),
            )
            for m in own.members
            if m.id in leading
        )
        return placed(shown, own, departments, lambda m: (t,) if (t := team(m.id)) else ())


def placed(
    shown: Roster,
    own: Roster,
    departments: tuple[DepartmentRecord, ...],
    places: Callable[[MemberRecord], tuple[str, ...]],
) -> Roster:
    """``shown`` with other departments; ``own`` has the same people in the same order."""
    members = tuple(
        replace(m, departments=places(mine))
        for m, mine in zip(shown.members, own.members, strict=True)
    )
    return replace(shown, departments=departments, members=members)
