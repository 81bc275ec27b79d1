"""A source that reads from the simulated Entra in process, in virtual time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from typing import Any

import httpx

from adapters.entra.settings import EntraSettings
from adapters.entra.simulator import EntraSettings as Simulated
from adapters.entra.simulator import create_app
from adapters.entra.simulator.directory import guid
from adapters.entra.source import EntraSource
from adapters.simulation.faults import parse_fault
from domain.decide import decide
from domain.decide.placed import known_departments, known_members, known_roles
from domain.directory import Directory
from domain.events import Fact, OrganizationRegistered
from domain.evolve import evolve
from domain.observe import Observation
from domain.ports import Finding, KnownDepartment, KnownMember, KnownRole, Reached
from domain.records import DepartmentRecord, MemberRecord, RoleRecord, Roster
from tests.adapters.http.virtual import now, run_virtually

SECRET = "simulated-secret"
APP = {
    "tenant_id": "5a3f6f0e-0000-4000-8000-000000000001",
    "client_id": "c11e27a0-0000-4000-8000-000000000002",
    "client_secret": SECRET,
}
DEPARTMENTS = "startswith(mailNickname,'dept-')"
ROLES = "startswith(mailNickname,'role-')"
GROUPS = {"tree": "groups", "groups_filter": DEPARTMENTS, "roles_filter": ROLES}


def company(departments: int, members: int, *, roles: int = 0, width: int = 4) -> Roster:
    """Departments in a tree of ``width``, everybody in one of them, everybody with a manager."""
    return Roster(
        departments=tuple(
            DepartmentRecord(
                id=f"d{i}",
                name=f"部门{i}",
                parent_id=None if i < width else f"d{(i - width) // width}",
                leaders=(f"u{i}",) if i < members else (),
            )
            for i in range(departments)
        ),
        members=tuple(
            MemberRecord(
                id=f"u{i}",
                name=f"人{i}",
                departments=(f"d{i % departments}",) if departments else (),
                mobile=f"138{i:08d}",
                email=f"u{i}@example.com",
                job_number=f"E{i}",
                title="Engineer",
                active=True,
                manager=f"u{i // 10}" if i else None,
            )
            for i in range(members)
        ),
        roles=tuple(
            RoleRecord(
                id=f"r{i}",
                name=f"角色{i}",
                members=tuple(f"u{n}" for n in range(members) if n % (i + 1) == 0),
            )
            for i in range(roles)
        ),
    )


class Ledger:
    """What the engine knows: the facts of earlier readings, folded."""

    turn = 0

    def __init__(self) -> None:
        self.cursor = ""
        self.directory = Directory(org="acme")
        self._take(OrganizationRegistered(uid="acme", name="Acme", source="en"))

    def changed(self, record: MemberRecord) -> bool:
        return True

    def departments(self) -> Iterable[KnownDepartment]:
        return known_departments(self.directory, "en")

    def members(self) -> Iterable[KnownMember]:
        return known_members(self.directory, "en")

    def roles(self) -> Iterable[KnownRole]:
        return known_roles(self.directory, "en")

    def learn(self, seen: Observation) -> list[str]:
        """Fold what was read; returns the names of the facts."""
        decided = decide(self.directory, seen)
        assert not decided.refused
        for fact in decided.facts:
            self._take(fact)
        if seen.cursor and not seen.gaps:
            self.cursor = seen.cursor
        return [fact.TOPIC for fact in decided.facts]

    def _take(self, fact: Fact) -> None:
        evolve(self.directory, fact)

    def tree(self) -> set[tuple[str, str | None, frozenset[str]]]:
        """Departments as (name, parent's name, names of members)."""
        d = self.directory
        return {
            (
                x.name,
                d.departments[x.parent].name if x.parent else None,
                frozenset(m.name for m in d.present_members() if x.uid in m.departments),
            )
            for x in d.present_departments()
        }


class EntraDesk:
    """One simulated tenant; every ``read`` is a new source.

    ``incremental``: whether ``sync`` goes on from the cursor of the one before.
    """

    incremental = False

    def __init__(self, roster: Roster, **simulated: Any) -> None:
        self.app = create_app(Simulated(**simulated), roster)
        self.ledger = Ledger()
        self.seconds = 0.0

    def fault(self, *texts: str) -> None:
        """Set the simulator's fault dials."""
        self.app.faults.set([parse_fault(text) for text in texts])

    def set(self, **settings: Any) -> None:
        """Turn dials of the simulator."""
        self.app.provider.patch_settings(settings)

    def change(self, op: str, **fields: Any) -> None:
        """A change in the admin center."""
        self.app.provider.change({"op": op, **fields})

    def _with(self, work: Callable[[EntraSource], Any], settings: dict[str, Any]) -> Any:
        async def main() -> Any:
            clock, began = self.app.provider.clock, now()
            date = type(clock).now(clock)
            clock.now = lambda: date + now() - began  # type: ignore[method-assign]
            given = {**APP, "login_url": "http://sim", "base_url": "http://sim/v1.0", **settings}
            source = EntraSource(
                "en",
                EntraSettings(**{"rate": 1000, **given}),
                transport=httpx.ASGITransport(self.app),
                clock=now,
                sleep=asyncio.sleep,
                wall=clock.now,
            )
            try:
                return await work(source)
            finally:
                self.seconds = now() - began
                del clock.now  # back to the wall clock
                await source.close()

        return run_virtually(main)

    def read(self, **settings: Any) -> Observation:
        """One reading of everything, nothing learned from it."""
        cursor, self.ledger.cursor = self.ledger.cursor, ""
        try:
            return self.changes(**settings)
        finally:
            self.ledger.cursor = cursor

    def changes(self, **settings: Any) -> Observation:
        """One reading from the ledger's cursor on, nothing learned from it."""
        seen: Observation = self._with(lambda s: s.read(self.ledger, lambda *_: None), settings)
        return seen

    def sync(self, **settings: Any) -> list[str]:
        """One reading, folded into the ledger; the names of the facts."""
        seen = self.changes(**settings) if self.incremental else self.read(**settings)
        return self.ledger.learn(seen)

    def check(self, **settings: Any) -> list[Finding]:
        """One check."""
        findings: list[Finding] = self._with(lambda s: s.check(), settings)
        return findings

    def reached(self, **settings: Any) -> Reached | None:
        """What a source says of the ledger's cursor."""

        async def told(source: EntraSource) -> Reached | None:
            return source.reached(self.ledger.cursor)

        found: Reached | None = self._with(told, settings)
        return found

    def truth(self) -> Roster:
        """What the simulator holds, by Graph's ids."""
        return self.app.provider.roster(own_ids=False, system_roles=False)

    @property
    def calls(self) -> dict[str, int]:
        """Calls by interface."""
        return dict(self.app.stats.calls)


def user(own: str) -> str:
    """Graph's id of a person of the roster."""
    return guid("user", own)


def group(own: str) -> str:
    """Graph's id of a department's group."""
    return guid("group", own)
