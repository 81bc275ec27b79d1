"""Publish: change events from outside, validated as a whole.

An event is written with the sender's own ids::

    {"event": "MemberTransferred", "id": "u1", "departments": ["d2"]}

Its further fields are those of the event of that name (docs/reference/events.md), with record ids
wherever the event has a uid.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from domain import events as e
from domain.directory import Directory, Links
from domain.errors import ConfigError, InputError
from domain.events import Fact
from domain.evolve import evolve
from domain.identity import GENERIC, new_uid
from domain.records import name_problem
from domain.rows import Rows
from orgledger.config import nearest
from orgledger.ledger import BATCH

PUBLISHABLE: dict[str, type[Fact]] = {
    cls.TOPIC: cls
    for cls in e.DIRECTORY
    if cls not in (e.OrganizationRegistered, e.SourceScopeChanged, e.RecordLinked, e.RecordUnlinked)
}
_CREATIONS = (e.DepartmentCreated, e.MemberCreated, e.RoleCreated, e.RoleGroupCreated)
_REVIVALS = (e.DepartmentRestored, e.MemberRehired)
_REVIVAL: dict[str, type[Fact]] = {"department": e.DepartmentRestored, "member": e.MemberRehired}
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


_LISTED = 20
"""Lines of a document that are named, of those that are not JSON."""


def changes_of(data: bytes, what: str) -> list[Any]:
    """The changes in a document: JSON (an event, or a list of them) or JSON lines.

    Raises InputError that names every line that is none; ``what`` is what it calls the document.
    """
    try:
        document = msgspec.json.decode(data)
        return document if isinstance(document, list) else [document]
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return _lines(data, what)


def _lines(data: bytes, what: str) -> list[Any]:
    changes, problems = [], []
    for number, line in enumerate(data.splitlines(), 1):
        if line.strip():
            try:
                changes.append(msgspec.json.decode(line))
            except (msgspec.DecodeError, UnicodeDecodeError) as error:
                problems.append(f"line {number}: {error}")
            except RecursionError:
                problems.append(f"line {number}: it is nested too deeply")
    if len(problems) > _LISTED:
        problems[_LISTED:] = [f"… and {len(problems) - _LISTED} more"]
    if problems:
        raise InputError(
            f"{what} is not JSON, nor JSON lines", tuple(problems), fix="Mend these lines:"
        )
    return changes


def validated(directory: Directory, changes: Sequence[Any], *, name: str) -> tuple[Fact, ...]:
    """The facts that ``changes`` state, or an InputError that lists everything wrong with them."""
    if directory.source is not None:
        raise ConfigError(
            f"the organization {directory.org!r} is kept in {directory.source!r} and is read-only "
            "here",
            fix="Make the change there; the next sync brings it.",
        )
    if not changes:
        raise InputError("there is no event in it", fix="Give at least one.")
    if len(changes) > BATCH:
        raise _too_many(len(changes))
    after = _copy(directory)
    facts: list[Fact] = []
    problems: list[str] = []
    if not after.version:
        facts.append(e.OrganizationRegistered(uid=directory.org, name=name))
        evolve(after, facts[0])
    for number, change in enumerate(changes, 1):
        try:
            fact = _fact(after, change)
        except _WrongError as wrong:
            problems.append(f"event {number}: {wrong}")
            continue
        for stated in (*_consequences(after, fact), fact):
            facts.append(stated)
            evolve(after, stated)
    if problems:
        raise InputError(
            f"{len(problems)} of {len(changes)} events cannot be taken, so none was",
            tuple(problems),
            fix="Mend these and publish again:",
        )
    if len(facts) > BATCH:
        raise _too_many(len(facts))
    return tuple(facts)


def _too_many(made: int) -> InputError:
    return InputError(
        f"a publication has at most {BATCH} events, this one makes {made}",
        fix="Cut it into several, each of which leaves a valid organization.",
    )


def _copy(directory: Directory) -> Directory:
    """A directory to try things on; the entities are values and are shared."""
    return msgspec.structs.replace(
        directory,
        departments=dict(directory.departments),
        members=dict(directory.members),
        role_groups=dict(directory.role_groups),
        roles=dict(directory.roles),
        grants={uid: set(holders) for uid, holders in directory.grants.items()},
        links={
            key: Links(dict(links.uids), dict(links.ids), dict(links.keys))
            for key, links in directory.links.items()
        },
        scopes=dict(directory.scopes),
    )


class _WrongError(Exception):
    """What is wrong with one event."""


def _fact(directory: Directory, change: Any) -> Fact:
    if not isinstance(change, dict):
        raise _WrongError("it is not an object")
    given = dict(change)
    topic, record_id = given.pop("event", None), given.pop("id", None)
    cls = PUBLISHABLE.get(topic) if isinstance(topic, str) else None
    if cls is None:
        hint = nearest(topic, list(PUBLISHABLE)) if isinstance(topic, str) else ""
        raise _WrongError(f"'event' is not the name of one that can be published{hint}")
    if cls.KIND == "organization":
        record_id = directory.org
    if not isinstance(record_id, str) or not record_id.strip():
        raise _WrongError(f"{topic} needs the 'id' of the {_words(cls.KIND)} as a text")
    known = [field for field in cls.__struct_fields__ if field not in ("uid", "origin")]
    for field in given:
        if field not in known:
            hint = nearest(field, known) if known else ""
            raise _WrongError(f"{topic} has no field {field!r}{hint}")
    for field, value in given.items():
        if field in _REFERENCES:
            given[field] = _resolved(directory, field, value)
    given["uid"] = _subject(directory, cls, record_id)
    if issubclass(cls, _CREATIONS):
        given["origin"] = {"system": GENERIC, "id": record_id}
    try:
        fact = msgspec.convert(given, cls)
        msgspec.msgpack.encode(fact)
    except msgspec.ValidationError as error:
        raise _WrongError(f"{topic}: {error}") from None
    except OverflowError:
        raise _WrongError(f"{topic}: a number in it is too large") from None
    _check(directory, fact)
    return fact


def _words(kind: str) -> str:
    return kind.replace("_", " ")


def _subject(directory: Directory, cls: type[Fact], record_id: str) -> str:
    """The uid of the entity that the event is about."""
    if cls.KIND == "organization":
        return directory.org
    entities: dict[str, Any] = getattr(directory, f"{cls.KIND}s")
    uid = Rows(directory).uid(cls.KIND, record_id)
    present = uid is not None and entities[uid].present
    what = f"the {_words(cls.KIND)} {record_id!r}"
    if issubclass(cls, _CREATIONS):
        revival = _REVIVAL.get(cls.KIND)
        if present:
            raise _WrongError(f"{what} exists already")
        if uid is not None and revival is not None:
            raise _WrongError(f"{what} was here before; publish {revival.TOPIC} to bring it back")
        return uid or new_uid(directory.org, cls.KIND, GENERIC, record_id, entities)
    if uid is None:
        raise _WrongError(f"there is no {_words(cls.KIND)} {record_id!r}")
    if present == issubclass(cls, _REVIVALS):
        raise _WrongError(f"{what} {'is still here' if present else 'is no more'}")
    return uid


def _resolved(directory: Directory, field: str, value: Any) -> Any:
    kind = _REFERENCES[field]
    if value is None:
        return None
    if isinstance(value, list):
        uids = [_reference(directory, kind, item) for item in value]
        if len(set(uids)) < len(uids):
            raise _WrongError(f"{field} names the same {_words(kind)} twice")
        return uids
    return _reference(directory, kind, value)


def _reference(directory: Directory, kind: str, record_id: Any) -> str:
    if not isinstance(record_id, str):
        raise _WrongError(f"the id of a {_words(kind)} is a text")
    uid = Rows(directory).uid(kind, record_id)
    if uid is None or not getattr(directory, f"{kind}s")[uid].present:
        raise _WrongError(f"there is no {_words(kind)} {record_id!r}")
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
                raise _WrongError("the new parent is the department itself or lies below it")
            step = directory.departments[step].parent
    if isinstance(fact, e.DepartmentDeleted | e.DepartmentMerged):
        if any(d.parent == fact.uid for d in directory.present_departments()):
            raise _WrongError("the department still has departments below it; move them first")
        if any(fact.uid in m.departments for m in directory.present_members()):
            raise _WrongError("the department still has members; transfer them first")
    if isinstance(fact, e.DepartmentMerged) and fact.into == fact.uid:
        raise _WrongError("a department cannot be merged into itself")
    if isinstance(fact, e.MemberManagerChanged) and fact.manager == fact.uid:
        raise _WrongError("nobody is their own manager")
    if isinstance(fact, e.MemberCreated | e.MemberTransferred | e.MemberRehired):
        main = fact.main_department
        if main is not None and main not in fact.departments:
            raise _WrongError("the main department is not one of the member's departments")


def _consequences(directory: Directory, fact: Fact) -> list[Fact]:
    """What follows from a fact and is recorded before it: who left leads and holds nothing."""
    gone = fact.uid
    if isinstance(fact, e.RoleGroupDeleted):
        roles = [role for role in directory.present_roles() if role.group == gone]
        return [e.RoleRegrouped(uid=role.uid, group=None) for role in roles]
    if not isinstance(fact, e.MemberResigned):
        return []
    follows: list[Fact] = []
    if gone in directory.leaders:
        others = tuple(uid for uid in directory.leaders if uid != gone)
        follows.append(e.OrganizationLeaderChanged(uid=directory.org, leaders=others))
    for department in directory.present_departments():
        if gone in department.leaders:
            others = tuple(uid for uid in department.leaders if uid != gone)
            follows.append(e.DepartmentLeadersChanged(uid=department.uid, leaders=others))
    reports = [m for m in directory.present_members() if m.manager == gone != m.uid]
    follows += [e.MemberManagerChanged(uid=member.uid, manager=None) for member in reports]
    held = [uid for uid, holders in directory.grants.items() if gone in holders]
    follows += [e.RoleRevoked(uid=uid, member=gone) for uid in held]
    return follows
