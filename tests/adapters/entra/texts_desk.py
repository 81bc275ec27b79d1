"""An Entra whose departments are texts of people, for the contract suite of sources.

Entra gives a text no id. Which one the ledger has for it follows from what was there before: the
desk remembers that, and says by the rule of docs/providers/entra.md what was renamed.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import msgspec

from adapters.entra import texts
from adapters.entra.simulator import EntraSettings as Simulated
from adapters.entra.simulator import create_app
from adapters.entra.simulator.directory import guid
from adapters.simulation.app import SimulatorApp
from domain.records import DepartmentRecord, MemberRecord, Roster
from tests.adapters.entra.entra_desk import ROLES
from tests.adapters.entra.source_contract_desk import CHANGES, EntraDesk, placed
from tests.sources.desk import Trouble

Path = tuple[str, ...]


class Shown(msgspec.Struct, frozen=True):
    """The texts of one moment: the id of each, and the one of each person."""

    ids: dict[Path, str]
    people: dict[str, Path]

    def below(self, node: Path) -> set[str]:
        """Those who have this text, or a longer one that begins with it."""
        return {who for who, path in self.people.items() if path[: len(node)] == node}


class TextsDesk(EntraDesk):
    """Departments are the texts of people, which are paths of names; all is read at every sync."""

    reading: ClassVar[dict[str, Any]] = {"separator": "/", "roles_filter": ROLES, "full_every": 0}
    parts: ClassVar[dict[str, tuple[str, ...]]] = {}
    troubles: ClassVar[dict[Trouble, tuple[str, ...]]] = {
        **EntraDesk.troubles,
        "roles_fail": ("groups:http_500",),
        "roles_not_permitted": ("groups:permission",),
        "holders_fail": ("$batch:http_500", "groups/members:http_500"),
        "root_fails": ("users:http_500",),
    }

    def __init__(self) -> None:
        super().__init__()
        self._before = self._shown = Shown({}, {})

    def app(self) -> SimulatorApp:
        return create_app(Simulated())

    def put(self, roster: Roster) -> None:
        super().put(roster)
        self._before = self._shown
        self._shown = _next(self._before, self._texts())

    def _texts(self) -> dict[str, Path]:
        users = self.sim.provider._world.directory.objects["user"]
        return {
            who: tuple(text.split("/"))
            for who, user in users.items()
            if (text := user.get("department"))
        }

    def truth(self) -> Roster:
        own = self.sim.provider.roster(own_ids=True, system_roles=False)
        shown = self._shown

        def places(m: MemberRecord) -> tuple[str, ...]:
            path = shown.people.get(guid("user", m.id))
            return (shown.ids[path],) if path else ()

        departments = tuple(
            DepartmentRecord(id=given, name=node[-1], parent_id=shown.ids.get(node[:-1]))
            for node, given in shown.ids.items()
        )
        return placed(super().truth(), own, departments, places)


class TextsByChangesDesk(TextsDesk):
    """The same, but only changes are read after the first time."""

    reading: ClassVar[dict[str, Any]] = {"separator": "/", "roles_filter": ROLES}
    troubles: ClassVar[dict[Trouble, tuple[str, ...]]] = CHANGES


def _next(before: Shown, people: Mapping[str, Path]) -> Shown:
    """The ids of the texts that these people have, from the top down."""
    now = Shown({}, dict(people))
    nodes = {path[:n] for path in people.values() for n in range(1, len(path) + 1)}
    for node in sorted(nodes, key=len):
        above = now.ids.get(node[:-1])
        beside = {n: i for n, i in before.ids.items() if before.ids.get(n[:-1]) == above}
        same = [i for old, i in beside.items() if old[-1] == node[-1]]
        now.ids[node] = (same or _renamed(before, now, node, beside) or [_own(before, node)])[0]
    return now


def _renamed(before: Shown, now: Shown, node: Path, beside: Mapping[Path, str]) -> list[str]:
    """The id of the one text that is no more whose people, two at least, all are in ``node`` now.

    With them may only be people who had no text before.
    """
    inside, depth = now.below(node), len(node) - 1
    there = {
        path[depth]
        for path in now.people.values()
        if len(path) > depth and path[:depth] == node[:depth]
    }
    gone = {old: before.below(old) & now.people.keys() for old in beside if old[-1] not in there}
    found = [old for old, stayed in gone.items() if len(stayed) > 1 and stayed <= inside]
    alone = len(found) == 1 and not (inside - gone[found[0]]) & before.people.keys()
    return [beside[found[0]]] if alone else []


def _own(before: Shown, node: Path) -> str:
    """The text's own id, unless one that was renamed has it."""
    own = texts.text_id(texts.fold(node))
    number = 0
    while own in before.ids.values():
        number += 1
        own = texts.text_id((*texts.fold(node), str(number)))
    return own
