"""A source that shows what it is told to show."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec.structs import replace

from domain.observe import WHOLE, Coverage, Gap, Observation
from domain.ports import Finding, Known, Progress, SourceCapabilities
from domain.records import DepartmentRecord, MemberRecord, RoleRecord, Roster


class FakeSource:
    """Shows ``roster`` under ``coverage``; raises ``fault`` instead when there is one."""

    capabilities = SourceCapabilities()

    def __init__(self, roster: Roster, coverage: Coverage = WHOLE) -> None:
        self.roster, self.coverage = roster, coverage
        self.gaps: tuple[Gap, ...] = ()
        self.cursor = ""
        self.fault: Exception | None = None
        self.readings = 0
        self.known: Known | None = None

    async def check(self) -> list[Finding]:
        return [Finding(level="ok", subject="fake", text="always there")]

    async def read(self, known: Known, progress: Progress) -> Observation:
        self.known, self.readings = known, self.readings + 1
        if self.fault is not None:
            raise self.fault
        progress("members", len(self.roster.members), len(self.roster.members))
        return Observation(
            system="hr",
            coverage=self.coverage,
            departments=self.roster.departments,
            members=self.roster.members,
            roles=self.roster.roles,
            gaps=self.gaps,
            calls=1,
            cursor=self.cursor,
        )

    async def close(self) -> None:
        pass

    def without(self, *ids: str) -> None:
        """The people with these ids are no longer shown."""
        members = tuple(m for m in self.roster.members if m.id not in ids)
        self.roster = replace(self.roster, members=members)


def company(people: int = 20, departments: Sequence[str] = ("d1", "d2")) -> Roster:
    """So many people, dealt to the departments in turn; the first of each leads it."""
    return Roster(
        departments=tuple(
            DepartmentRecord(id=d, name=f"Department {d}", parent_id=None, leaders=(f"u{i}",))
            for i, d in enumerate(departments)
        ),
        members=tuple(
            MemberRecord(
                id=f"u{i}",
                name=f"Person {i}",
                departments=(departments[i % len(departments)],),
                email=f"u{i}@example.com",
            )
            for i in range(people)
        ),
        roles=(RoleRecord(id="r1", name="Auditor", group="Audit", members=("u0", "u1")),),
    )
