"""Reading what an app is allowed to see, when that is not everything."""

from __future__ import annotations

import pytest
from msgspec import UNSET
from msgspec.structs import replace

from adapters.dingtalk.simulator import scope_read
from domain.records import DepartmentRecord, MemberRecord, Roster
from tests.adapters.dingtalk.source_desk import SourceDesk, company

FIELDS = ("mobile", "email", "job_number", "title", "avatar")

TREE = Roster(
    departments=(
        DepartmentRecord(id="100", name="甲", parent_id=None),
        DepartmentRecord(id="110", name="甲一", parent_id="100"),
        DepartmentRecord(id="111", name="甲一一", parent_id="110"),
        DepartmentRecord(id="200", name="乙", parent_id=None),
    ),
    members=(
        MemberRecord(id="a", name="A", departments=("111",)),
        MemberRecord(id="b", name="B", departments=("200", "110")),
        MemberRecord(id="c", name="C", departments=("100",)),
        MemberRecord(id="d", name="D", departments=("200",), manager="c"),
    ),
)


def test_a_subtree_is_grafted_to_the_top() -> None:
    seen = SourceDesk(TREE, {"authed_dept": (110,)}).read()
    assert {d.id: d.parent_id for d in seen.departments} == {"110": None, "111": "110"}
    assert {m.id: m.departments for m in seen.members} == {"a": ("111",), "b": ("200", "110")}
    assert seen.coverage.roots == ("110",)
    assert seen.coverage.departments
    assert seen.coverage.members
    assert seen.organization is UNSET
    assert seen.leaders is UNSET


def test_a_root_below_another_is_none() -> None:
    desk = SourceDesk(TREE, {"authed_dept": (111, 100, 200)})
    seen = desk.read()
    assert seen.coverage.roots == ("100", "200")
    parents = {d.id: d.parent_id for d in seen.departments}
    assert parents == {"100": None, "110": "100", "111": "110", "200": None}
    assert desk.calls["department/listsub"] == 4


def test_department_one_beside_others_is_the_whole() -> None:
    seen = SourceDesk(TREE, {"authed_dept": (1, 110)}).read()
    assert seen.coverage.roots == ()
    assert len(seen.departments) == 4


def test_people_who_are_visible_alone() -> None:
    desk = SourceDesk(TREE, {"authed_dept": (110,), "authed_user": ("d",)})
    seen = desk.read(managers="none")
    assert {m.id for m in seen.members} == {"a", "b", "d"}
    assert next(m for m in seen.members if m.id == "d").manager == "c"
    assert seen.coverage.roots == ("110",)


def test_only_people_are_visible_and_nothing_is_complete() -> None:
    """Roots would be empty, which says the whole organization: nobody may be missed for that."""
    seen = SourceDesk(TREE, {"authed_dept": (), "authed_user": ("d",)}).read()
    assert [m.id for m in seen.members] == ["d"]
    assert not seen.coverage.departments
    assert not seen.coverage.members


def test_a_person_visible_alone_who_is_gone() -> None:
    seen = SourceDesk(TREE, {"authed_dept": (110,), "authed_user": ("nobody",)}).read()
    assert [str(gap) for gap in seen.gaps] == [
        "member nobody: DingTalk v2/user/get was refused: there is no such person (any more)."
    ]


def test_nothing_is_visible() -> None:
    seen = SourceDesk(TREE, {"authed_dept": ()}).read()
    assert seen.members == ()
    assert not seen.coverage.members


@pytest.mark.parametrize("field", FIELDS)
def test_a_hidden_field_is_unknown_and_named(field: str) -> None:
    desk = SourceDesk(company(3, 20), {"hidden_fields": frozenset({field})})
    seen = desk.read()
    assert {getattr(m, field) for m in seen.members} == {UNSET}
    assert seen.coverage.hidden == {"member": (field,)}


def test_hidden_details_are_absent_not_emptied() -> None:
    hidden = frozenset({"remark", "extension", "mobile", "state_code"})
    seen = SourceDesk(company(3, 20), {"hidden_fields": hidden}).read()
    assert hidden.isdisjoint(seen.members[0].details)
    assert seen.coverage.hidden == {"member": tuple(sorted(hidden))}
    assert seen.members[0].details["telephone"] is None, "permitted and empty"


def test_a_field_that_anybody_shows_is_permitted_whatever_the_list_says(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(scope_read, "USER_FIELDS", ("userid", "name"))
    seen = SourceDesk(company(3, 20)).read()
    assert {m.mobile for m in seen.members} == {f"138{i:08d}" for i in range(20)}
    assert {m.title for m in seen.members} == {UNSET}, "nobody shows one"
    assert "title" in seen.coverage.hidden["member"]
    assert "mobile" not in seen.coverage.hidden["member"]


def test_business_mail_that_is_hidden_leaves_the_private_one() -> None:
    desk = SourceDesk(company(3, 20), {"hidden_fields": frozenset({"org_email"})})
    assert all("@" in m.email for m in desk.read().members)


def test_private_mail_that_is_hidden_is_not_told_empty() -> None:
    person = MemberRecord(id="x", name="X", departments=(), details={"org_email": "x@corp.cn"})
    roster = company(3, 20)
    roster = replace(roster, members=(*roster.members, person))
    seen = SourceDesk(roster, {"hidden_fields": frozenset({"email"})}).read()
    mails = {m.id: m.email for m in seen.members}
    assert mails["x"] == "x@corp.cn"
    assert mails["u1"] is UNSET


def test_people_of_restricted_visibility_are_read() -> None:
    desk = SourceDesk(company(3, 20), {"restricted_users": frozenset({"u4"})})
    assert "u4" in {m.id for m in desk.read().members}
