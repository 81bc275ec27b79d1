"""The names of columns, files and sheets, in English and Chinese."""

from __future__ import annotations

import re

KEY = "keys."
"""A column ``keys.unionid`` holds the further id ``unionid``."""

SHEETS: dict[str, tuple[str, ...]] = {
    "departments": ("departments", "department", "部门", "部门表", "组织架构"),
    "members": ("members", "member", "people", "users", "成员", "人员", "员工", "通讯录"),
    "roles": ("roles", "role", "角色", "角色表"),
}

_ID = ("id", "编号", "唯一标识")
_NAME = ("name", "名称")
_ORDER = ("order", "sort", "排序", "序号", "顺序")

COLUMNS: dict[str, dict[str, tuple[str, ...]]] = {
    "departments": {
        "id": (*_ID, "department id", "部门编号", "部门id"),
        "name": (*_NAME, "department name", "部门名称", "部门"),
        "parent_id": (
            *("parent id", "parent", "上级部门", "上级部门编号", "上级部门id"),
            *("上级编号", "父部门", "父部门编号", "父部门id"),
        ),
        "leaders": ("leaders", "leader", "部门负责人", "负责人", "部门主管", "主管"),
        "order": (*_ORDER, "部门排序"),
    },
    "members": {
        "id": (
            *_ID,
            "user id",
            "member id",
            "成员编号",
            "员工编号",
            "员工id",
            "用户编号",
            "用户id",
        ),
        "name": (*_NAME, "姓名", "名字", "员工姓名", "成员姓名"),
        "departments": (
            *("departments", "department", "department id", "department ids"),
            *("部门", "所属部门", "所在部门", "部门编号", "部门id"),
        ),
        "main_department": ("main department", "主部门", "主部门编号"),
        "email": ("email", "e-mail", "mail", "邮箱", "电子邮箱", "企业邮箱", "邮件", "工作邮箱"),
        "mobile": ("mobile", "phone", "mobile phone", "手机", "手机号", "手机号码", "电话"),
        "job_number": ("job number", "employee number", "工号", "员工工号"),
        "title": ("title", "job title", "position", "职位", "岗位", "职务"),
        "avatar": ("avatar", "头像"),
        "active": ("active", "enabled", "status", "状态", "启用", "是否启用", "账号状态"),
        "manager": (
            *("manager", "manager id", "直属主管", "直属上级", "直接主管", "直接上级"),
            *("上级", "主管"),
        ),
    },
    "roles": {
        "id": (*_ID, "role id", "角色编号", "角色id"),
        "name": (*_NAME, "role name", "角色名称", "角色"),
        "group": ("group", "role group", "角色组", "分组"),
        "group_id": ("group id", "角色组编号", "角色组id"),
        "members": ("members", "member", "成员", "成员编号", "人员", "角色成员"),
    },
}

YES = frozenset({"true", "1", "yes", "y", "active", "enabled", "是", "启用", "在职", "正常"})
NO = frozenset({"false", "0", "no", "n", "inactive", "disabled", "否", "停用", "禁用", "已停用"})


def plain(heading: str) -> str:
    """A heading without what people write differently: case, spaces, ``_``, ``-``, ``*``."""
    return re.sub(r"[\s_\-*：:]+", "", heading).casefold()


_FIELDS = {
    kind: {plain(name): field for field, names in fields.items() for name in names}
    for kind, fields in COLUMNS.items()
}
_SHEETS = {plain(name): kind for kind, names in SHEETS.items() for name in names}


def field_of(kind: str, heading: str) -> str | None:
    """The field that a column of ``kind`` holds; None for one that the ledger does not know."""
    return _FIELDS[kind].get(plain(heading))


def sheet_of(title: str) -> str | None:
    """The kind of rows in a sheet; None for a sheet that is not the roster's."""
    return _SHEETS.get(plain(title))
