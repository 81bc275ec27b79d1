"""Rows: what all three forms of a roster are brought to before they are checked."""

from __future__ import annotations

from typing import Any, NamedTuple, TypeVar

import msgspec

from domain.records import Record, Roster

R = TypeVar("R", bound=Record)


class Row(NamedTuple):
    """One row. ``where`` names it for people; absent ``values`` are unknown, None is empty."""

    where: str
    values: dict[str, Any]


class Rows(msgspec.Struct):
    """The rows of a file. ``roles`` is None where the file does not speak of roles at all."""

    departments: list[Row] = []
    members: list[Row] = []
    roles: list[Row] | None = None


class Listed(dict[str, R]):
    """Records by id, and for messages the row in which each was met first."""

    def __init__(self) -> None:
        super().__init__()
        self.where: dict[str, str] = {}
        self.merged = 0
        self.spoiled: set[str] = set()
        """Ids of rows with a problem of their own: they exist, so others may name them."""


class Reading(msgspec.Struct, frozen=True):
    """A sound roster. ``roles``: whether it speaks of roles; ``notes``: what was put right."""

    roster: Roster
    roles: bool = True
    notes: tuple[str, ...] = ()
