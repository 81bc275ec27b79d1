"""A tree of departments that are only texts of people, and ids that outlive a renaming. Pure.

A text has no id. It gets one from itself the first time that it is seen; afterwards the ledger
knows a department of that name at that place, and the id is taken from there. A text that
vanished together with a new one that has the very same people was renamed: the id stays.
Where only a part of the people was read that can look so, and those who were read wait.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping
from functools import cached_property, lru_cache

import msgspec

from domain.ports import KnownDepartment
from domain.records import DepartmentRecord

Path = tuple[str, ...]

FEWEST = 2
"""So many people at least must have gone from the old text to the new one: one alone moved."""


class Texts(msgspec.Struct, frozen=True, kw_only=True):
    """Records for the texts that were read, and the department of each person.

    ``unplaced`` are people of whom it is not known: their text may be a new name of a department,
    which only everybody's texts can tell, and the ledger does not know them yet.
    """

    departments: tuple[DepartmentRecord, ...]
    places: dict[str, str]
    unplaced: frozenset[str]


@lru_cache(maxsize=10_000)
def fold(path: Path) -> Path:
    """What two spellings of one path have in common."""
    return tuple(" ".join(part.split()).casefold() for part in path)


def text_id(path: Path) -> str:
    """The id that a folded path has by itself."""
    digest = hashlib.blake2b("\x1f".join(path).encode(), digest_size=10)
    return f"text-{digest.hexdigest()}"


def tree_of(
    paths: Mapping[str, Path],
    known: Iterable[KnownDepartment],
    renamed: Mapping[Path, Path],
    *,
    whole: bool,
) -> Texts:
    """Departments out of each person's ``paths``.

    ``renamed`` has the path that a new one used to be, as the operator says. ``whole`` says that
    everybody was read; otherwise nothing can be said to have vanished, and people whose text looks
    like a new name stay where they were.
    """
    reading = _Reading(paths, known, renamed, whole)
    reading.settle(None, ())
    places = {person: reading.place(person, path) for person, path in paths.items()}
    return Texts(
        departments=tuple(reading.departments),
        places={person: place for person, place in places.items() if place is not None},
        unplaced=frozenset(person for person, place in places.items() if place is None),
    )


class _Reading:
    def __init__(
        self,
        paths: Mapping[str, Path],
        known: Iterable[KnownDepartment],
        renamed: Mapping[Path, Path],
        whole: bool,
    ) -> None:
        self._whole, self._read = whole, paths.keys()
        self._renamed = {fold(new): fold(old)[-1] for new, old in renamed.items() if old}
        self._spellings: dict[Path, Counter[str]] = {}
        self._people: dict[Path, set[str]] = {}
        self._below: dict[Path, list[Path]] = {}
        for person, path in paths.items():
            self._note(person, path)
        self._known: dict[str | None, list[KnownDepartment]] = {}
        for department in known:
            self._known.setdefault(department.parent_id, []).append(department)
        self._taken = {d.id for siblings in self._known.values() for d in siblings}
        self.ids: dict[Path, str] = {}
        self.departments: list[DepartmentRecord] = []

    def _note(self, person: str, path: Path) -> None:
        folded = fold(path)
        for length in range(1, len(folded) + 1):
            node = folded[:length]
            if node not in self._spellings:
                self._spellings[node] = Counter()
                self._people[node] = set()
                self._below.setdefault(node[:-1], []).append(node)
            self._spellings[node][" ".join(path[length - 1].split())] += 1
            self._people[node].add(person)

    def settle(self, parent_id: str | None, parent: Path) -> None:
        """Give ids to the texts below ``parent``, and to those below them."""
        waiting: list[tuple[str | None, Path]] = [(parent_id, parent)]
        for above, node in waiting:  # grows while it is walked
            for child, child_id in self._match(above, self._below.get(node, [])).items():
                self.ids[child] = child_id
                self.departments.append(self._record(child, child_id, above))
                waiting.append((child_id, child))

    def place(self, person: str, path: Path) -> str | None:
        """The department of somebody with that text; where it has none yet, the one before."""
        return self.ids.get(fold(path)) or self._before.get(person)

    def _record(self, node: Path, node_id: str, parent_id: str | None) -> DepartmentRecord:
        spellings = self._spellings[node]
        name = min(spellings, key=lambda text: (-spellings[text], text))
        return DepartmentRecord(id=node_id, name=name, parent_id=parent_id)

    def _match(self, parent_id: str | None, nodes: list[Path]) -> dict[Path, str]:
        """Ids for the texts ``nodes`` below one department."""
        siblings = sorted(self._known.get(parent_id, ()), key=lambda d: d.id)
        names = {fold((d.name,))[0]: d for d in reversed(siblings)}
        found = {n: names[n[-1]].id for n in nodes if n[-1] in names}
        taken = set(found.values())
        gone = {d.id: d for d in siblings if d.id not in taken}
        new = [n for n in sorted(nodes) if n not in found]
        for node in new:
            old = names.get(self._renamed.get(node, ""))
            if old is not None and gone.pop(old.id, None) is not None:
                found[node] = old.id
        alike = self._renames([n for n in new if n not in found], gone) if gone else {}
        if self._whole:
            found |= alike
        else:
            nodes = [n for n in nodes if n not in alike]  # they wait until everybody is read
        return {node: found.get(node) or self._fresh(node) for node in sorted(nodes)}

    def _renames(self, new: list[Path], gone: Mapping[str, KnownDepartment]) -> dict[Path, str]:
        """The new texts that have the people of one vanished department, and else only new people.

        Two departments that became one are none, nor is one that somebody joined from elsewhere.
        Of a part of the people one is enough to look so.
        """
        enough = FEWEST if self._whole else 1
        stayed = {d: left for d, old in gone.items() if len(left := self._left(old)) >= enough}
        found: dict[Path, str] = {}
        for node in new:
            people = self._people[node]
            same = [d for d, those in stayed.items() if those <= people]
            if len(same) == 1 and self._before.keys().isdisjoint(people - stayed[same[0]]):
                found[node] = same[0]
        return found

    @cached_property
    def _before(self) -> dict[str, str]:
        """The department that everybody was in before who was in one."""
        return {who: d.id for ds in self._known.values() for d in ds for who in d.members}

    def _left(self, department: KnownDepartment) -> frozenset[str]:
        """Those of its people, and of the people below it, who were read."""
        people, waiting = set(department.members), [department.id]
        while waiting:
            for child in self._known.get(waiting.pop(), ()):
                people |= child.members
                waiting.append(child.id)
        return frozenset(people & self._read)

    def _fresh(self, node: Path) -> str:
        """The text's own id, unless a department that was renamed since still has it."""
        fresh, number = text_id(node), 0
        while fresh in self._taken:
            number += 1
            fresh = text_id((*node, str(number)))
        self._taken.add(fresh)
        return fresh
