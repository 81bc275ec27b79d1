"""DingTalk follows hints as the contract suite asks, and as its own events and limits have it."""

from __future__ import annotations

from typing import Any, ClassVar

import pytest
from msgspec import UNSET
from msgspec.structs import replace

from adapters.dingtalk import events
from domain.hints import Hint, Kind
from domain.records import Roster
from tests.adapters.dingtalk.source_contract_desk import DingTalkDesk
from tests.adapters.dingtalk.source_desk import SourceDesk, company
from tests.adapters.dingtalk.test_source_scope import TREE
from tests.sources.looking import LookingSuite, Virtual, hint


class TestDingTalk(LookingSuite):
    FAILING: ClassVar[dict[Kind, tuple[str, ...]]] = {
        "member": ("user/get:http_500",),
        "department": ("department/get:http_500",),
        "role": ("role/list:http_500",),
    }
    FORBIDDEN: ClassVar[dict[Kind, tuple[str, ...]]] = {
        "member": ("user/get:permission",),
        "department": ("department/get:permission",),
        "role": ("role/simplelist:permission",),
    }
    PASSING: ClassVar[tuple[str, ...]] = (
        "user/get:throttle:times=1",
        "department/get:throttle:times=1",
        "role/list:throttle:times=1",
    )

    def desk(self) -> DingTalkDesk:
        return DingTalkDesk()


def followed(roster: Roster | None = None, **simulated: Any) -> Virtual:
    """A company that was read once; the ids of its departments are 100, 101, …"""
    warm = Virtual(SourceDesk(roster or company(12, 60, roles=2), **simulated), "dt")
    warm.take(warm.read())
    warm.desk.app.stats.reset()
    return warm


def told(event: str, **data: Any) -> list[Hint]:
    """The hints of one event."""
    return list(events.told(event, data, marked=event).hints)


def everything(roster: Roster) -> list[Hint]:
    """A hint of each department and each person."""
    departments = [hint("department", d.id) for d in roster.departments]
    return departments + [hint("member", m.id) for m in roster.members]


def test_one_person_costs_two_calls() -> None:
    """The scope and the person: what hangs on them is as the ledger has it."""
    warm = followed()
    assert not warm.weigh(warm.look(told("user_modify_org", userId=["u7"])))
    assert warm.desk.calls == {"gettoken": 1, "auth/scopes": 1, "user/get": 1}


def test_many_hints_at_once_keep_the_rate() -> None:
    """Five hundred people, each told of three times, are asked for once each, at 20 calls/s."""
    warm = followed(company(12, 600))
    warm.desk.app.provider.patch_settings({"qps_per_api": 20})
    seen = warm.look(told("user_modify_org", userId=[f"u{n}" for n in range(500)]) * 3, rate=20)
    assert not seen.gaps
    assert not warm.weigh(seen)
    stats = warm.desk.app.stats
    assert stats.calls["user/get"] - stats.throttled == 500
    assert warm.desk.seconds <= 500 / 20 * 1.15


def test_more_people_than_a_reading_asks_for_are_a_gap() -> None:
    """Then a whole reading is cheaper, and nobody is asked for one by one."""
    warm = followed()
    hints = told("user_modify_org", userId=[f"u{n}" for n in range(51)])
    seen = warm.look(hints, detail_calls=50)
    assert "detail_calls" in str(seen.gaps)
    assert not seen.members
    assert "user/get" not in warm.desk.calls


@pytest.mark.parametrize("scope", [(1,), (110,), (111, 100, 200), (200, 110), (1, 110)])
def test_what_is_in_sight_is_seen_as_a_whole_reading_sees_it(scope: tuple[int, ...]) -> None:
    """A visible root hangs under nothing, whatever it hangs under; out of sight is not gone."""
    warm = followed(TREE, authed_dept=scope)
    changed = Roster(
        departments=tuple(replace(d, name=f"{d.name}新") for d in TREE.departments),
        members=tuple(replace(m, name=f"{m.name}新") for m in TREE.members),
    )
    warm.put(changed)
    whole, seen = warm.read(), warm.look(everything(TREE))
    assert not seen.gaps
    assert {d.id: d for d in seen.departments} == {d.id: d for d in whole.departments}
    assert {m.id: m for m in seen.members} == {m.id: m for m in whole.members}
    assert warm.take(seen) == {
        "DepartmentRenamed": len(whole.departments),
        "MemberRenamed": len(whole.members),
    }
    assert not warm.weigh(warm.read())


def test_who_and_what_leaves_the_scope_is_a_gap() -> None:
    """The person may be anywhere now: the whole reading says who is still in sight."""
    warm = followed(TREE, authed_dept=(110,))
    gone = replace(TREE.members[0], departments=("200",))
    moved = replace(TREE.departments[2], parent_id="200")
    departments = (*TREE.departments[:2], moved, TREE.departments[3])
    warm.put(replace(TREE, departments=departments, members=(gone, *TREE.members[1:])))
    seen = warm.look([hint("member", "a"), hint("department", "111")])
    assert len(seen.gaps) == 2
    assert not warm.weigh(seen)


def test_department_one_is_the_organization() -> None:
    """Its name and its leaders are the organization's, where the app sees all of it."""
    warm = followed()
    root = warm.desk.directory.tree.get(1)
    root.name, root.managers = "飞帆", ["u0"]
    seen = warm.look(told("org_dept_modify", deptId=[1]))
    assert (seen.organization, seen.leaders) == ("飞帆", ("u0",))
    assert not seen.departments
    assert warm.take(seen) == {"OrganizationRenamed": 1, "OrganizationLeaderChanged": 1}
    partly = followed(TREE, authed_dept=(110,))
    seen = partly.look(told("org_change"))
    assert (seen.organization, seen.gaps) == (UNSET, ())


def test_half_a_denial_is_a_gap() -> None:
    """One interface says that a department is gone, the other that it is there."""
    warm = followed(TREE)

    def deny(answer: Any) -> Any:
        result = answer.get("result")
        denied = isinstance(result, dict) and result.get("dept_id") == 200
        return {"errcode": 60003, "errmsg": "部门不存在"} if denied else answer

    warm.desk.rewrite = deny
    seen = warm.look(told("org_dept_remove", deptId=[200]))
    assert "department 200" in str(seen.gaps)
    assert not warm.weigh(seen)


def test_who_is_in_a_department_that_is_gone_is_looked_at_too() -> None:
    """Their own events may be late or lost; the department can go only when they are elsewhere."""
    warm = followed(TREE)
    people = tuple(replace(m, departments=("100",)) for m in TREE.members)
    departments = tuple(d for d in TREE.departments if d.id not in ("110", "111"))
    warm.put(Roster(departments=departments, members=people))
    assert warm.take(warm.look(told("org_dept_remove", deptId=[110]))) == {
        "MemberTransferred": 2, "DepartmentDeleted": 2,
    }  # fmt: skip


def test_a_department_moved_below_one_that_lay_below_it() -> None:
    """The event of the other move has not come: it is read as well, and both have moved."""
    warm = followed(TREE)
    top, inner, leaf, other = TREE.departments
    departments = (replace(inner, parent_id=None), replace(top, parent_id="111"), leaf, other)
    warm.put(replace(TREE, departments=departments))
    assert warm.take(warm.look(told("org_dept_modify", deptId=[100]))) == {"DepartmentMoved": 2}
    assert not warm.weigh(warm.read())


def test_who_leads_is_read_with_the_person() -> None:
    """leader_in_dept (user/get) says it, should the department's own event be late or lost."""
    leading = tuple(replace(d, leaders=("a",)) if d.id == "111" else d for d in TREE.departments)
    warm = followed(TREE)
    warm.put(replace(TREE, departments=leading))
    assert warm.take(warm.look([hint("member", "a")])) == {"DepartmentLeadersChanged": 1}
    warm.put(TREE)
    assert warm.take(warm.look([hint("member", "a")])) == {"DepartmentLeadersChanged": 1}
    assert not warm.weigh(warm.read())


def test_a_role_group_renamed_or_a_role_taken_from_somebody() -> None:
    """A label is a role or a role group; who lost a role is looked at, so that it can be told."""
    warm = followed()
    before = warm.desk.app.provider.roster(own_ids=True, system_roles=False)
    regrouped = [replace(r, group="新" + str(r.group)) for r in before.roles]
    regrouped[0] = replace(regrouped[0], members=(before.roles[0].members or ())[:-2])
    warm.put(replace(before, roles=tuple(regrouped)))
    labels = [int(r.id) for r in warm.desk.truth(system_roles=False).roles]
    found = warm.take(warm.look(told("label_user_change", labelIdList=labels[:1], userIdList=[])))
    assert found["RoleRevoked"] == 2
    assert not warm.weigh(warm.read())


@pytest.mark.parametrize("event", ["label_conf_del", "label_conf_add"])
def test_what_is_no_number_or_no_department_is_nothing(event: str) -> None:
    """Home-school directories have ids such as -1 (dingtalk.md, section 8)."""
    warm = followed()
    hints = told("org_dept_create", deptId=[-1, "x"]) + told(event, labelIdList=[404])
    seen = warm.look(hints)
    assert not seen.gaps
    assert not warm.weigh(seen)
    assert "department/get" not in warm.desk.calls


def test_a_person_is_found_by_unionid() -> None:
    """A hint without an id is looked up; an unknown unionid is nobody, no id at all is a gap."""
    warm = followed()
    unionid = warm.desk.directory.people.users["u7"].unionid
    one = replace(hint("member", ""), keys={"unionid": unionid})
    assert [m.id for m in warm.look([one]).members] == ["u7"]
    seen = warm.look([replace(one, keys={"unionid": "nobody"})])
    assert (seen.members, seen.gaps) == ((), ())
    assert warm.look([replace(one, keys={})]).gaps


def test_without_managers_none_is_said() -> None:
    """What the setting leaves out of a whole reading is left out of a look."""
    warm = followed()
    (seen,) = warm.look([hint("member", "u7")], managers="none").members
    assert seen.manager is UNSET
