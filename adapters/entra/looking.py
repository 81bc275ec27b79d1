"""A look at what notifications name: one round of the delta queries, from the ledger's cursor on.

A notification says of whom that something changed, and not what (Graph v1.0, change
notifications). The round tells that of everybody at once, in as many calls as there are kinds of
objects, whatever the number of notifications, and it tells it in every kind of tree: what else a
text or a manager means for others, only the ledger's picture of all of them says. So a look is
what :mod:`adapters.entra.changes` reads.

The round may not have yet what was notified: it is told with a delay (entra.md, 5). People and
groups that are named and not told of are therefore read by themselves, and put beside what it told
as if it had.

Where no round can be gone, or it tells too little, there is a gap: everything has to be read.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Container, Iterable, Mapping, Sequence
from typing import Any, TypeVar
from urllib.parse import quote

import msgspec
from msgspec import UNSET
from msgspec.structs import asdict, replace

from adapters.entra import errors, mapping, wire
from adapters.entra.client import BATCH, EntraClient
from adapters.entra.cursor import kinds
from adapters.entra.entries import Entry, Tie
from adapters.entra.reading import CREATED, GROUP, GROUPS, USER, Inside, Reading
from adapters.entra.settings import EntraSettings
from domain.errors import SystemFault
from domain.hints import Hint
from domain.observe import Coverage, Gap, Observation
from domain.ports import Known, KnownDepartment, KnownRole, Progress

T = TypeVar("T")

NO_CURSOR = "there is no link to what changed since the last whole reading, or it is too old"
NOBODY = ""
"""Whom somebody loses as manager who has none: whoever it was."""

PARENTS = "other_parents"
ROLE_GONE = "one is no more, which only all that are there can show"


def doubtful(system: str, why: str, calls: int = 0) -> Observation:
    """Nothing was seen."""
    return Observation(
        system=system, coverage=Coverage(changes=True), gaps=(Gap("changes", why),), calls=calls
    )


def partial(seen: Observation) -> Observation:
    """A reading of changes as a look, which lists nothing completely."""
    if not seen.coverage.roles:
        return seen
    coverage = replace(seen.coverage, roles=False)
    return replace(seen, coverage=coverage, gaps=(*seen.gaps, Gap("roles", ROLE_GONE)), cursor="")


class Named:
    """Reads people and groups that hints name, by themselves; as entries of a round."""

    def __init__(
        self,
        client: EntraClient,
        settings: EntraSettings,
        hints: Sequence[Hint],
        known: Known,
        progress: Progress,
    ) -> None:
        self._client, self._settings, self._known = client, settings, known
        self._progress = progress
        self._people = dict.fromkeys(h.id for h in hints if h.kind == "member" and h.id)
        groups = (h.id for h in hints if h.kind in ("department", "role") and h.id)
        self._groups = dict.fromkeys(groups if "groups" in kinds(settings) else ())

    async def people(self, told: Container[str], unasked: Iterable[str]) -> dict[str, Entry]:
        """People of whom the round has not ``told``.

        ``unasked`` are properties that this cloud does not know. Raises SyncLost where somebody
        cannot be read.
        """
        left, missing = [one for one in self._people if one not in told], set(unasked)
        found: dict[str, Entry] = {}
        async for person, raw in self._rows("users/get", left, lambda p: self._path(p, missing)):
            found[person] = _removed(person) if raw is None else self._person(person, raw)
        return found

    async def groups(self, told: Container[str]) -> dict[str, Entry]:
        """Groups of which the round has not ``told``, as far as they differ from what is known.

        Raises SyncLost where one cannot be read, or looked into.
        """
        left, rows = [one for one in self._groups if one not in told], dict[str, wire.Group]()
        found: dict[str, Entry] = {}
        async for group, raw in self._rows("groups/get", left, _group_path):
            if raw is None:
                found[group] = _removed(group)
            else:
                rows[group] = _decoded(raw, wire.Group)
        if not rows:
            return found
        departments = {department.id: department for department in self._known.departments()}
        roles = {role.id: role for role in self._known.roles()}
        reading = Reading(self._client, self._settings, self._progress)
        reading.roles = {group: row for group, row in rows.items() if group in roles}
        places = {group: row for group, row in rows.items() if group in departments}
        await reading.again(places, (), listing=False)
        if reading.gaps.told():
            raise errors.SyncLost("A group in Entra cannot be looked into")
        below = _below(departments.values())
        for group, row in rows.items():
            entry = Entry(group, _props(row))
            if group in reading.inside:
                inside = reading.inside[group]
                entry = _changed(row, inside, departments.get(group) or roles[group], below)
            if entry.props or any(entry.ties.values()):
                found[group] = entry
        return found

    async def _rows(
        self, name: str, asked: Sequence[str], path: Callable[[str], str]
    ) -> AsyncIterator[tuple[str, msgspec.Raw | None]]:
        """What is there of those ``asked`` for by their ids; None for what is not."""
        for start in range(0, len(asked), BATCH):
            part = asked[start : start + BATCH]
            parts = await self._client.batch([name] * len(part), [*map(path, part)], msgspec.Raw)
            for one, answer in zip(part, parts.answers, strict=True):
                if not isinstance(answer, SystemFault):
                    yield one, answer
                elif answer.code.lower() in errors.GONE:
                    yield one, None
                else:
                    raise errors.SyncLost(answer.what, why=answer.why, code=answer.code)

    def _person(self, person: str, raw: msgspec.Raw) -> Entry:
        """Somebody as a round would tell of them who changed in everything."""
        props = _decoded(raw, dict[str, Any])
        above = props.pop("manager", None)
        told = {name: value for name, value in props.items() if "@" not in name and name != "id"}
        if not self._settings.managers:
            return Entry(person, told)
        tie = {NOBODY: Tie(USER, added=False)}
        if above is not None:
            tie = {_decoded(msgspec.json.encode(above), wire.Ref).id: Tie(USER, added=True)}
        return Entry(person, told, {"manager": tie})

    def _path(self, person: str, missing: set[str]) -> str:
        settings = self._settings
        levels = settings.attributes if settings.tree == "attribute" else ()
        names = [*mapping.select(levels, wide=True).split(","), CREATED]
        select = ",".join(name for name in names if name not in missing)
        expand = "&$expand=manager($select=id)" if settings.managers else ""
        return f"users/{quote(person, safe='')}?$select={select}{expand}"


def _group_path(group: str) -> str:
    return f"groups/{quote(group, safe='')}?$select={GROUPS}"


def _removed(found: str) -> Entry:
    return Entry(found, removed=True)


def _decoded(raw: bytes, shape: type[T]) -> T:
    try:
        return msgspec.json.decode(raw, type=shape)
    except msgspec.MsgspecError:
        raise errors.SyncLost("Something in Entra is shown in an unknown shape") from None


def _props(row: wire.Group) -> dict[str, Any]:
    return {name: value for name, value in asdict(row).items() if name != "id"}


def _below(departments: Iterable[KnownDepartment]) -> dict[str, set[str]]:
    """The groups that are members of each department, as the ledger has it."""
    found: dict[str, set[str]] = {}
    for one in departments:
        for parent in (one.parent_id, *(one.details.get("other_parents") or ())):
            found.setdefault(parent or "", set()).add(one.id)
    return found


def _changed(
    row: wire.Group,
    inside: Inside,
    known: KnownDepartment | KnownRole,
    below: Mapping[str, set[str]],
) -> Entry:
    """What of a group differs from what is known."""
    people = _ties(known.members, inside.users or (), USER)
    if isinstance(known, KnownRole):
        named = {"displayName": row.displayName} if row.displayName != known.name else {}
        return Entry(row.id, named, {"members": people})
    record = mapping.department(row, row.displayName or "", known.parent_id)
    details = {} if record.details is UNSET else record.details
    same = record.name == known.name and all(
        known.details.get(name) == value for name, value in details.items() if name != PARENTS
    )
    ties = {"members": people | _ties(below.get(row.id, ()), inside.groups, GROUP)}
    if inside.owners is not None:
        ties["owners"] = _ties(known.leaders, inside.owners, USER)
    return Entry(row.id, {} if same else _props(row), ties)


def _ties(before: Iterable[str], now: Iterable[str], kind: str) -> dict[str, Tie]:
    """Who came and who went."""
    old, new = set(before), dict.fromkeys(now)
    came = {one: Tie(kind, added=True) for one in new if one not in old}
    return came | {one: Tie(kind, added=False) for one in old if one not in new}
