"""What keeps a roster from being a Feishu organization; all problems are found at once."""

from __future__ import annotations

from collections.abc import Iterator

from adapters.feishu.simulator.functional_roles import NAME_LIMIT
from adapters.feishu.simulator.ids import USER_ID
from adapters.feishu.simulator.model import ROOT
from adapters.feishu.simulator.roster_fields import given_fields, tidy
from adapters.simulation import rosters
from domain.records import Roster


def check(roster: Roster) -> None:
    """Raise InputError for a roster that cannot exist in Feishu."""
    problems = [*_departments(roster), *_members(roster), *rosters.flat_roles(roster, NAME_LIMIT)]
    rosters.refuse(problems, "Feishu")


def _departments(roster: Roster) -> Iterator[str]:
    yield from rosters.named("department", roster.departments)
    yield from rosters.tree(roster, ROOT)
    for department in roster.departments:
        if "/" in department.name:
            yield f"department {department.id}: a name has no slash"


def _members(roster: Roster) -> Iterator[str]:
    yield from rosters.named("member", roster.members)
    yield from rosters.places(roster, ROOT)
    unique = rosters.Unique("mobile", "email", "employee_no", "enterprise_email", "union_id")
    for member in roster.members:
        if not USER_ID.fullmatch(member.id):
            yield f"member {member.id}: a user_id has 1 to 64 characters and no blanks"
        if member.main_department and member.main_department not in (*member.departments, ROOT):
            yield f"member {member.id}: the main department is not among the departments"
        fields = tidy(given_fields(member, member.details or {}))
        union_id = (member.keys or {}).get("union_id")
        yield from unique.problems(member.id, {**fields, "union_id": union_id})
