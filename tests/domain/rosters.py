"""Random organizations for hypothesis, and the comparison of a roster with what was folded."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st
from msgspec import UNSET
from msgspec.structs import replace

from domain.directory import Directory, State
from domain.observe import Observation
from domain.records import DepartmentRecord, MemberRecord, RoleRecord, Roster
from tests.domain.given import SYSTEM

_DEPARTMENTS = [f"d{n}" for n in range(6)]
_MEMBERS = [f"u{n}" for n in range(6)]
_ROLES = ["r0", "r1", "r2"]
_names = st.sampled_from(["Ann", "李雷", "👩‍🚀", "R&D", "x" * 255])
_text = st.sampled_from([None, "1", "二"])
_details = st.dictionaries(
    st.sampled_from(["p", "q"]), st.sampled_from([None, 1, "x", [1, {"k": "v"}]]), max_size=2
)


def _some(ids: list[str]) -> st.SearchStrategy[tuple[str, ...]]:
    if not ids:
        return st.just(())
    return st.lists(st.sampled_from(ids), unique=True, max_size=3).map(tuple)


@st.composite
def rosters(draw: Any) -> Roster:
    """A valid organization, every field of it known."""
    departments = draw(st.lists(st.sampled_from(_DEPARTMENTS), unique=True))
    people = draw(st.lists(st.sampled_from(_MEMBERS), unique=True))
    tree = [
        DepartmentRecord(
            id=record_id,
            name=draw(_names),
            parent_id=draw(st.sampled_from([None, *departments[:place]])),
            leaders=draw(_some(people)),
            order=draw(st.sampled_from([None, 0, 1])),
            details=_all_keys(draw(_details)),
        )
        for place, record_id in enumerate(departments)
    ]
    members = [_member(draw, record_id, departments, people) for record_id in people]
    roles = [
        RoleRecord(
            id=record_id,
            name=draw(_names),
            group=draw(st.sampled_from([None, "None", "IT", "HR"])),
            members=draw(_some(people)),
        )
        for record_id in draw(st.lists(st.sampled_from(_ROLES), unique=True))
    ]
    return Roster(
        departments=tuple(draw(st.permutations(tree))), members=tuple(members), roles=tuple(roles)
    )


def _member(draw: Any, record_id: str, departments: list[str], people: list[str]) -> MemberRecord:
    mine = draw(_some(departments))
    return MemberRecord(
        id=record_id,
        name=draw(_names),
        departments=mine,
        main_department=draw(st.sampled_from([None, *mine])),
        email=draw(_text),
        mobile=draw(_text),
        job_number=draw(_text),
        title=draw(_text),
        avatar=draw(_text),
        active=draw(st.booleans()),
        manager=draw(st.sampled_from([None, *people])),
        details=_all_keys(draw(_details)),
    )


def _all_keys(details: dict[str, Any]) -> dict[str, Any]:
    """Details that tell about every key, so that nothing of them is unknown."""
    return {"p": None, "q": None, **details}


@st.composite
def parts_of(draw: Any, roster: Roster) -> Roster:
    """Some of the records, each without some of its fields."""

    def some(records: tuple[Any, ...], fields: tuple[str, ...]) -> tuple[Any, ...]:
        kept = [record for record in records if draw(st.booleans())]
        blurred = []
        for record in kept:
            lost = draw(st.lists(st.sampled_from(fields), unique=True, max_size=len(fields)))
            blurred.append(replace(record, **dict.fromkeys(lost, UNSET)))
        return tuple(blurred)

    people = ("email", "mobile", "job_number", "title", "avatar", "active", "manager", "details")
    return Roster(
        departments=some(roster.departments, ("leaders", "order", "details")),
        members=some(roster.members, (*people, "main_department")),
        roles=some(roster.roles, ("group", "members")),
    )


def reading_of(roster: Roster, coverage: Any) -> Observation:
    return Observation(
        system=SYSTEM,
        coverage=coverage,
        departments=roster.departments,
        members=roster.members,
        roles=roster.roles,
    )


def roster_of(directory: Directory) -> Roster:
    """The folded organization in the words of its source, in a fixed order."""
    department = directory.linked(SYSTEM, "department").ids
    member = directory.linked(SYSTEM, "member").ids
    role = directory.linked(SYSTEM, "role").ids
    group_names = {uid: group.name for uid, group in directory.role_groups.items()}

    def people(uids: Any) -> tuple[str, ...]:
        return tuple(sorted(member[uid] for uid in uids))

    return _sorted(
        Roster(
            departments=tuple(
                DepartmentRecord(
                    id=department[d.uid],
                    name=d.name,
                    parent_id=d.parent and department[d.parent],
                    leaders=people(d.leaders),
                    order=d.order,
                    details=_all_keys(d.details),
                )
                for d in directory.present_departments()
            ),
            members=tuple(
                MemberRecord(
                    id=member[m.uid],
                    name=m.name,
                    departments=tuple(sorted(department[dep] for dep in m.departments)),
                    main_department=m.main_department and department[m.main_department],
                    email=m.email,
                    mobile=m.mobile,
                    job_number=m.job_number,
                    title=m.title,
                    avatar=m.avatar,
                    active=m.state is State.ACTIVE,
                    manager=m.manager and member[m.manager],
                    details=_all_keys(m.details),
                )
                for m in directory.present_members()
            ),
            roles=tuple(
                RoleRecord(
                    id=role[r.uid],
                    name=r.name,
                    group=r.group and group_names[r.group],
                    members=people(directory.grants[r.uid]),
                )
                for r in directory.present_roles()
            ),
        )
    )


def in_order(roster: Roster) -> Roster:
    """The same organization with every set of ids sorted, for comparison."""
    return _sorted(
        Roster(
            departments=tuple(
                replace(d, leaders=tuple(sorted(d.leaders or ()))) for d in roster.departments
            ),
            members=tuple(
                replace(m, departments=tuple(sorted(m.departments))) for m in roster.members
            ),
            roles=tuple(replace(r, members=tuple(sorted(r.members or ()))) for r in roster.roles),
        )
    )


def _sorted(roster: Roster) -> Roster:
    return Roster(
        departments=tuple(sorted(roster.departments, key=lambda record: record.id)),
        members=tuple(sorted(roster.members, key=lambda record: record.id)),
        roles=tuple(sorted(roster.roles, key=lambda record: record.id)),
    )
