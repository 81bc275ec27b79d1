"""Made-up organizations of any size, the same ones in every run."""

from __future__ import annotations

from random import Random

from domain.observe import WHOLE, Observation
from domain.records import DepartmentRecord, MemberRecord, RoleRecord, Roster

SYSTEM = "dingtalk-main"

_FAMILY = "王李张刘陈杨黄赵吴周徐孙马朱胡林郭何高罗"
_GIVEN = "伟芳娜敏静丽强磊军洋勇艳杰涛明超秀霞平刚桂英华建文辉力红玉"
_TITLES = (
    "工程师",
    "产品经理",
    "Designer",
    "Sales Manager",
    "会计",
    "Technician",
    "总监",
    "实习生",
)
_CHILDREN = 8


def company(departments: int, members: int, roles: int = 40, holders: int = 30) -> Roster:
    """A tree of departments with eight children each; everybody in one, every tenth in two.

    Each department is led by one of its people, who is the manager of the others and reports to
    the leader above. Every role is held by ``holders`` people.
    """
    chance = Random(20261121)
    places = [f"{50_000 + n}" for n in range(departments)]
    people = [f"u{n:06}" for n in range(members)]
    leader = {place: people[n % members] for n, place in enumerate(places)}
    return Roster(
        departments=tuple(
            DepartmentRecord(
                id=place,
                name=f"{n}部 Department {n}",
                parent_id=places[(n - 1) // _CHILDREN] if n else None,
                leaders=(leader[place],),
                order=n,
            )
            for n, place in enumerate(places)
        ),
        members=tuple(_member(n, places, leader, people, chance) for n in range(members)),
        roles=tuple(
            RoleRecord(
                id=f"{70_000 + n}",
                name=f"角色 {n}",
                group=f"角色组 {n % 5}",
                group_id=f"{60_000 + n % 5}",
                members=tuple(chance.sample(people, min(holders, members))),
            )
            for n in range(roles)
        ),
    )


def _member(
    n: int, places: list[str], leader: dict[str, str], people: list[str], chance: Random
) -> MemberRecord:
    home = n % len(places)
    second = (places[(home + 7) % len(places)],) if n % 10 == 9 and len(places) > 1 else ()
    above = leader[places[(home - 1) // _CHILDREN if home else 0]]
    manager = leader[places[home]] if leader[places[home]] != people[n] else above
    return MemberRecord(
        id=people[n],
        name=chance.choice(_FAMILY) + chance.choice(_GIVEN) + chance.choice(_GIVEN),
        departments=(places[home], *second),
        email=f"{people[n]}@feifan.example.com",
        mobile=f"139{n:08}",
        job_number=f"FF{n:06}",
        title=chance.choice(_TITLES),
        active=True,
        manager=manager if manager != people[n] else None,
        keys={"unionid": f"x{n:07}iE"},
    )


def observed(roster: Roster) -> Observation:
    """The whole organization, read without a gap."""
    return Observation(
        system=SYSTEM,
        coverage=WHOLE,
        departments=roster.departments,
        members=roster.members,
        roles=roster.roles,
    )
