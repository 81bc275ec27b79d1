"""A source that reads from the simulator in process, in virtual time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from typing import Any

import httpx

from adapters.http import Patience
from adapters.simulation.faults import parse_fault
from adapters.wecom.settings import WeComSettings
from adapters.wecom.simulator import WeComSettings as Simulated
from adapters.wecom.simulator import create_app
from adapters.wecom.source import WeComSource
from domain.observe import Observation
from domain.ports import Finding, KnownDepartment
from domain.records import DepartmentRecord, MemberRecord, RoleRecord, Roster
from tests.adapters.http.virtual import now, run_virtually
from tests.adapters.wecom.simulator_desk import CORP, SECRETS


class Ledger:
    """What the engine knows: departments, and who is in them."""

    turn = 0

    def __init__(self, *departments: KnownDepartment) -> None:
        self._departments = departments

    def changed(self, record: MemberRecord) -> bool:
        return True

    def departments(self) -> Iterable[KnownDepartment]:
        return self._departments


def company(departments: int, members: int, *, width: int = 4) -> Roster:
    """Departments in a tree of ``width``, everybody in one of them, one tag."""
    return Roster(
        departments=tuple(
            DepartmentRecord(
                id=f"{100 + i}",
                name=f"部门{i}",
                parent_id=None if i < width else f"{100 + (i - width) // width}",
                leaders=(f"u{i}",) if i < members else (),
                order=i + 1,
            )
            for i in range(departments)
        ),
        members=tuple(
            MemberRecord(
                id=f"u{i}",
                name=f"人{i}",
                departments=(f"{100 + i % departments}",),
                mobile=f"138{i:08d}",
                email=f"u{i}@example.com",
                manager=f"u{i // 10}" if i else None,
            )
            for i in range(members)
        ),
        roles=(RoleRecord(id="7", name="值班", members=tuple(f"u{i}" for i in range(members))),),
    )


class SourceDesk:
    """One simulated WeCom; every ``read`` is a new source."""

    def __init__(self, roster: Roster, **simulated: Any) -> None:
        self.app = create_app(Simulated(**{"private_fields": "shown", **simulated}), roster)
        self.seconds = 0.0

    def fault(self, *texts: str) -> None:
        """Set the simulator's fault dials."""
        self.app.faults.set([parse_fault(text) for text in texts])

    def _with(self, work: Callable[[WeComSource], Any], settings: dict[str, Any]) -> Any:
        async def main() -> Any:
            self.app.provider.clock.now = now  # type: ignore[method-assign]
            given = {
                "corp_id": CORP,
                "contact_secret": SECRETS["contact"],
                "app_secret": SECRETS["app"],
                "agent_id": 1000002,
                "base_url": "http://sim",
            }
            source = WeComSource(
                "wc",
                WeComSettings(**{**given, **settings}),
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

    def read(self, known: Ledger | None = None, **settings: Any) -> Observation:
        """One reading."""
        ledger = known or Ledger()
        seen: Observation = self._with(lambda s: s.read(ledger, lambda *_: None), settings)
        return seen

    def check(self, **settings: Any) -> list[Finding]:
        """One check."""
        findings: list[Finding] = self._with(lambda s: s.check(), settings)
        return findings

    @property
    def directory(self) -> Any:
        """The simulator's own memory, for what its console cannot do."""
        return self.app.provider._world.directory  # type: ignore[attr-defined]

    @property
    def calls(self) -> dict[str, int]:
        """Calls by interface."""
        return dict(self.app.stats.calls)
