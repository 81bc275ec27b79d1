"""What keeps a roster from being a WeCom organization; all problems are found at once."""

from __future__ import annotations

from collections.abc import Iterator

from adapters.simulation import rosters
from adapters.wecom.order import LIMIT, order_of
from adapters.wecom.simulator.errors import ApiError
from adapters.wecom.simulator.ids import USERID
from adapters.wecom.simulator.model import ROOT
from adapters.wecom.simulator.roster_fields import given_fields, tidy
from adapters.wecom.simulator.tags import NAME_LIMIT
from adapters.wecom.simulator.tree import check_name
from adapters.wecom.simulator.user_params import DEPARTMENTS
from domain.records import Roster

ORGANIZATION = str(ROOT)
"""The organization, when a roster names it as a parent or a place."""


def check(roster: Roster) -> None:
    """Raise InputError for a roster that cannot exist in WeCom."""
    problems = [*_departments(roster), *_members(roster), *rosters.flat_roles(roster, NAME_LIMIT)]
    rosters.refuse(problems, "WeCom")


def _departments(roster: Roster) -> Iterator[str]:
    yield from rosters.named("department", roster.departments)
    yield from rosters.tree(roster, ORGANIZATION)
    places = {member.id: set(member.departments) for member in roster.members}
    for department in roster.departments:
        try:
            check_name(department.name)
        except ApiError as error:
            yield f"department {department.id}: {error.message}"
        if isinstance(department.order, int) and not 0 <= order_of(department.order) < LIMIT:
            yield f"department {department.id}: WeCom has no such order"
        for leader in department.leaders or ():
            if department.id not in places.get(leader, {department.id}):
                yield f"department {department.id}: its leader {leader} is not a member of it"


def _members(roster: Roster) -> Iterator[str]:
    yield from rosters.named("member", roster.members)
    yield from rosters.places(roster, ORGANIZATION)
    unique = rosters.Unique("mobile", "email", "biz_mail", "userid")
    for member in roster.members:
        if not USERID.fullmatch(member.id):
            yield f"member {member.id}: a userid has 1 to 64 of A-Z a-z 0-9 _ - @ ."
        if member.main_department and member.main_department not in (
            *member.departments,
            ORGANIZATION,
        ):
            yield f"member {member.id}: the main department is not among the departments"
        if len(member.departments) > DEPARTMENTS:
            yield f"member {member.id}: nobody is in more than {DEPARTMENTS} departments"
        fields = tidy(given_fields(member, member.details or {}))
        yield from unique.problems(member.id, {**fields, "userid": member.id.casefold()})
