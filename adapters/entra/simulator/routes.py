"""Which path is which call, and which application permissions open it (Graph v1.0)."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, NamedTuple

from adapters.entra.simulator import delta, reads
from adapters.entra.simulator.properties import Kind
from adapters.entra.simulator.question import Question
from adapters.entra.simulator.settings import BASIC, DIRECTORY, GROUPS, MEMBERS, UNITS, USERS

_USERS = frozenset({USERS, DIRECTORY})
_PEOPLE = _USERS | {BASIC}
_GROUPS = frozenset({GROUPS, MEMBERS, DIRECTORY})
_UNITS = frozenset({UNITS, DIRECTORY})
_DELETED = frozenset({USERS, GROUPS, UNITS, DIRECTORY})

_ID = r"(?P<id>[^/]+)"
_DELTA = r"(?:microsoft\.graph\.)?delta(?:\(\))?"
_MEMBERS = r"members(?:/(?P<cast>microsoft\.graph\.\w+))?"


class Route(NamedTuple):
    """One call. ``api`` is its name in statistics and faults."""

    api: str
    pattern: re.Pattern[str]
    handler: Callable[[Question], Any]
    kind: Kind
    permissions: frozenset[str]


def _get(
    api: str,
    pattern: str,
    handler: Callable[[Question], Any],
    kind: Kind,
    permissions: frozenset[str],
) -> Route:
    return Route(api, re.compile(pattern), handler, kind, permissions)


_UNIT_PATH = r"(?:directory/)?administrativeUnits"

ROUTES = (
    _get("users", "users", reads.objects, "user", _PEOPLE),
    _get("users/$count", r"users/\$count", reads.count, "user", _PEOPLE),
    _get("users/delta", f"users/{_DELTA}", delta.delta, "user", _USERS),
    _get("users/get", f"users/{_ID}", reads.single, "user", _PEOPLE),
    _get("users/manager", f"users/{_ID}/manager", reads.manager, "user", _USERS),
    _get("users/directReports", f"users/{_ID}/directReports", reads.reports, "user", _USERS),
    _get("groups", "groups", reads.objects, "group", _GROUPS),
    _get("groups/$count", r"groups/\$count", reads.count, "group", _GROUPS),
    _get("groups/delta", f"groups/{_DELTA}", delta.delta, "group", _GROUPS),
    _get("groups/get", f"groups/{_ID}", reads.single, "group", _GROUPS),
    _get("groups/members", f"groups/{_ID}/{_MEMBERS}", reads.members, "group", _GROUPS),
    _get("groups/owners", f"groups/{_ID}/owners", reads.owners, "group", _GROUPS),
    _get("units", _UNIT_PATH, reads.objects, "unit", _UNITS),
    _get("units/delta", f"{_UNIT_PATH}/{_DELTA}", delta.delta, "unit", _UNITS),
    _get("units/get", f"{_UNIT_PATH}/{_ID}", reads.single, "unit", _UNITS),
    _get("units/members", f"{_UNIT_PATH}/{_ID}/{_MEMBERS}", reads.members, "unit", _UNITS),
    _get(
        "deletedItems",
        r"directory/deletedItems/(?P<cast>microsoft\.graph\.\w+)",
        reads.deleted,
        "user",
        _DELETED,
    ),
)


def find(path: str) -> tuple[Route, dict[str, str]] | None:
    """The call that ``path`` (without the version) means, and what stands in it."""
    for route in ROUTES:
        found = route.pattern.fullmatch(path)
        if found is not None:
            return route, {name: value for name, value in found.groupdict().items() if value}
    return None
