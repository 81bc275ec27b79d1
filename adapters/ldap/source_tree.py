"""The tree of departments: what lies where. Looks single entries up where that is in doubt."""

from __future__ import annotations

from collections.abc import Callable

from adapters.ldap.dn import above, first, is_below, normal
from adapters.ldap.source_mapping import Unit

UNSEEN = "\0"
"""Stands for a department that is there, or should be, and that we are not shown."""

Look = Callable[[str], Unit | bool]
"""``look(dn)``: the department at a DN; True if something else is there, False if nothing is."""


class Tree:
    """Departments by normalised DN. ``top`` is the place that they are below.

    ``naming`` as in :class:`adapters.ldap.source_profiles.Profile`.
    """

    def __init__(self, units: list[Unit], top: str, naming: frozenset[str], look: Look) -> None:
        self.units = {unit.dn: unit for unit in units}
        self.unseen: set[str] = set()
        self._top, self._naming, self._look = normal(top), naming, look
        self._known: dict[str, str | None] = {}

    def inside(self, container: str) -> str | None:
        """The id of the department that ``container`` (a DN) is, or lies in.

        None is the organization itself, ``UNSEEN`` a department that is hidden.
        """
        if container not in self._known:
            self._known[container] = self._find(container)
        return self._known[container]

    def _find(self, dn: str) -> str | None:
        name = normal(dn)
        if not is_below(name, self._top):
            return None
        if name in self.units:
            return self.units[name].id
        if first(dn)[0].lower() in self._naming:
            there = self._look(dn)
            if isinstance(there, Unit):
                self.units[there.dn] = there
                return there.id
            if not there:
                self.unseen.add(dn)
                return UNSEEN
        return self.inside(above(dn))

    def parents(self, *, told: bool = True) -> dict[str, str | None]:
        """Ids of departments, and of the department each is below, by place or by membership.

        ``told`` is whether all memberships are known; if not, what only they can tell is
        ``UNSEEN``.

        A group that is a member of several is below the first of them by name. Where groups are
        members of each other in a circle, one of them is at the top.
        """
        holders: dict[str, str] = {}
        for unit in sorted(self.units.values(), key=lambda u: u.dn):
            for member in unit.members:
                if member != unit.dn:
                    holders.setdefault(member, unit.id)
        found: dict[str, str | None] = {}
        while missing := [unit for unit in self.units.values() if unit.id not in found]:
            for unit in missing:  # looking upwards may find more
                parent = self.inside(above(unit.raw_dn))
                if parent is None:
                    parent = holders.get(unit.dn) if told else UNSEEN
                found[unit.id] = parent
        return _opened(found)


def _opened(parents: dict[str, str | None]) -> dict[str, str | None]:
    """The same without circles: the first of a circle, by its id, has no parent."""
    sound: set[str | None] = {None, UNSEEN}
    for start in sorted(parents):
        trail: list[str] = []
        step: str | None = start
        while step not in sound and step is not None:
            if step in trail:
                parents[min(trail[trail.index(step) :])] = None
                break
            trail.append(step)
            step = parents.get(step)
        sound.update(trail)
    return parents
