"""A source that reads from its provider's simulator in process, in virtual time."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable
from email.utils import formatdate
from typing import Any

import httpx
import msgspec

from adapters.http import Patience
from adapters.simulation.app import SimulatorApp
from adapters.simulation.faults import parse_fault
from domain.observe import Observation
from domain.ports import Finding, KnownDepartment, KnownMember, KnownRole, Source
from domain.records import DepartmentRecord, MemberRecord, RoleRecord, Roster
from tests.adapters.http.virtual import now, run_virtually

SECRET = "simulated-secret"

Rewrite = Callable[[Any], Any]


class Ledger:
    """What the engine knows: ``turn`` readings are done, ``news`` are new or changed people."""

    cursor = ""

    def __init__(
        self,
        turn: int = 0,
        news: frozenset[str] = frozenset(),
        departments: tuple[KnownDepartment, ...] = (),
    ) -> None:
        self.turn, self.news = turn, news
        self._departments = departments
        self.compared: list[str] = []

    def changed(self, record: MemberRecord) -> bool:
        self.compared.append(record.id)
        return record.id in self.news

    def departments(self) -> Iterable[KnownDepartment]:
        return self._departments

    def members(self) -> Iterable[KnownMember]:
        return ()

    def roles(self) -> Iterable[KnownRole]:
        return ()


def company(
    departments: int,
    members: int,
    *,
    roles: int = 0,
    width: int = 4,
    key: Callable[[int], str] = str,
) -> Roster:
    """Departments in a tree of ``width``, everybody in one of them, everybody with a manager.

    ``key`` makes the departments' ids from 100, 101, …
    """
    return Roster(
        departments=tuple(
            DepartmentRecord(
                id=key(100 + i),
                name=f"部门{i}",
                parent_id=None if i < width else key(100 + (i - width) // width),
                leaders=(f"u{i}",) if i < members else (),
                order=i + 1,
            )
            for i in range(departments)
        ),
        members=tuple(
            MemberRecord(
                id=f"u{i}",
                name=f"人{i}",
                departments=(key(100 + i % departments),),
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
                group=f"组{i % 3}",
                members=tuple(f"u{n}" for n in range(members) if n % (i + 1) == 0),
            )
            for i in range(roles)
        ),
    )


class InProcess:
    """One simulated provider; every ``read`` and every ``check`` is by a new source.

    A subclass says how its simulator and its source are made.
    """

    def __init__(
        self, roster: Roster, simulated: dict[str, Any] | None = None, **more: Any
    ) -> None:
        self.app: SimulatorApp = self.simulator({**(simulated or {}), **more}, roster)
        self.progress: list[tuple[str, int, int | None]] = []
        self.seconds = 0.0
        self.ahead = 0.0
        """Seconds by which this machine's clock is ahead of the provider's."""
        self.rewrite: Rewrite | None = None
        """Another form of the same answer, for every answer there is."""

    def simulator(self, settings: dict[str, Any], roster: Roster) -> SimulatorApp:
        raise AssertionError("a desk says which simulator")

    def source(self, settings: dict[str, Any], **manners: Any) -> Source:
        """The source with these settings; ``manners`` are transport, patience, clock and sleep."""
        raise AssertionError("a desk says which source")

    def fault(self, *texts: str) -> None:
        """Set the simulator's fault dials."""
        self.app.faults.set([parse_fault(text) for text in texts])

    def _with(self, work: Callable[[Source], Any], settings: dict[str, Any]) -> Any:
        async def main() -> Any:
            self.app.provider.clock.now = now  # type: ignore[method-assign]
            source = self.source(
                settings,
                transport=_AsOnTheWeb(self.app, self.ahead, self.rewrite),
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

        def note(what: str, done: int, total: int | None) -> None:
            self.progress.append((what, done, total))

        seen: Observation = self._with(lambda s: s.read(ledger, note), settings)
        return seen

    def check(self, **settings: Any) -> list[Finding]:
        """One check."""
        findings: list[Finding] = self._with(lambda s: s.check(), settings)
        return findings

    def truth(self, *, system_roles: bool = True) -> Roster:
        """What the simulator holds, by the provider's ids."""
        return self.app.provider.roster(own_ids=False, system_roles=system_roles)

    @property
    def directory(self) -> Any:
        """The simulator's own memory, for what its console cannot do."""
        return self.app.provider._world.directory  # type: ignore[attr-defined]

    @property
    def calls(self) -> dict[str, int]:
        """Calls by interface."""
        return dict(self.app.stats.calls)


class _AsOnTheWeb(httpx.ASGITransport):
    """Says the time in every answer, as a web server does, and may say it in another form."""

    def __init__(self, app: SimulatorApp, ahead: float, rewrite: Rewrite | None) -> None:
        super().__init__(app)
        self._ahead, self._rewrite = ahead, rewrite

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        response = await super().handle_async_request(request)
        response.headers["date"] = formatdate(time.time() - self._ahead, usegmt=True)
        if self._rewrite is None:
            return response
        content = msgspec.json.encode(self._rewrite(msgspec.json.decode(await response.aread())))
        headers = {**response.headers, "content-length": str(len(content))}
        return httpx.Response(response.status_code, headers=headers, content=content)
