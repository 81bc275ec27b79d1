"""A log told line by line, and the audit of it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from domain import events as e
from domain.envelope import Entry, Envelope, address
from domain.events import Fact, Origin

ORG, SOURCE = "acme", "hr"


def origin(record_id: str) -> Origin:
    return Origin(system=SOURCE, id=record_id)


class Story:
    """Entries at ascending positions; ``on`` sets the time of what follows, ``by`` who did it."""

    def __init__(self, org: str = ORG, first: int = 1) -> None:
        self.org, self.entries = org, list[Entry]()
        self._next = first
        self._time = datetime(2026, 1, 1, tzinfo=UTC)
        self._by: dict[str, Any] = {"actor": "schedule"}

    def on(self, moment: str) -> Story:
        time = datetime.fromisoformat(moment)
        self._time = time if time.tzinfo else time.replace(tzinfo=UTC)
        return self

    def by(self, actor: str, **circumstances: Any) -> Story:
        self._by = {"actor": actor, **circumstances}
        return self

    def tell(self, *facts: Fact) -> Story:
        for fact in facts:
            envelope = Envelope(id=f"e-{self._next}", at=self._time, fact=fact, **self._by)
            self.entries.append(Entry(address(self.org, fact), 1, envelope, self._next))
            self._next += 1
        return self

    def registered(self, source: str | None = SOURCE) -> Story:
        return self.tell(e.OrganizationRegistered(uid=self.org, name="Acme", source=source))

    def department(self, uid: str, name: str, parent: str | None = None) -> Story:
        fact = e.DepartmentCreated(uid=uid, name=name, parent=parent, origin=origin(f"#{uid}"))
        return self.tell(fact)

    def member(self, uid: str, name: str, *departments: str, **fields: Any) -> Story:
        fields.setdefault("main_department", departments[0] if departments else None)
        record = origin(f"#{uid}")
        return self.tell(
            e.MemberCreated(uid=uid, name=name, departments=departments, origin=record, **fields)
        )

    def role(self, uid: str, name: str, *members: str) -> Story:
        self.tell(e.RoleCreated(uid=uid, name=name, origin=origin(f"#{uid}")))
        return self.tell(*(e.RoleGranted(uid=uid, member=member) for member in members))


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[misc, arg-type]


def small() -> Story:
    """Research with Platform below it, and Sales; Ann leads Research, Bo works in two."""
    return (
        Story()
        .on("2026-01-05 09:00")
        .by("schedule", run="run-1", source="hr")
        .registered()
        .department("d-r", "Research")
        .department("d-p", "Platform", "d-r")
        .department("d-s", "Sales")
        .member("m-a", "Ann", "d-r", email="ann@acme.example")
        .member("m-b", "Bo", "d-p", "d-s")
        .tell(e.DepartmentLeadersChanged(uid="d-r", leaders=("m-a",)))
        .role("r-1", "Auditor", "m-b")
    )
