"""given(what was read before).when(what is read now).then(the facts between them).

Every ``when`` also checks what holds always: deciding changes nothing, every prefix of the facts
is a sound organization, and reading the same once more gives no fact.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable
from typing import Any

import msgspec

from domain.decide import Decided, decide
from domain.directory import Directory, Member
from domain.events import Fact
from domain.evolve import evolve
from domain.identity import new_uid
from domain.observe import WHOLE, Coverage, Observation
from domain.records import DepartmentRecord, MemberRecord, Record, RoleRecord
from tests.domain.invariants import assert_sound

ORG, SYSTEM = "acme", "hr"


def dep(record_id: str, parent: str | None = None, **fields: Any) -> DepartmentRecord:
    fields.setdefault("name", record_id.upper())
    return DepartmentRecord(id=record_id, parent_id=parent, **fields)


def person(record_id: str, *departments: str, **fields: Any) -> MemberRecord:
    fields.setdefault("name", record_id.upper())
    return MemberRecord(id=record_id, departments=departments, **fields)


def role(record_id: str, *members: str, **fields: Any) -> RoleRecord:
    fields.setdefault("name", record_id.upper())
    fields.setdefault("members", members)
    return RoleRecord(id=record_id, **fields)


def read(*records: Record, coverage: Coverage = WHOLE, **fields: Any) -> Observation:
    """A reading; of the whole organization, where nothing else is said."""
    return Observation(
        system=SYSTEM,
        coverage=coverage,
        departments=tuple(r for r in records if isinstance(r, DepartmentRecord)),
        members=tuple(r for r in records if isinstance(r, MemberRecord)),
        roles=tuple(r for r in records if isinstance(r, RoleRecord)),
        **fields,
    )


def glimpse(*records: Record, **coverage: Any) -> Observation:
    """A reading that proves nobody's absence, but for what ``coverage`` says."""
    return read(*records, coverage=Coverage(**coverage))


def d(record_id: str) -> str:
    return new_uid(ORG, "department", SYSTEM, record_id, ())


def m(record_id: str) -> str:
    return new_uid(ORG, "member", SYSTEM, record_id, ())


def r(record_id: str) -> str:
    return new_uid(ORG, "role", SYSTEM, record_id, ())


def g(name: str) -> str:
    return new_uid(ORG, "role_group", SYSTEM, f"name:{name}", ())


class Outcome:
    """What a reading led to."""

    def __init__(self, decided: Decided, directory: Directory) -> None:
        self.decided, self.directory = decided, directory

    def then(self, *facts: Fact) -> Outcome:
        assert list(self.decided.facts) == list(facts)
        return self

    def then_among_others(self, *facts: Fact) -> Outcome:
        for fact in facts:
            assert fact in self.decided.facts
        return self

    def nothing_happens(self) -> Outcome:
        return self.then()

    def refusing(self, *whys: str) -> Outcome:
        assert [str(refusal) for refusal in self.decided.refused] == list(whys)
        return self

    def member(self, record_id: str) -> Member:
        return self.directory.members[self.directory.linked(SYSTEM, "member").uids[record_id]]

    def names_of_facts(self) -> list[str]:
        return [fact.TOPIC for fact in self.decided.facts]


class Given:
    """An organization with a past."""

    def __init__(self, directory: Directory) -> None:
        self.directory = directory

    def when(self, observation: Observation) -> Outcome:
        before = copy.deepcopy(self.directory)
        decided = decide(self.directory, observation)
        assert self.directory == before, "deciding changed the directory"
        after = fold(copy.deepcopy(before), decided.facts)
        again = decide(after, observation)
        assert again.facts == (), "the same reading once more gave a fact"
        return Outcome(decided, after)


def given(*past: Observation | Fact) -> Given:
    directory = Directory(org=ORG, name="Acme")
    for step in past:
        if isinstance(step, Observation):
            directory = Given(directory).when(step).directory
        else:
            fold(directory, [step])
    return Given(directory)


def fold(directory: Directory, facts: Iterable[Fact]) -> Directory:
    """Fold facts as the log would give them back, and look at the organization after each."""
    for fact in facts:
        recorded = msgspec.json.decode(msgspec.json.encode(fact), type=type(fact))
        version = directory.next_version(fact.KIND, fact.uid)
        evolve(directory, recorded)
        assert directory.next_version(fact.KIND, fact.uid) == version + 1, "versions must count"
        assert_sound(directory)
    return directory
