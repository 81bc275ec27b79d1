"""Operations: what is to be done at a target, and what an adapter is handed to do it.

An operation speaks in the ledger's uids. Just before it is sent it becomes a change, which
speaks in the target's own ids.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from enum import StrEnum
from typing import Any

import msgspec
from msgspec import UNSET, UnsetType

_encode = msgspec.json.Encoder(order="sorted").encode


class Action(StrEnum):
    """``relate`` sets managers and leaders, once everybody is there.

    ``add`` and ``remove`` change a list of members: of a role, or of a department where the
    target keeps memberships there. ``adopt`` links something that exists; nothing is sent.
    ``rename`` changes the target's own id.
    """

    ADOPT = "adopt"
    CREATE = "create"
    RENAME = "rename"
    UPDATE = "update"
    MOVE = "move"
    RELATE = "relate"
    REACTIVATE = "reactivate"
    ADD = "add"
    REMOVE = "remove"
    DEACTIVATE = "deactivate"
    DELETE = "delete"


class Relations(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Ties to other things and the account's state; absent ones stay as they are.

    In operations and in the log the values are uids, in changes and inventories the target's ids.
    """

    parent: str | UnsetType | None = UNSET
    """Of a department; None: at the top."""
    departments: tuple[str, ...] | UnsetType = UNSET
    """All memberships of a person, the main one first where the target knows one."""
    manager: str | UnsetType | None = UNSET
    leaders: tuple[str, ...] | UnsetType = UNSET
    """Of a department, the primary one first where the target knows one."""
    group: str | UnsetType | None = UNSET
    """Of a role."""
    active: bool | UnsetType = UNSET
    """Whether a person can sign in."""

    def given(self) -> dict[str, Any]:
        """The relations that are set, by name."""
        return {
            name: value
            for name in self.__struct_fields__
            if (value := getattr(self, name)) is not UNSET
        }

    def merged(self, later: Relations) -> Relations:
        """These relations after ``later``."""
        return msgspec.structs.replace(self, **later.given())


NONE = Relations()


class Operation(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One step towards the desired organization, in uids.

    ``key`` is the entity's id in its source, ``remote`` its id at the target (None before it is
    created). ``fields`` and ``relations`` are the new values, ``was`` and ``had`` what they were.
    ``members`` are those that ``add`` and ``remove`` are about. ``stage`` orders a plan: what has
    the same does not depend on each other. ``reason`` says why, where the action alone does not.
    """

    kind: str
    uid: str
    action: Action
    key: str
    remote: str | None = None
    fields: dict[str, Any] = {}
    was: dict[str, Any] = {}
    relations: Relations = NONE
    had: Relations = NONE
    members: tuple[str, ...] = ()
    leaver: bool = False
    stage: int = 0
    reason: str = ""

    @property
    def slot(self) -> str:
        """The name under which the entity keeps what became of this step, if it failed."""
        return slot(self.action, self.members)

    @property
    def digest(self) -> str:
        """Stands for exactly this step: what is to be written, not what was there before.

        The target's id is not part of it: something that was just made has none in its plan.
        """
        content = (self.kind, self.uid, self.action, self.fields, self.relations, self.members)
        return hashlib.blake2b(_encode(content), digest_size=12).hexdigest()


def slot(action: str, members: Sequence[str]) -> str:
    """The name of a step within its entity; a list's single member has one of its own."""
    return f"{action}:{members[0]}" if len(members) == 1 else str(action)


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """An operation as an adapter gets it: every id is the target's own.

    ``had`` are the relations that we had put there ourselves: memberships beyond them are not
    ours and stay. ``former`` is the id of a deleted account of the same person, for a target that
    can bring it back. ``token`` is the same whenever this very step is tried again.
    ``again`` says that an earlier try may have been carried out although no answer came.
    """

    kind: str
    action: Action
    uid: str
    key: str
    remote: str | None
    fields: dict[str, Any] = {}
    known: dict[str, Any] = {}
    """All fields as we last wrote or read them, for targets that take whole records."""
    relations: Relations = NONE
    had: Relations = NONE
    members: tuple[str, ...] = ()
    former: str | None = None
    token: str = ""
    again: bool = False


class Acknowledged(msgspec.Struct, frozen=True, kw_only=True):
    """The target did it. ``remote`` is the id there, ``warning`` what it did not take with it."""

    remote: str
    warning: str = ""


class Present(msgspec.Struct, frozen=True, kw_only=True):
    """Something that is at the target. Relations and ``members`` are the target's ids.

    ``key`` is our own id, where the target keeps it. ``fields`` has the target's fields in the
    form in which ``Target.fit`` gives them, so that both can be compared.
    """

    remote: str
    key: str | None = None
    fields: dict[str, Any] = {}
    relations: Relations = NONE
    members: frozenset[str] | None = None
    """Of a role, or of a department that keeps its memberships; None: not read."""


class Inventory(msgspec.Struct, frozen=True, kw_only=True):
    """What a target holds. Only a kind in ``complete`` can miss something.

    ``gaps`` are the parts that could not be read, each with the reason.
    """

    present: dict[str, tuple[Present, ...]]
    """Per kind."""
    complete: frozenset[str]
    gaps: tuple[str, ...] = ()


class Fitted(msgspec.Struct, frozen=True, kw_only=True):
    """Values in the form that the target takes; ``problems`` are reasons why it cannot take it."""

    fields: dict[str, Any]
    problems: tuple[str, ...] = ()
