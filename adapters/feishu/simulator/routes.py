"""Which method and path is which call, and what it needs (feishu.md, sections 5 to 8)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from adapters.feishu.simulator import (
    departments_read,
    departments_write,
    functional_roles,
    lists,
    user_groups,
    users_leave,
    users_read,
    users_write,
)
from adapters.feishu.simulator.codes import Family
from adapters.feishu.simulator.question import Question
from adapters.feishu.simulator.settings import (
    BASE_READ,
    CONTACT,
    GROUP,
    GROUP_READ,
    JOB_TITLE_READ,
    READ_AS_APP,
    ROLE,
    ROLE_READ,
    UPDATE_USER_ID,
    USER_BASE,
    USER_ID_READ,
)

Handler = Callable[[Question], dict[str, Any]]
Limits = tuple[tuple[int, float], ...]

CONTACT_V3 = "/open-apis/contact/v3/"
STANDARD: Limits = ((1000, 60), (50, 1))
"""1,000 calls a minute and 50 a second (Feishu rate limits, tier 4)."""

TEN_A_MINUTE: Limits = ((10, 60),)
HUNDRED_A_MINUTE: Limits = ((100, 60),)
FIVE_A_SECOND: Limits = ((5, 1),)
TWENTY_A_SECOND: Limits = ((20, 1),)

READ = frozenset({BASE_READ, READ_AS_APP, CONTACT})
WRITE = frozenset({CONTACT})


class Route(NamedTuple):
    """One call. ``api`` is its name in statistics and faults; ``path`` has ``:names`` in it.

    ``scopes`` open the call, one is enough; ``structure`` calls change the department tree
    and exclude each other (43024).
    """

    api: str
    method: str
    path: str
    handler: Handler
    family: Family
    scopes: frozenset[str] = READ
    write: bool = False
    structure: bool = False
    limits: Limits = STANDARD


def _structure(name: str, method: str, path: str, handler: Handler) -> Route:
    return Route(f"departments/{name}", method, path, handler, "department", WRITE, True, True)


ONE = "departments/:department_id"

DEPARTMENTS = [
    _structure("create", "POST", "departments", departments_write.create),
    _structure("patch", "PATCH", ONE, departments_write.patch),
    _structure("put", "PUT", ONE, departments_write.put),
    _structure("delete", "DELETE", ONE, departments_write.delete),
    _structure(
        "update_department_id",
        "PATCH",
        f"{ONE}/update_department_id",
        departments_write.update_department_id,
    ),
    Route(
        "departments/unbind_department_chat",
        "POST",
        "departments/unbind_department_chat",
        departments_write.unbind_department_chat,
        "department",
        WRITE,
        write=True,
    ),
    Route("departments/get", "GET", ONE, departments_read.get, "department"),
    Route(
        "departments/children", "GET", f"{ONE}/children", departments_read.children, "department"
    ),
    Route("departments/list", "GET", "departments", departments_read.listing, "department"),
    Route("departments/parent", "GET", "departments/parent", departments_read.parent, "department"),
    Route("departments/batch", "GET", "departments/batch", departments_read.batch, "department"),
]


def _user(
    name: str,
    method: str,
    path: str,
    handler: Handler,
    scopes: frozenset[str] = READ,
    limits: Limits = STANDARD,
    *,
    write: bool = False,
) -> Route:
    return Route(f"users/{name}", method, path, handler, "user", scopes, write, False, limits)


USER = "users/:user_id"
BY_ID = frozenset({USER_ID_READ})

USERS = [
    _user("create", "POST", "users", users_write.create, WRITE, write=True),
    _user("patch", "PATCH", USER, users_write.patch, WRITE | {USER_BASE}, write=True),
    _user("delete", "DELETE", USER, users_leave.delete, WRITE, write=True),
    _user(
        "resurrect",
        "POST",
        f"{USER}/resurrect",
        users_leave.resurrect,
        WRITE,
        TEN_A_MINUTE,
        write=True,
    ),
    _user(
        "update_user_id",
        "PATCH",
        f"{USER}/update_user_id",
        users_write.update_user_id,
        frozenset({UPDATE_USER_ID}),
        TWENTY_A_SECOND,
        write=True,
    ),
    _user("get", "GET", USER, users_read.get),
    _user("batch", "GET", "users/batch", users_read.batch),
    _user("find_by_department", "GET", "users/find_by_department", users_read.find_by_department),
    _user("list", "GET", "users", users_read.find_by_department),
    _user("batch_get_id", "POST", "users/batch_get_id", users_read.batch_get_id, BY_ID),
    _user("basic_batch", "POST", "users/basic_batch", users_read.basic_batch, READ, FIVE_A_SECOND),
]


def _role(name: str, method: str, path: str, handler: Handler, *, write: bool = True) -> Route:
    scopes = frozenset({ROLE}) if write else frozenset({ROLE, ROLE_READ})
    return Route(
        f"functional_roles/{name}",
        method,
        f"functional_roles{path}",
        handler,
        "role",
        scopes,
        write,
        False,
        HUNDRED_A_MINUTE,
    )


MEMBERS = "/:role_id/members"

ROLES = [
    _role("create", "POST", "", functional_roles.create),
    _role("update", "PUT", "/:role_id", functional_roles.update),
    _role("delete", "DELETE", "/:role_id", functional_roles.delete),
    _role("members/batch_create", "POST", f"{MEMBERS}/batch_create", functional_roles.batch_create),
    _role(
        "members/batch_delete", "PATCH", f"{MEMBERS}/batch_delete", functional_roles.batch_delete
    ),
    _role("members/scopes", "PATCH", f"{MEMBERS}/scopes", functional_roles.scopes),
    _role("members/list", "GET", MEMBERS, functional_roles.members, write=False),
    _role("members/get", "GET", f"{MEMBERS}/:member_id", functional_roles.member, write=False),
]


def _group(name: str, method: str, path: str, handler: Handler, *, write: bool = True) -> Route:
    scopes = frozenset({GROUP}) if write else frozenset({GROUP, GROUP_READ})
    return Route(
        f"group/{name}",
        method,
        f"group{path}",
        handler,
        "group",
        scopes,
        write,
        False,
        HUNDRED_A_MINUTE,
    )


GROUPS = [
    _group("create", "POST", "", user_groups.create),
    _group("patch", "PATCH", "/:group_id", user_groups.patch),
    _group("delete", "DELETE", "/:group_id", user_groups.delete),
    _group("get", "GET", "/:group_id", user_groups.get, write=False),
    _group("simplelist", "GET", "/simplelist", user_groups.simplelist, write=False),
    _group("member/batch_add", "POST", "/:group_id/member/batch_add", user_groups.batch_add),
    _group(
        "member/batch_remove", "POST", "/:group_id/member/batch_remove", user_groups.batch_remove
    ),
    _group(
        "member/simplelist",
        "GET",
        "/:group_id/member/simplelist",
        user_groups.member_simplelist,
        write=False,
    ),
]

OTHERS = [
    Route("scopes/list", "GET", "scopes", lists.scopes, "department"),
    Route(
        "employee_type_enums/list",
        "GET",
        "employee_type_enums",
        lists.employee_type_enums,
        "user",
    ),
    Route("custom_attrs/list", "GET", "custom_attrs", lists.custom_attrs, "user"),
    Route(
        "job_titles/list",
        "GET",
        "job_titles",
        lists.job_titles,
        "user",
        frozenset({JOB_TITLE_READ, READ_AS_APP}),
    ),
]

ROUTES = (*DEPARTMENTS, *USERS, *ROLES, *GROUPS, *OTHERS)
