"""Resolve: from an operation in our uids to a change in the target's ids, just before it is sent.

What it needs and is not there yet puts it off; of a list, what is there goes first.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Any

import msgspec
from msgspec import UNSET, UnsetType

from domain.delivery.operation import Action, Change, Operation, Relations
from domain.delivery.state import Result, TargetState


class Resolved(msgspec.Struct, frozen=True, kw_only=True):
    """A change to send, and the operation that it carries out (perhaps in part)."""

    operation: Operation
    change: Change


class PutOff(msgspec.Struct, frozen=True, kw_only=True):
    """An operation that waits. ``silent``: the creation that it waits for tells why."""

    operation: Operation
    why: str
    silent: bool = False


def resolve(operation: Operation, state: TargetState, *, again: bool = False) -> Resolved | PutOff:
    """The change for ``operation``, with everything that is at the target by now.

    ``again``: it may have been carried out by a run that was cut off.
    """
    placed = state.of(operation.kind).get(operation.uid)
    there = placed is not None and not placed.gone
    creating = operation.action is Action.CREATE
    if not creating and not there:
        return PutOff(operation=operation, why="it is not at the target", silent=True)
    relations = _Relations(state)
    wanted = relations.ours(relations.at_creation(operation) if creating else operation.relations)
    if isinstance(wanted, str):
        return PutOff(operation=operation, why=wanted)
    if operation.kind == "department" and relations.below(
        operation.relations.parent, operation.uid
    ):
        return PutOff(operation=operation, why="its parent department still lies below it")
    members = operation.members
    if operation.action is Action.ADD:
        members = tuple(uid for uid in members if state.there("member", uid))
        if not members:
            return PutOff(operation=operation, why="its people are not there", silent=True)
    narrowed = msgspec.structs.replace(operation, relations=wanted, members=members)
    stuck = placed.stuck.get(operation.slot) if placed else None
    change = Change(
        kind=operation.kind,
        action=operation.action,
        uid=operation.uid,
        key=operation.key,
        remote=placed.remote if placed is not None and there else None,
        fields=operation.fields,
        known=placed.fields if placed is not None and there else {},
        relations=relations.theirs(wanted),
        had=relations.theirs(operation.had),
        members=tuple(p.remote for uid in members if (p := state.there("member", uid))),
        former=placed.remote or None if placed is not None and creating else None,
        token=_token(state, operation),
        again=again or (stuck is not None and stuck.result is Result.DEFERRED),
    )
    return Resolved(operation=narrowed, change=change)


def _token(state: TargetState, operation: Operation) -> str:
    """The same for the same step from the same state, so also after a crash between the two."""
    version = state.version(operation.kind, operation.uid)
    seed = f"{state.org}/{state.target}/{operation.digest}/{version}"
    return hashlib.blake2b(seed.encode(), digest_size=16).hexdigest()


class _Relations:
    def __init__(self, state: TargetState) -> None:
        self.state = state

    def at_creation(self, operation: Operation) -> Relations:
        """A creation does not wait for the manager: who is not there is named later."""
        relations = operation.relations
        above = relations.manager
        if above is UNSET or above is None or self.state.there("member", above):
            return relations
        return msgspec.structs.replace(relations, manager=UNSET)

    def ours(self, relations: Relations) -> Relations | str:
        """The part of ``relations`` whose ends are at the target; a sentence if that is none."""
        found = relations.given()
        for name, kind, what in (
            ("parent", "department", "its parent department"),
            ("manager", "member", "its manager"),
            ("group", "role_group", "its role group"),
        ):
            uid = found.get(name)
            if uid is not None and self.state.there(kind, uid) is None:
                return f"{what} is not there yet"
        for name, kind, what in (
            ("departments", "department", "its departments"),
            ("leaders", "member", "its leaders"),
        ):
            uids = found.get(name)
            if uids:
                found[name] = tuple(u for u in uids if self.state.there(kind, u))
                if not found[name]:
                    return f"{what} are not there yet"
        return Relations(**found)

    def below(self, parent: str | UnsetType | None, uid: str) -> bool:
        """Whether the department ``parent`` lies below ``uid`` as long as it was not moved."""
        seen: set[str] = set()
        while isinstance(parent, str) and parent not in seen:
            if parent == uid:
                return True
            seen.add(parent)
            placed = self.state.there("department", parent)
            parent = None if placed is None else placed.relations.parent
        return False

    def theirs(self, relations: Relations) -> Relations:
        """``relations`` in the target's ids; what is not there is left out."""
        return Relations(**{n: self._id(n, value) for n, value in relations.given().items()})

    def _id(self, name: str, value: Any) -> Any:
        match name:
            case "parent":
                return self._one("department", value)
            case "manager":
                return self._one("member", value)
            case "group":
                return self._one("role_group", value)
            case "departments":
                return self._all("department", value)
            case "leaders":
                return self._all("member", value)
            case _:
                return value

    def _one(self, kind: str, uid: str | None) -> str | None:
        placed = None if uid is None else self.state.there(kind, uid)
        return None if placed is None else placed.remote

    def _all(self, kind: str, uids: Iterable[str]) -> tuple[str, ...]:
        return tuple(p.remote for uid in uids if (p := self.state.there(kind, uid)))


def occupied(state: TargetState) -> set[str]:
    """The uids of departments and role groups that something at the target still lies in."""
    found: set[str] = set()
    for kind in ("department", "member", "role"):
        for placed in state.of(kind).values():
            if placed.gone:
                continue
            ties = placed.relations
            found |= {uid for uid in (ties.parent, ties.group) if isinstance(uid, str)}
            if ties.departments is not UNSET:
                found.update(ties.departments)
    return found


def described(relations: Relations) -> dict[str, Any]:
    """Relations for the log."""
    return {n: list(v) if isinstance(v, tuple) else v for n, v in relations.given().items()}
