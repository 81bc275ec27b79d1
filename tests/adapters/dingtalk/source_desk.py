"""A source that reads from the simulator in process, in virtual time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import httpx

from adapters.dingtalk.settings import DingTalkSettings
from adapters.dingtalk.simulator import DingTalkSettings as Simulated
from adapters.dingtalk.simulator import create_app
from adapters.dingtalk.source import DingTalkSource
from adapters.http import Patience
from adapters.simulation.faults import parse_fault
from domain.observe import Observation
from domain.ports import Finding
from domain.records import DepartmentRecord, MemberRecord, RoleRecord, Roster
from tests.adapters.http.virtual import now, run_virtually

SECRET = "simulated-secret"


class Ledger:
    """What the engine knows: ``turn`` readings are done, ``news`` are new or changed people."""

    def __init__(self, turn: int = 0, news: frozenset[str] = frozenset()) -> None:
        self.turn, self.news = turn, news
        self.compared: list[str] = []

    def changed(self, record: MemberRecord) -> bool:
        self.compared.append(record.id)
        return record.id in self.news


def company(departments: int, members: int, *, roles: int = 0, width: int = 4) -> Roster:
    """Departments in a tree of ``width``, everybody in one of them, everybody with a manager."""
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
        roles=tuple(
            RoleRecord(
                id=f"r{i}",
                name=f"角色{i}",
                group=f"组{i % 3}",
                members=tuple(f"u{n}" for n in range(members) if n % (i + 1) == 0),
            )
            for i in range(roles)
        ),
    )


class SourceDesk:
    """One simulated DingTalk; every ``read`` is a new source."""

    def __init__(self, roster: Roster, simulated: dict[str, Any] | None = None) -> None:
        self.app = create_app(Simulated(**(simulated or {})), roster)
        self.progress: list[tuple[str, int, int | None]] = []
        self.seconds = 0.0

    def fault(self, *texts: str) -> None:
        """Set the simulator's fault dials."""
        self.app.faults.set([parse_fault(text) for text in texts])

    def _with(self, work: Callable[[DingTalkSource], Any], settings: dict[str, Any]) -> Any:
        async def main() -> Any:
            self.app.provider.clock.now = now  # type: ignore[method-assign]
            source = DingTalkSource(
                "dt",
                DingTalkSettings(
                    **{
                        "app_key": "dingsimulatedapp",
                        "app_secret": SECRET,
                        "base_url": "http://sim",
                        "rate": 1000,
                        "max_rate": 0,
                        **settings,
                    }
                ),
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

        def note(what: str, done: int, total: int | None) -> None:
            self.progress.append((what, done, total))

        seen: Observation = self._with(lambda s: s.read(known or Ledger(), note), settings)
        return seen

    def check(self, **settings: Any) -> list[Finding]:
        """One check."""
        findings: list[Finding] = self._with(lambda s: s.check(), settings)
        return findings

    def truth(self, *, system_roles: bool = True) -> Roster:
        """What the simulator holds, by DingTalk's ids."""
        return self.app.provider.roster(own_ids=False, system_roles=system_roles)

    @property
    def directory(self) -> Any:
        """The simulator's own memory, for what its console cannot do."""
        return self.app.provider._world.directory

    @property
    def calls(self) -> dict[str, int]:
        """Calls by interface."""
        return dict(self.app.stats.calls)
