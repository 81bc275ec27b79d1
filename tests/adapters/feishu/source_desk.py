"""A Feishu source that reads from the simulator in process, in virtual time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import httpx

from adapters.feishu.settings import FeishuSettings
from adapters.feishu.simulator import FeishuSettings as Simulated
from adapters.feishu.simulator import create_app
from adapters.feishu.source import FeishuSource
from adapters.http import Patience
from adapters.simulation.faults import parse_fault
from domain.observe import Observation
from domain.ports import Finding, KnownDepartment
from domain.records import DepartmentRecord, MemberRecord, RoleRecord, Roster
from tests.adapters.http.virtual import now, run_virtually

SECRET = "simulated-secret"


class Blank:
    """What the engine knows before the first reading."""

    turn = 0

    def changed(self, record: MemberRecord) -> bool:
        return True

    def departments(self) -> tuple[KnownDepartment, ...]:
        return ()


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
                departments=(f"d{i % departments}",),
                mobile=f"138{i:08d}",
                email=f"u{i}@private.example",
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


def by_id(records: Any) -> dict[str, Any]:
    """The records by their ids."""
    return {record.id: record for record in records}


class SourceDesk:
    """One simulated Feishu; every ``read`` is a new source."""

    def __init__(self, roster: Roster, **simulated: Any) -> None:
        self.app = create_app(Simulated(**simulated), roster)
        self.progress: list[tuple[str, int, int | None]] = []
        self.seconds = 0.0

    def fault(self, *texts: str) -> None:
        """Set the simulator's fault dials."""
        self.app.faults.set([parse_fault(text) for text in texts])

    def _with(self, work: Callable[[FeishuSource], Any], settings: dict[str, Any]) -> Any:
        async def main() -> Any:
            self.app.provider.clock.now = now  # type: ignore[method-assign]
            made = FeishuSettings(
                **{
                    "app_id": "cli_simulatedapp",
                    "app_secret": SECRET,
                    "base_url": "http://sim",
                    "rate": 1000,
                    **settings,
                }
            )
            source = FeishuSource(
                "fs",
                made,
                transport=httpx.ASGITransport(self.app),
                patience=Patience(),
                clock=now,
                sleep=asyncio.sleep,
            )
            began = now()
            try:
                return await work(source)
            finally:
                self.seconds = now() - began
                await source.close()

        return run_virtually(main)

    def read(self, **settings: Any) -> Observation:
        """One reading."""

        def note(what: str, done: int, total: int | None) -> None:
            self.progress.append((what, done, total))

        seen: Observation = self._with(lambda s: s.read(Blank(), note), settings)
        return seen

    def check(self, **settings: Any) -> list[Finding]:
        """One check."""
        findings: list[Finding] = self._with(lambda s: s.check(), settings)
        return findings

    @property
    def directory(self) -> Any:
        """The simulator's own memory, for what its console cannot do."""
        return self.app.provider._world.directory

    @property
    def calls(self) -> dict[str, int]:
        """Calls by interface."""
        return dict(self.app.stats.calls)
