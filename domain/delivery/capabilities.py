"""What a kind of target can hold: data, on which plan and engine branch; never on its name."""

from __future__ import annotations

from typing import Literal

import msgspec

KINDS = ("role_group", "department", "member", "role")
"""The kinds of things that are delivered."""


class Field(msgspec.Struct, frozen=True, kw_only=True):
    """A field of the target, under the target's own name, and what is written there by default.

    ``default`` is a JMESPath expression over the entity's document (``domain.delivery.document``);
    an empty one means that the field is written only where the configuration maps it.
    """

    name: str
    default: str = ""
    required: bool = False
    """Without a value the record is refused before anything is sent."""
    fixed: bool = False
    """Given at creation and never rewritten: a login name, an id."""
    identity: bool = False
    """Login or mail: not rewritten in the run that adopts an account."""
    remote: bool = False
    """The target's own id. Another value is a step of its own (``rename``), never in the run that
    adopts: it may be refused for good, and nothing else shall wait for it."""
    numbered: bool = False
    """Must be unique at the target: a value that is taken gets a number (``li-2``)."""
    note: str = ""


class TargetCapabilities(msgspec.Struct, frozen=True, kw_only=True):
    """What writing to this kind of system can do."""

    fields: dict[str, tuple[Field, ...]]
    """Per kind; a kind that is absent is not written at all."""
    open_fields: bool = False
    """The configuration may map fields that ``fields`` does not name (LDAP attributes)."""
    nested: bool = True
    """Departments have a parent there."""
    memberships: Literal["member", "department"] = "member"
    """Where a membership is written: in the person's record, or in the department's list."""
    main_department: bool = False
    """A person's first department is marked as the main one."""
    managers: bool = False
    manager_with_record: bool = False
    """A new account can name its manager at once, where the manager's own account is there."""
    leaders: int | None = 0
    """How many leaders a department can have there; None: any number."""
    primary_leader: bool = False
    """The first leader is marked as such; otherwise their order means nothing."""
    leaders_inside: bool = False
    """Only somebody who belongs to the department can lead it."""
    deactivates: bool = True
    """An account can be closed without being deleted."""
    deletes: frozenset[str] = frozenset(KINDS)
    renames: frozenset[str] = frozenset(KINDS)
    """Kinds whose fields can be changed once they exist."""
    sibling_names: str = ""
    """The field that must differ between departments below one parent; empty: none must."""
    reads: bool = True
    """What is there can be read back."""
    serial: frozenset[str] = frozenset()
    """Kinds that are written one at a time."""
    concurrency: int = 8
    """Operations under way at one time; the rate budget is the adapter's own."""
    batch: int = 1
    """Independent changes that one call of ``apply`` takes."""
    chunk: int = 100
    """Members that one change adds to, or removes from, a list."""
    adopt: dict[str, tuple[str, ...]] = {}
    """Per kind the fields by which something that already exists is recognised."""
    caseless_keys: bool = False
    """Of our ids that differ in case only, the target can hold one."""
    why: dict[str, str] = {}
    """By flag: the reason why it is off, or what limits it although it is on."""
    notes: tuple[str, ...] = ()
    """What no flag says."""

    @property
    def flags(self) -> dict[str, bool]:
        """Everything that a target could be able to do, and whether it is, in full.

        The kinds are among them. What depends on something that is not there is not counted
        against it: where no managers are kept, a new account need not name its own.
        """
        kinds = self.fields.keys()
        return {
            **{kind: kind in kinds for kind in KINDS},
            "nested": self.nested,
            "main_department": self.main_department,
            "managers": self.managers,
            "manager_with_record": self.manager_with_record or not self.managers,
            "leaders": self.leaders is None,
            "primary_leader": self.primary_leader or self.leaders in (0, 1),
            "leaders_inside": not self.leaders_inside,
            "deactivates": self.deactivates,
            "deletes": self.deletes >= kinds,
            "renames": self.renames >= kinds,
            "sibling_names": not self.sibling_names,
            "reads": self.reads,
            "serial": not self.serial,
            "open_fields": self.open_fields,
        }

    @property
    def lacking(self) -> tuple[str, ...]:
        """The flags that are off, or on with a limit; each has its reason in ``why``."""
        return tuple(flag for flag, full in self.flags.items() if not full)

    def remote(self, kind: str) -> str:
        """The field that is the target's own id; empty where the target makes ids itself."""
        return next((f.name for f in self.fields.get(kind, ()) if f.remote), "")

    def told_apart(self, remote: str) -> str:
        """An id in the form in which the target tells ids apart."""
        return remote.casefold() if self.caseless_keys else remote

    def field(self, kind: str, name: str) -> Field | None:
        """The field of that name, case ignored; None where there is none."""
        wanted = name.casefold()
        return next((f for f in self.fields.get(kind, ()) if f.name.casefold() == wanted), None)
