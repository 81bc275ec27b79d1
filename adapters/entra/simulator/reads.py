"""Listings and single objects (Graph v1.0: users, groups, administrativeUnits, deletedItems)."""

from __future__ import annotations

from typing import Any

from adapters.entra.simulator.errors import bad_request, denied, not_found
from adapters.entra.simulator.properties import Kind, shown
from adapters.entra.simulator.query import names_of
from adapters.entra.simulator.question import Question
from adapters.entra.simulator.settings import HIDDEN

CASTS: dict[str, Kind] = {
    "microsoft.graph.user": "user",
    "microsoft.graph.group": "group",
    "microsoft.graph.administrativeUnit": "unit",
}


def objects(q: Question) -> dict[str, Any]:
    """``GET /users``, ``/groups``, ``/directory/administrativeUnits``."""
    ids = list(q.world.directory.objects[q.kind]) if q.cursor is None else []
    found = q.matching(ids, q.kind)
    if q.query.orderby:
        rows = q.world.directory.objects[q.kind]
        found.sort(key=lambda object_id: rows[object_id]["displayName"])
    return q.listing(found)


def count(q: Question) -> int:
    """``GET /users/$count``: a number as text, and only as an advanced query."""
    if q.request.headers.get("consistencylevel", "").lower() != "eventual":
        raise bad_request("$count is not currently supported.")
    return len(q.matching(list(q.world.directory.objects[q.kind]), q.kind))


def single(q: Question) -> dict[str, Any]:
    """``GET /users/{id}`` and its kin."""
    return q.row(q.kind, q.object(q.kind))


def manager(q: Question) -> dict[str, Any]:
    """``GET /users/{id}/manager``: 404 for somebody who has none."""
    found = q.world.directory.managers.get(q.object("user")["id"])
    if found is None:
        raise not_found("manager")
    return q.row("user", q.world.directory.objects["user"][found])


def reports(q: Question) -> dict[str, Any]:
    """``GET /users/{id}/directReports``."""
    person = q.object("user")["id"]
    found = [user for user, above in q.world.directory.managers.items() if above == person]
    return q.listing(found, dict.fromkeys(found, "user"))


def members(q: Question) -> dict[str, Any]:
    """``GET /groups/{id}/members`` and a unit's, with or without a cast to one type."""
    container = q.object(q.kind)
    inside = q.world.directory.members.get(container["id"], {})
    hidden = container.get("visibility") == "HiddenMembership"
    if hidden and HIDDEN not in q.world.settings.permissions:
        inside = {}
    cast = q.placed.get("cast")
    if cast is not None:
        if cast not in CASTS:
            raise bad_request(f"The type '{cast}' is not known.")
        inside = {other: kind for other, kind in inside.items() if kind == CASTS[cast]}
    return q.listing(list(inside), inside)


def owners(q: Question) -> dict[str, Any]:
    """``GET /groups/{id}/owners``."""
    found = q.world.directory.owners.get(q.object("group")["id"], {})
    return q.listing(list(found), found)


def deleted(q: Question) -> dict[str, Any]:
    """``GET /directory/deletedItems/microsoft.graph.user``: what can still be restored.

    Security groups cannot be restored and are not listed.
    """
    kind = CASTS.get(q.placed["cast"])
    if kind is None:
        raise denied()
    names = names_of(q.query, kind)
    items = [
        shown(props, names)
        for found, (props, _) in q.world.deleted[kind].items()
        if not q.world.purged(kind, found) and not props.get("securityEnabled")
    ]
    return {"value": items}
