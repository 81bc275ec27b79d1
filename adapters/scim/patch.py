"""Operations of a PATCH that bring a resource to wanted values. Pure (RFC 7644, section 3.5.2)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from adapters.scim.mapping import ACTIVE, EXTERNAL_ID, MANAGER, Place, place, typed_value
from adapters.scim.wire import Resource, quoted

_BARE = frozenset({ACTIVE, EXTERNAL_ID, MANAGER})


def operations(wanted: Mapping[str, Any], known: Mapping[str, Any]) -> list[Resource] | None:
    """What leads from ``known`` to ``wanted``; None when more must be known to say it.

    Only an entry of a list needs that: whether it is added or replaced depends on whether the
    service has one of its type.
    """
    found: list[Resource] = []
    for name, new in wanted.items():
        where = place(name)
        if where.way == "typed":
            if name not in known:
                return None
            found += _entry(where, new, there=known[name] is not None)
        elif new is None:
            found.append({"op": "remove", "path": where.path})
        else:
            content = {"value": new} if where.way == "reference" else new
            found.append({"op": "replace", "path": where.path, "value": content})
    return found


def _entry(where: Place, new: Any, *, there: bool) -> list[Resource]:
    entry = f"{where.path}[type eq {quoted(where.sub)}]"
    if new is None:
        return [{"op": "remove", "path": entry}] if there else []
    if there:
        return [{"op": "replace", "path": f"{entry}.value", "value": new}]
    return [{"op": "add", "path": where.path, "value": [typed_value(where, new)]}]


def adding(ids: Iterable[str], kind: str) -> list[Resource]:
    """Members to add to a group; ``kind`` is User or Group.

    Always written alike: a service compares whole entries to tell what it has already.
    """
    members = [{"value": remote, "type": kind} for remote in ids]
    return [{"op": "add", "path": "members", "value": members}]


def removing(ids: Iterable[str]) -> list[Resource]:
    """Members to remove from a group, each by its own path."""
    return [{"op": "remove", "path": f"members[value eq {quoted(remote)}]"} for remote in ids]
