"""Publish: change events from outside, validated as a whole.

An event is written with the sender's own ids::

    {"event": "MemberTransferred", "id": "u1", "departments": ["d2"]}

Its further fields are those of the event of that name (docs/reference/events.md), with record ids
wherever the event has a uid.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
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
from orgledger.engine.documents import LISTED, listed
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

_QUOTED = 64
"""Characters of a text that are repeated in what is said about it."""

_ID = re.compile(r"[^\x00-\x1f\x7f-\x9f]{1,255}")
"""An id that is made: as long as a name at most, and as fit for a terminal."""


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
    wrong_ones = 0
    if not after.version:
        facts.append(e.OrganizationRegistered(uid=directory.org, name=name))
        evolve(after, facts[0])
    for number, change in enumerate(changes, 1):
        try:
            fact = _fact(after, change)
        except _WrongError as wrong:
            problems += [f"event {number}: {problem}" for problem in wrong.problems]
            wrong_ones += 1
            continue
        for stated in (*_consequences(after, fact), fact):
            facts.append(stated)
            evolve(after, stated)
    if problems:
        raise InputError(
            f"{wrong_ones} of {len(changes)} events cannot be taken, so none was",
            tuple(listed(problems, BATCH)),
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
    """Everything that is wrong with one event."""

    def __init__(self, *problems: str) -> None:
        super().__init__(*problems)
        self.problems = problems


def _fact(directory: Directory, change: Any) -> Fact:
    if not isinstance(change, dict):
        raise _WrongError("it is not an object")
    given = dict(change)
    topic, record_id = given.pop("event", None), given.pop("id", None)
    cls = PUBLISHABLE.get(topic) if isinstance(topic, str) else None
    if cls is None:
        hint = nearest(topic, list(PUBLISHABLE)) if isinstance(topic, str) else ""
        raise _WrongError(f"'event' is not the name of one that can be published{hint}")
    known = [f for f in msgspec.structs.fields(cls) if f.name not in ("uid", "origin")]
    problems = list(_misfits(cls, known, given))
    try:
        uid = _subject(directory, cls, record_id)
    except _WrongError as wrong:
        problems += wrong.problems
    for field in known:
        if field.name in given:
            try:
                given[field.name] = _value(directory, cls, field, given[field.name])
            except _WrongError as wrong:
                problems += wrong.problems
    if problems:
        raise _WrongError(*problems)
    if issubclass(cls, _CREATIONS):
        given["origin"] = {"system": GENERIC, "id": record_id}
    fact = msgspec.convert({**given, "uid": uid}, cls)
    try:
        msgspec.msgpack.encode(fact)
    except OverflowError:
        raise _WrongError(f"{topic}: a number in it is too large") from None
    if problems := list(_broken(directory, fact)):
        raise _WrongError(*problems)
    return fact


def _misfits(
    cls: type[Fact], known: Sequence[msgspec.structs.FieldInfo], given: Mapping[str, Any]
) -> Iterator[str]:
    """The fields that the event does not have, and those that it must have."""
    names = [field.name for field in known]
    unknown = [name for name in given if name not in names]
    for name in unknown[:LISTED]:
        yield f"{cls.TOPIC} has no field {_quoted(name)}{nearest(name, names) if names else ''}"
    if len(unknown) > LISTED:
        yield f"{cls.TOPIC} has {len(unknown) - LISTED} more fields that it cannot have"
    for field in known:
        if field.required and field.name not in given and not unknown:  # one may be meant for it
            yield f"{cls.TOPIC}: Object missing required field `{field.name}`"


def _value(
    directory: Directory, cls: type[Fact], field: msgspec.structs.FieldInfo, value: Any
) -> Any:
    """What is given for a field, with uids for the sender's ids."""
    if field.name in _REFERENCES:
        value = _resolved(directory, field.name, value)
    try:
        msgspec.convert(value, field.type)
    except msgspec.ValidationError as error:
        what, _, inside = str(error).partition(" - at `$")
        where = f"$.{field.name}{inside.rstrip('`')}"
        raise _WrongError(f"{cls.TOPIC}: {what} - at `{where}`") from None
    if field.name == "name" and (why := name_problem(value)):
        raise _WrongError(why)
    return value


def _quoted(text: str) -> str:
    """A text of the sender's, as far as it has to be repeated."""
    return repr(text if len(text) <= _QUOTED else f"{text[:_QUOTED]}…")


def _words(kind: str) -> str:
    return kind.replace("_", " ")


def _subject(directory: Directory, cls: type[Fact], record_id: Any) -> str:
    """The uid of the entity that the event is about."""
    if cls.KIND == "organization":
        return directory.org
    if not isinstance(record_id, str) or not record_id.strip():
        raise _WrongError(f"{cls.TOPIC} needs the 'id' of the {_words(cls.KIND)} as a text")
    entities: dict[str, Any] = getattr(directory, f"{cls.KIND}s")
    uid = Rows(directory).uid(cls.KIND, record_id)
    present = uid is not None and entities[uid].present
    what = f"the {_words(cls.KIND)} {_quoted(record_id)}"
    if issubclass(cls, _CREATIONS):
        revival = _REVIVAL.get(cls.KIND)
        if present:
            raise _WrongError(f"{what} exists already")
        if uid is not None and revival is not None:
            raise _WrongError(f"{what} was here before; publish {revival.TOPIC} to bring it back")
        if not _ID.fullmatch(record_id):
            raise _WrongError(
                f"the id {_quoted(record_id)} has control characters, or more than 255 characters"
            )
        return uid or new_uid(directory.org, cls.KIND, GENERIC, record_id, entities)
    if uid is None:
        raise _WrongError(f"there is no {_words(cls.KIND)} {_quoted(record_id)}")
    if present == issubclass(cls, _REVIVALS):
        raise _WrongError(f"{what} {'is still here' if present else 'is no more'}")
    return uid


def _resolved(directory: Directory, field: str, value: Any) -> Any:
    kind = _REFERENCES[field]
    if value is None:
        return None
    if not isinstance(value, list):
        return _reference(directory, kind, value)
    uids, problems = [], list[str]()
    for item in value:
        try:
            uids.append(_reference(directory, kind, item))
        except _WrongError as wrong:
            problems += wrong.problems
    if len(set(uids)) < len(uids):
        problems.append(f"{field} names the same {_words(kind)} twice")
    if problems:
        raise _WrongError(*listed(problems))
    return uids


def _reference(directory: Directory, kind: str, record_id: Any) -> str:
    if not isinstance(record_id, str):
        raise _WrongError(f"the id of a {_words(kind)} is a text")
    uid = Rows(directory).uid(kind, record_id)
    if uid is None or not getattr(directory, f"{kind}s")[uid].present:
        raise _WrongError(f"there is no {_words(kind)} {_quoted(record_id)}")
    return uid


def _broken(directory: Directory, fact: Fact) -> Iterator[str]:
    """Which invariants of the directory it would break: no cycle, no orphan."""
    if isinstance(fact, e.DepartmentMoved | e.DepartmentRestored):
        step = fact.parent
        while step is not None and step != fact.uid:
            step = directory.departments[step].parent
        if step is not None:
            yield "the new parent is the department itself or lies below it"
    if isinstance(fact, e.DepartmentDeleted | e.DepartmentMerged):
        if any(d.parent == fact.uid for d in directory.present_departments()):
            yield "the department still has departments below it; move them first"
        if any(fact.uid in m.departments for m in directory.present_members()):
            yield "the department still has members; transfer them first"
    if isinstance(fact, e.DepartmentMerged) and fact.into == fact.uid:
        yield "a department cannot be merged into itself"
    if isinstance(fact, e.MemberManagerChanged) and fact.manager == fact.uid:
        yield "nobody is their own manager"
    if isinstance(fact, e.MemberCreated | e.MemberTransferred | e.MemberRehired):
        main = fact.main_department
        if main is not None and main not in fact.departments:
            yield "the main department is not one of the member's departments"


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
