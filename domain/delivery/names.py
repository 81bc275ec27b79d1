"""Names that must be unique at a target: logins get a number, departments give way."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import UNSET

from domain.delivery import order
from domain.delivery.capabilities import Field
from domain.delivery.desired import Desired
from domain.delivery.operation import Action, Operation, Relations
from domain.delivery.state import Placed, TargetState

_SHORT = 40
"""Characters of a name that a temporary one keeps, so that it stays within every limit."""


class Names:
    """The values that are taken, per kind and field; letter case is ignored."""

    def __init__(self) -> None:
        self._taken: dict[tuple[str, str], set[str]] = {}
        self._states: dict[tuple[str, str], TargetState] = {}
        """Where the values are that nobody has asked for yet: most small plans never do."""

    def take(self, kind: str, field: str, value: object) -> None:
        """Note that a value is taken."""
        if isinstance(value, str) and value:
            self._taken.setdefault((kind, field), set()).add(value.casefold())

    def placed(self, kind: str, fields: Sequence[Field], state: TargetState) -> None:
        """Note the values of everything of a kind that we have put there."""
        self._states.update({(kind, f.name): state for f in fields if f.numbered})

    def _known(self, kind: str, field: str) -> set[str]:
        """The values that are taken."""
        state = self._states.pop((kind, field), None)
        for entity in state.of(kind).values() if state is not None else ():
            if not entity.gone:
                self.take(kind, field, entity.fields.get(field))
        return self._taken.setdefault((kind, field), set())

    def copy(self) -> Names:
        """The same names, to be added to."""
        names = Names()
        names._taken = {key: set(values) for key, values in self._taken.items()}
        names._states = dict(self._states)
        return names

    def free(self, kind: str, fields: Sequence[Field], values: dict[str, Any]) -> dict[str, Any]:
        """``values`` to be written; a numbered one that is taken gets the next free number."""
        for field in fields:
            value = values.get(field.name)
            if not field.numbered or not isinstance(value, str) or not value:
                continue
            taken = self._known(kind, field.name)
            free, number = value, 1
            while free.casefold() in taken:
                number += 1
                free = f"{value}-{number}"
            taken.add(free.casefold())
            if free != value:
                values = {**values, field.name: free}
        return values


def has(known: object, value: object) -> bool:
    """Whether ``known`` is ``value``, perhaps with a number that keeps it apart from others."""
    if not (isinstance(known, str) and isinstance(value, str)):
        return known == value
    plain, _, number = known.rpartition("-")
    kept, new = known.casefold(), value.casefold()
    return kept == new or (number.isdecimal() and plain.casefold() == new)


Place = tuple[str | None, str]
"""A parent and a name below it."""


class Siblings:
    """Departments below one parent, at a target where their names must differ.

    A department that holds a name which another one is about to get, and leaves it later in the
    same plan, takes a temporary name first.
    """

    def __init__(self, field: str, desired: Desired, placed: Mapping[str, Placed]) -> None:
        self._field, self._desired, self._placed = field, desired, placed
        self._wanted = desired.of("department")
        self.yielded: dict[str, str] = {}
        """Department uid to its temporary name."""

    def give_way(self) -> list[Operation]:
        """The operations that free the names."""
        holders = {
            _place(p.relations, p.fields, self._field): uid for uid, p in self._placed.items()
        }
        found = []
        for uid, wanted in self._wanted.items():
            place = _place(wanted.relations, wanted.fields, self._field)
            holder = holders.get(place)
            if holder in (None, uid) or self._keeps(holder, place):
                continue
            found.append(self._yields(holder, place))
        return found

    def _keeps(self, uid: str, place: Place) -> bool:
        """Whether a department stays where it is: two that want one place are not ours to solve."""
        if not self._desired.seen(uid):
            return True
        wanted = self._wanted.get(uid)
        return wanted is not None and _place(wanted.relations, wanted.fields, self._field) == place

    def _yields(self, uid: str, place: Place) -> Operation:
        placed, name = self._placed[uid], f"{place[1][:_SHORT]}~{uid[-4:]}"
        self.yielded[uid] = name
        wanted = self._wanted.get(uid)
        return Operation(
            kind="department",
            uid=uid,
            action=Action.UPDATE,
            key=wanted.key if wanted else uid,
            remote=placed.remote,
            fields={self._field: name},
            was={self._field: place[1]},
            stage=order.GIVE_WAY,
            reason="its name is needed by another department",
        )


def _place(relations: Relations, fields: dict[str, Any], field: str) -> Place:
    parent = None if relations.parent is UNSET else relations.parent
    return parent, str(fields.get(field) or "")
