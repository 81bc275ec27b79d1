"""The entries of one round of a delta query, folded into one for each object. Pure.

An object may come several times and in any order, with other properties and further members each
time; the last word counts (Graph v1.0, delta query overview). A property that is not there did
not change, or never had a value; one that is null is empty now.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec

from adapters.entra import wire
from adapters.http import decoded, decoder

NAVIGATION = ("manager", "members", "owners")


class Tie(msgspec.Struct, frozen=True):
    """Another object that ``added`` or lost its place; ``kind`` such as ``#microsoft.graph.user``
    in lower case."""

    kind: str
    added: bool


class Entry(msgspec.Struct):
    """What became of one object. ``ties`` has other objects' ids by navigation property."""

    id: str
    props: dict[str, Any] = {}
    ties: dict[str, dict[str, Tie]] = {}
    removed: bool = False


def fold(rows: Iterable[msgspec.Raw]) -> tuple[dict[str, Entry], int]:
    """The entries by id, and how many rows have an unknown shape."""
    found: dict[str, Entry] = {}
    bad = 0
    for raw in rows:
        try:
            change = decoded(decoder(wire.Change), raw)
            props = decoder(dict[str, Any]).decode(raw)
        except msgspec.ValidationError:
            bad += 1
            continue
        entry = found.get(change.id)
        if entry is None or change.removed is not None or entry.removed:
            entry = found[change.id] = Entry(change.id, removed=change.removed is not None)
        if not entry.removed:
            _learn(entry, change, props)
    return found, bad


def _learn(entry: Entry, change: wire.Change, props: dict[str, Any]) -> None:
    entry.props |= {
        name: value
        for name, value in props.items()
        if "@" not in name and name not in ("id", *NAVIGATION)
    }
    for name in NAVIGATION:
        ties = entry.ties.setdefault(name, {})
        for tie in getattr(change, name) or ():
            ties.pop(tie.id, None)  # so that the last one said is the last one kept
            ties[tie.id] = Tie(_kind(name, tie.kind), tie.removed is None)


def _kind(navigation: str, told: str) -> str:
    """``#microsoft.graph.user``, also where only ``user`` is told, and of owners nothing.

    Source of both: the examples of Graph docs, group: delta.
    """
    kind = told.lower().rpartition(".")[2].lstrip("#")
    return f"#microsoft.graph.{kind or ('user' if navigation == 'owners' else '')}"
