"""What keeps a roster from being a DingTalk organization; all problems are found at once."""

from __future__ import annotations

from collections.abc import Iterator

from adapters.dingtalk.simulator.model import DEFAULT_GROUP
from adapters.dingtalk.simulator.roles import SYSTEM_ROLES
from adapters.dingtalk.simulator.roster_fields import group_of, member_fields
from adapters.simulation import rosters
from domain.records import Roster

USERID_LIMIT = 64
ORGANIZATION = "1"
"""The organization, when a roster names it as a parent or a place."""


def check(roster: Roster) -> None:
    """Raise InputError for a roster that cannot exist in DingTalk."""
    departments = [
        *rosters.named("department", roster.departments),
        *rosters.tree(roster, ORGANIZATION),
    ]
    rosters.refuse([*departments, *_members(roster), *_roles(roster)], "DingTalk")


def top_is_none(parent: str | None) -> str | None:
    """The parent's id; None for the organization, which may also be written as its number 1."""
    return rosters.top_is_none(parent, ORGANIZATION)


def _members(roster: Roster) -> Iterator[str]:
    yield from rosters.named("member", roster.members)
    yield from rosters.places(roster, ORGANIZATION)
    unique = rosters.Unique("mobile", "email", "telephone", "unionid")
    for member in roster.members:
        if len(member.id) > USERID_LIMIT:
            yield f"member {member.id}: a userid has at most {USERID_LIMIT} characters"
        unionid = (member.keys or {}).get("unionid")
        yield from unique.problems(member.id, {**member_fields(member), "unionid": unionid})


def _roles(roster: Roster) -> Iterator[str]:
    yield from rosters.named("role", roster.roles)
    yield from rosters.holders(roster)
    names: set[tuple[str, str]] = set()
    groups: dict[str, str] = {}
    labelled: dict[str, str] = {}
    for role in roster.roles:
        group = group_of(role)
        if group == DEFAULT_GROUP and role.name not in SYSTEM_ROLES:
            yield f"role {role.id}: group {DEFAULT_GROUP} takes no roles"
        key = role.group_id or f"name {group}"
        if groups.setdefault(group, key) != key or labelled.setdefault(key, group) != group:
            yield f"role {role.id}: its group has another id or name elsewhere"
        if (group, role.name) in names:
            yield f"role {role.id}: its group has another role of that name"
        names.add((group, role.name))
