"""A dozen changes of the kinds in the GenAuth guide, each as somebody makes it in the console."""

from __future__ import annotations

from typing import Any, NamedTuple

from domain.records import Roster


class Step(NamedTuple):
    """One change: what a person would say of it, in English and Chinese, and the call."""

    en: str
    zh: str
    change: dict[str, Any]


def steps(roster: Roster) -> list[Step]:
    """The changes for the demo's company; they refer to one another in this order."""
    ids = {d.name: d.id for d in roster.departments}
    platform, mobile = ids["平台 Platform"], ids["移动 Mobile"]
    search, storage = ids["搜索 Search"], ids["存储 Storage"]
    overseas, payroll = ids["海外 Overseas"], ids["薪酬 Payroll"]
    people = {
        d.id: [m for m in roster.members if m.departments == (d.id,)] for d in roster.departments
    }
    mover, leaver = people[mobile][2], people[storage][3]
    renamed, promoted = people[search][1], people[storage][1]
    return [
        Step("add a department", "新增部门",
             {"op": "create_department", "id": "60001", "name": "安全 Security",
              "parent_id": ids["研发中心 R&D"], "order": 9}),
        Step("nest a department in it", "新增下级部门",
             {"op": "create_department", "id": "60002", "name": "应急响应 Incident Response",
              "parent_id": "60001"}),
        Step("rename a department", "部门改名",
             {"op": "update_department", "id": payroll, "name": "薪酬福利 Compensation"}),
        Step("move a department with its people", "部门整体调动",
             {"op": "move_department", "id": search, "parent_id": platform}),
        Step("hire somebody", "新员工入职",
             {"op": "create_member", "id": "ff9001", "name": "欧阳晓月",
              "departments": ["60001"], "title": "安全工程师 Security Engineer",
              "mobile": "13800009001", "email": "ff9001@feifan.example", "job_number": "F9001"}),
        Step("somebody takes another name", "成员改名",
             {"op": "update_member", "id": renamed.id, "name": f"{renamed.name}·A"}),
        Step("transfer somebody", "成员调岗",
             {"op": "update_member", "id": mover.id, "departments": [search, "60002"]}),
        Step("a new leader", "更换部门负责人",
             {"op": "update_department", "id": storage, "leaders": [promoted.id]}),
        Step("grant a role", "授予角色",
             {"op": "grant_role", "id": "900001", "members": ["ff9001"]}),
        Step("somebody leaves", "成员离职", {"op": "delete_member", "id": leaver.id}),
        Step("a department for a short time", "新增临时部门",
             {"op": "create_department", "id": "60003", "name": "Lisbon", "parent_id": overseas}),
        Step("and it is closed again", "删除部门", {"op": "delete_department", "id": "60003"}),
    ]  # fmt: skip


def later_steps(roster: Roster) -> list[Step]:
    """What happens when the service follows; :func:`steps` has happened before."""
    ids = {d.name: d.id for d in roster.departments}
    mover, leaver = (
        next(m for m in roster.members if m.departments == (ids[name],))
        for name in ("设计 Design", "招聘 Recruiting")
    )
    return [
        Step("somebody takes another name", "成员改名",
             {"op": "update_member", "id": "ff9001", "name": "欧阳晓月 Luna"}),
        Step("transfer somebody", "成员调岗",
             {"op": "update_member", "id": mover.id, "departments": [ids["增长 Growth"]]}),
        Step("rename a department", "部门改名",
             {"op": "update_department", "id": ids["增长 Growth"], "name": "增长与数据 Growth"}),
        Step("somebody leaves", "成员离职", {"op": "delete_member", "id": leaver.id}),
    ]  # fmt: skip
