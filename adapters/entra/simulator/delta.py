"""Delta queries over users, groups and units (entra.md, section 5)."""

from __future__ import annotations

from typing import Any, cast

import msgspec

from adapters.entra.simulator import paging
from adapters.entra.simulator.errors import GraphError, bad_request
from adapters.entra.simulator.properties import ODATA, Kind, shown
from adapters.entra.simulator.query import names_of
from adapters.entra.simulator.question import Question
from adapters.entra.simulator.world import Change

REFUSED = ("$top", "$orderby", "$search", "$count", "$expand")
TRACKED: dict[Kind, tuple[str, ...]] = {
    "user": ("manager",), "group": ("members", "owners"), "unit": ("members",),
}  # fmt: skip
"""Relationships whose changes are told where they are selected (Graph v1.0, group: delta)."""

Entry = dict[str, Any]


class Mark(msgspec.Struct, frozen=True):
    """What a delta token stands for: the log up to ``position``, and the options chosen."""

    kind: Kind
    position: int
    select: tuple[str, ...]
    made: float


class Rest(msgspec.Struct, frozen=True):
    """Entries of a round that are still to come, and the token at its end."""

    entries: list[Entry]
    mark: Mark


def delta(q: Question) -> dict[str, Any]:
    """One page of a round, whatever the form of the path."""
    options = q.request.query
    if any(name in options for name in REFUSED):
        raise bad_request("This query option is not supported by delta queries.")
    if "$skiptoken" in options:
        rest = q.world.pages.get(f"delta {options['$skiptoken']}")
        if not isinstance(rest, Rest):
            raise bad_request("The specified page token is not valid.")
        if q.world.settings.expire_pages > 0:
            q.world.settings.expire_pages -= 1
            raise paging.expired()
        return _page(q, rest)
    world, now = q.world, q.world.clock.now()
    token = options.get("$deltatoken") or options.get("$deltaToken")
    here = Mark(q.kind, len(world.log), q.query.select, now)
    if token is None:
        return _page(q, Rest(_everything(q), here))
    if token.lower() == "latest":
        return _page(q, Rest([], here))
    mark = world.pages.get(f"mark {token}")
    if not isinstance(mark, Mark) or mark.kind != q.kind:
        raise bad_request("Badly formed token.")
    if now - mark.made > world.settings.delta_lifetime:
        fresh = {"location": f"{paging.origin(q.request)}{q.request.path}?$deltatoken="}
        raise GraphError(410, "syncStateNotFound", "The sync state is not found.", fresh)
    after = Mark(mark.kind, len(world.log), mark.select, now)
    return _page(q, Rest(_changes(q, mark), after))


def _everything(q: Question) -> list[Entry]:
    """A first round: every object, and those that were deleted as removed."""
    ids = list(q.world.directory.objects[q.kind])
    wanted = q.query.filter
    if wanted:
        ids = q.matching(ids, q.kind)
    entries = [entry for object_id in ids for entry in _whole(q, object_id)]
    gone = [] if wanted else list(q.world.deleted[q.kind])
    return entries + [_removed(q, object_id) for object_id in gone]


def _whole(q: Question, object_id: str) -> list[Entry]:
    directory = q.world.directory
    manager = directory.managers.get(object_id)
    others: dict[str, dict[str, Kind]] = {
        "manager": {manager: "user"} if manager else {},
        "members": directory.members.get(object_id, {}),
        "owners": directory.owners.get(object_id, {}),
    }
    ties = {
        name: [_tie(kind, other) for other, kind in others[name].items()]
        for name in TRACKED[q.kind]
        if name in q.query.select
    }
    props = shown(directory.objects[q.kind][object_id], names_of(q.query, q.kind))
    return _split(q, {n: v for n, v in props.items() if v is not None and v != []}, ties)


def _changes(q: Question, mark: Mark) -> list[Entry]:
    """What the log says since ``mark``, each object once and with its present state."""
    found: dict[str, list[Change]] = {}
    for change in q.world.log[mark.position :]:
        if change.kind == mark.kind:
            found.setdefault(change.id, []).append(change)
    minimal = q.request.headers.get("prefer", "").lower() == "return=minimal"
    entries: list[Entry] = []
    for object_id, changes in found.items():
        if object_id not in q.world.directory.objects[q.kind]:
            entries.append(_removed(q, object_id))
            continue
        entries += _changed(q, mark, object_id, changes, minimal=minimal)
    return entries


def _changed(
    q: Question, mark: Mark, object_id: str, changes: list[Change], *, minimal: bool
) -> list[Entry]:
    select = q.query if not mark.select else msgspec.structs.replace(q.query, select=mark.select)
    names = names_of(select, q.kind)
    touched = {name for change in changes for name in change.names}.intersection(names)
    ends = {
        name: {c.other: c.added for c in changes if c.what == name}
        for name in TRACKED[q.kind]
        if name in mark.select
    }
    if not touched and not any(ends.values()):
        return []
    props = shown(q.world.directory.objects[q.kind][object_id], names)
    kept = {n: v for n, v in props.items() if n in touched or (not minimal and v)}
    ties: dict[str, list[Entry]] = {name: [] for name in ends}
    for name, others in ends.items():
        for other, added in others.items():
            kind = "group" if other in q.world.directory.objects["group"] else "user"
            tie = _tie(cast("Kind", kind), other)
            ties[name].append(tie if added else {**tie, "@removed": {"reason": "deleted"}})
    return _split(q, {"id": object_id, **kept}, ties)


def _tie(kind: Kind, object_id: str) -> Entry:
    return {"@odata.type": ODATA[kind], "id": object_id}


def _removed(q: Question, object_id: str) -> Entry:
    reason = "deleted" if q.world.purged(q.kind, object_id) else "changed"
    return {"id": object_id, "@removed": {"reason": reason}}


def _split(q: Question, props: Entry, ties: dict[str, list[Entry]]) -> list[Entry]:
    """One entry, or several that repeat the object where it has many members."""
    size = q.world.settings.member_page
    longest = max(map(len, ties.values()), default=0)
    entries = []
    for start in range(0, longest or 1, size):
        parts = {f"{name}@delta": found[start : start + size] for name, found in ties.items()}
        entries.append({**props, **{name: part for name, part in parts.items() if part}})
    return entries


def _page(q: Question, rest: Rest) -> dict[str, Any]:
    settings, pages = q.world.settings, q.world.pages
    here, following = rest.entries[: settings.delta_page], rest.entries[settings.delta_page :]
    address = f"{paging.origin(q.request)}{q.request.path}"
    token = f"d{len(pages) + 1:08x}"
    if following:
        again = here[-1:] if settings.repeats else []
        pages[f"delta {token}"] = Rest(again + following, rest.mark)
        link = {"@odata.nextLink": f"{address}?$skiptoken={token}"}
    else:
        pages[f"mark {token}"] = rest.mark
        link = {"@odata.deltaLink": f"{address}?$deltatoken={token}"}
    return {"@odata.context": f"{paging.PREFIX}/$metadata#{q.kind}", **link, "value": here}
