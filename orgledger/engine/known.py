"""What a source may ask about the ledger; see domain.ports.Known."""

from __future__ import annotations

from collections.abc import Iterable

from domain.decide import News
from domain.decide.placed import (
    known_department,
    known_departments,
    known_member,
    known_members,
    known_role,
    known_roles,
)
from domain.directory import Directory
from domain.ports import KnownDepartment, KnownMember, KnownPlace, KnownRole
from domain.records import MemberRecord


class Knowledge:
    """One organization as the ledger has it before a reading, in the words of ``system``."""

    def __init__(self, directory: Directory, system: str, turn: int, cursor: str) -> None:
        self.turn, self.cursor = turn, cursor
        self._news = News(directory, system)
        self._directory, self._system = directory, system

    def changed(self, record: MemberRecord) -> bool:
        return self._news.tells(record)

    def departments(self) -> Iterable[KnownDepartment]:
        return known_departments(self._directory, self._system)

    def members(self) -> Iterable[KnownMember]:
        return known_members(self._directory, self._system)

    def roles(self) -> Iterable[KnownRole]:
        return known_roles(self._directory, self._system)

    def department(self, record_id: str) -> KnownPlace | None:
        return known_department(self._directory, self._system, record_id)

    def member(self, record_id: str) -> KnownMember | None:
        return known_member(self._directory, self._system, record_id)

    def role(self, record_id: str) -> KnownRole | None:
        return known_role(self._directory, self._system, record_id)
