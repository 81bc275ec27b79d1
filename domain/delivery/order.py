"""The order of a plan: numbers of stages, and what a stage is called."""

from __future__ import annotations

from collections.abc import Mapping

ADOPT = 0
GIVE_WAY = 1
ROLE_GROUPS = 2
DEPARTMENTS = 1_000
"""Plus the depth: parents are there before their children."""
RENAMES = 1_999
"""Before anything is told an id that has just changed."""
MEMBERS = 2_000
"""Plus the depth below the top manager, where accounts can name their manager at once."""
DEEPEST = 900
"""Stages of people below their managers; who is deeper than that shares the last one."""
RELATIONS = 3_000
ROLES = 3_100
ADDITIONS = 3_200
REMOVALS = 3_300
LEAVERS = 4_000
DELETED_MEMBERS = 4_100
DELETED_ROLES = 4_200
DELETED_ROLE_GROUPS = 4_300
DELETED_DEPARTMENTS = 6_000
"""Minus the depth: children go before their parents."""

_NAMES = (
    (ROLE_GROUPS, "existing records"),
    (DEPARTMENTS, "role groups"),
    (RENAMES, "departments"),
    (RELATIONS, "members"),
    (ROLES, "managers and leaders"),
    (ADDITIONS, "roles"),
    (REMOVALS, "memberships"),
    (LEAVERS, "memberships"),
    (DELETED_MEMBERS, "leavers"),
)


def called(stage: int) -> str:
    """What a stage is called on a progress bar."""
    return next((name for end, name in _NAMES if stage < end), "deletions")


def depths(parents: Mapping[str, str | None]) -> dict[str, int]:
    """How deep each department is, 0 at the top; a parent that is not known counts as the top."""
    found: dict[str, int] = {}
    for uid in parents:
        path: list[str] = []
        at = uid
        while at not in found and at not in path:
            path.append(at)
            above = parents.get(at)
            if above is None or above not in parents:
                break
            at = above
        base = found.get(at, -1)
        found.update({step: base + up for up, step in enumerate(reversed(path), 1)})
    return found
