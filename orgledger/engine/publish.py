"""Publish: change events from outside, validated as a whole, recorded all or nothing.

An event is written with the sender's own ids::

    {"event": "MemberTransferred", "id": "u1", "departments": ["d2"]}

Its further fields are those of the event of that name (docs/reference/events.md), with record ids
wherever the event has a uid.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

import msgspec

from domain import events as e
from domain.directory import Directory
from domain.envelope import Entry
from domain.errors import ConfigError, InputError
from domain.events import Fact
from domain.evolve import evolve
from domain.identity import new_uid
from domain.records import name_problem
from orgledger.engine.runs import Run
from orgledger.engine.views import Views
from orgledger.ledger import BATCH, Circumstances, Ledger, new_id
from projections.org_tree.rows import GENERIC, Rows

PUBLISHABLE: dict[str, type[Fact]] = {
    cls.TOPIC: cls
    for cls in e.DIRECTORY
    if cls not in (e.OrganizationRegistered, e.SourceScopeChanged, e.RecordLinked, e.RecordUnlinked)
}
_CREATIONS = (e.DepartmentCreated, e.MemberCreated, e.RoleCreated, e.RoleGroupCreated)
_REVIVALS = (e.DepartmentRestored, e.MemberRehired)
_REFERENCES = {
    "parent": "department",
    "departments": "department",
    "main_department": "department",
    "into": "department",
    "leaders": "member",
    "manager": "member",
    "member": "member",
    "group": "role_group",
}


class Published(msgspec.Struct, frozen=True, kw_only=True):
    """The answer to a publication. ``repeated``: it had been taken before, under ``run``."""

    run: str
    events: int
    position: int
    repeated: bool = False


def publish(
    ledger: Ledger,
    views: Views,
    org: str,
    changes: Sequence[Any],
    *,
    name: str,
    actor: str,
    key: str | None = None,
) -> Published:
    """Record ``changes`` for a generic organization (``name``: what to call it when it is new).

    ``key`` is the sender's own for this publication; the digest of the changes by default. A
    publication with a key that was taken before is not recorded again.
    Raises InputError with everything wrong, ConfigError for an organization fed by a provider.
    """
    key = key or hashlib.blake2b(msgspec.json.encode(changes), digest_size=16).hexdigest()
    earlier = _earlier(views, org, key)
    if earlier is not None:
        return Published(
            run=earlier.id, events=earlier.appended, position=earlier.position, repeated=True
        )
    directory = views.directory(org)
    if directory.source is not None:
        raise ConfigError(
            f"the organization {org!r} is kept in {directory.source!r} and is read-only here",
            fix="Make the change there; the next sync brings it.",
        )
    facts = validated(directory, changes, name=name)
    run = new_id("run")
    by = Circumstances(actor=actor, run=run)
    ledger.note(org, e.RunStarted(uid=run, system=GENERIC, mode="publish", key=key), by, 1)
    entries: list[Entry] = ledger.append(directory, facts, by)
    count = len(entries)
    ledger.note(org, e.RunFinished(uid=run, appended=count, acknowledged=count), by, 2)
    return Published(run=run, events=count, position=entries[-1].position if entries else 0)


def _earlier(views: Views, org: str, key: str) -> Run | None:
    for run in views.runs().by_id.values():
        if run.org == org and run.key == key and run.appended:
            return run
    return None


def validated(directory: Directory, changes: Sequence[Any], *, name: str) -> tuple[Fact, ...]:
    """The facts that ``changes`` state, or an InputError that lists everything wrong with them."""
    if len(changes) >= BATCH:
        raise InputError(
            f"a publication has at most {BATCH - 1} events, this one has {len(changes)}",
            fix="Cut it into several, each of which leaves a valid organization.",
        )
    after = msgspec.msgpack.decode(msgspec.msgpack.encode(directory), type=Directory)
    facts: list[Fact] = []
    problems: list[str] = []
    if not after.version:
        registered = e.OrganizationRegistered(uid=directory.org, name=name)
        facts.append(registered)
        evolve(after, registered)
    for number, change in enumerate(changes, 1):
        try:
            fact = _fact(after, change)
        except _WrongError as wrong:
            problems.append(f"event {number}: {wrong}")
        else:
            facts.append(fact)
            evolve(after, fact)
    if problems:
        raise InputError(
            f"{len(problems)} of {len(changes)} events cannot be taken, so none was",
            tuple(problems),
            fix="Mend these and publish again:",
        )
    return tuple(facts)


class _WrongError(Exception):
    """What is wrong with one event."""


def _fact(directory: Directory, change: Any) -> Fact:
    if not isinstance(change, dict):
        raise _WrongError("it is not an object")
    given = dict(change)
    topic, record_id = given.pop("event", None), given.pop("id", None)
    cls = PUBLISHABLE.get(topic) if isinstance(topic, str) else None
    if cls is None:
        raise _WrongError(f"{topic!r} is not an event that can be published")
    if cls.KIND == "organization":
        record_id = directory.org
    if not isinstance(record_id, str) or not record_id:
        raise _WrongError(f"{topic} needs the 'id' of the {cls.KIND} as a text")
    unknown = given.keys() - set(cls.__struct_fields__) | given.keys() & {"uid", "origin"}
    if unknown:
        raise _WrongError(f"{topic} has no field {', '.join(sorted(unknown))}")
    for field, value in given.items():
        if field in _REFERENCES:
            given[field] = _resolved(directory, field, value)
    given["uid"] = _subject(directory, cls, record_id)
    if issubclass(cls, _CREATIONS):
        given["origin"] = {"system": GENERIC, "id": record_id}
    try:
        fact = msgspec.convert(given, cls)
    except msgspec.ValidationError as error:
        raise _WrongError(f"{topic}: {error}") from None
    _check(directory, fact)
    return fact


def _subject(directory: Directory, cls: type[Fact], record_id: str) -> str:
    """The uid of the entity that the event is about."""
    if cls.KIND == "organization":
        return directory.org
    entities: dict[str, Any] = getattr(directory, f"{cls.KIND}s")
    uid = Rows(directory).uid(cls.KIND, record_id)
    present = uid is not None and entities[uid].present
    if issubclass(cls, _CREATIONS):
        if uid is not None and not (cls.KIND in ("role", "role_group") and not present):
            raise _WrongError(f"the {cls.KIND} {record_id!r} exists already")
        return uid or new_uid(directory.org, cls.KIND, GENERIC, record_id, entities)
    if uid is None:
        raise _WrongError(f"there is no {cls.KIND} {record_id!r}")
    if present == issubclass(cls, _REVIVALS):
        state = "is still here" if present else "is no more"
        raise _WrongError(f"the {cls.KIND} {record_id!r} {state}")
    return uid


def _resolved(directory: Directory, field: str, value: Any) -> Any:
    kind = _REFERENCES[field]
    if value is None:
        return None
    if isinstance(value, list):
        return [_reference(directory, kind, item) for item in value]
    return _reference(directory, kind, value)


def _reference(directory: Directory, kind: str, record_id: Any) -> str:
    uid = Rows(directory).uid(kind, record_id) if isinstance(record_id, str) else None
    if uid is None or not getattr(directory, f"{kind}s")[uid].present:
        raise _WrongError(f"there is no {kind.replace('_', ' ')} {record_id!r}")
    return uid


def _check(directory: Directory, fact: Fact) -> None:
    """The invariants of the directory: no cycle, no orphan, a usable name."""
    why = name_problem(name) if isinstance(name := getattr(fact, "name", None), str) else None
    if why:
        raise _WrongError(why)
    if isinstance(fact, e.DepartmentMoved | e.DepartmentRestored):
        step = fact.parent
        while step is not None:
            if step == fact.uid:
                raise _WrongError("the new parent lies below the department itself")
            step = directory.departments[step].parent
    if isinstance(fact, e.DepartmentDeleted | e.DepartmentMerged):
        if any(d.parent == fact.uid for d in directory.present_departments()):
            raise _WrongError("the department still has departments below it; move them first")
        if any(fact.uid in m.departments for m in directory.present_members()):
            raise _WrongError("the department still has members; transfer them first")
    if isinstance(fact, e.MemberCreated | e.MemberTransferred | e.MemberRehired):
        main = fact.main_department
        if main is not None and main not in fact.departments:
            raise _WrongError("the main department is not one of the member's departments")
