"""Which path is which call, and what it needs (dingtalk.md, sections 2 to 4)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal, NamedTuple

from adapters.dingtalk.simulator import (
    departments_read,
    departments_write,
    leavers,
    roles_read,
    roles_write,
    scope_read,
    users_read,
    users_write,
)
from adapters.dingtalk.simulator.params import Params
from adapters.dingtalk.simulator.settings import (
    DEPARTMENT_LIST,
    DEPARTMENT_MEMBER,
    HRM,
    LEAVE_RECORDS,
    MANAGE,
    MEMBER,
)
from adapters.dingtalk.simulator.world import World

Handler = Callable[[World, Params], dict[str, Any]]


class Route(NamedTuple):
    """One call. ``api`` is its name in statistics and faults; ``new`` means the new API."""

    api: str
    method: Literal["GET", "POST"]
    path: str
    handler: Handler
    permission: str | None
    write: bool = False

    @property
    def new(self) -> bool:
        """Say whether the call belongs to the new API with its other error form."""
        return self.path.startswith("/v1.0/")


def _read(api: str, path: str, handler: Handler, permission: str) -> Route:
    return Route(api, "POST", path, handler, permission)


def _write(api: str, path: str, handler: Handler) -> Route:
    return Route(api, "POST", path, handler, MANAGE, write=True)


DEPARTMENTS = [
    _read(f"department/{name}", f"/topapi/v2/department/{name}", handler, DEPARTMENT_LIST)
    for name, handler in {
        "listsub": departments_read.listsub,
        "listsubid": departments_read.listsubid,
        "get": departments_read.get,
        "listparentbydept": departments_read.listparentbydept,
        "listparentbyuser": departments_read.listparentbyuser,
    }.items()
]

USERS = [
    _read("user/list", "/topapi/v2/user/list", users_read.listing, DEPARTMENT_MEMBER),
    _read("user/listsimple", "/topapi/user/listsimple", users_read.listsimple, DEPARTMENT_MEMBER),
    _read("user/listid", "/topapi/user/listid", users_read.listid, DEPARTMENT_MEMBER),
    _read("user/get", "/topapi/v2/user/get", users_read.get, MEMBER),
    _read("user/getbymobile", "/topapi/v2/user/getbymobile", users_read.getbymobile, MEMBER),
    _read("user/getbyunionid", "/topapi/user/getbyunionid", users_read.getbyunionid, MEMBER),
    _read("user/count", "/topapi/user/count", users_read.count, MEMBER),
    _read("user/listadmin", "/topapi/user/listadmin", users_read.listadmin, MEMBER),
    _read(
        "user/get_admin_scope", "/topapi/user/get_admin_scope", users_read.get_admin_scope, MEMBER
    ),
]

ROLES = [
    _read("role/list", "/topapi/role/list", roles_read.listing, DEPARTMENT_LIST),
    _read(
        "role/getrolegroup", "/topapi/role/getrolegroup", roles_read.getrolegroup, DEPARTMENT_LIST
    ),
    _read("role/getrole", "/topapi/role/getrole", roles_read.getrole, DEPARTMENT_LIST),
    _read("role/simplelist", "/topapi/role/simplelist", roles_read.simplelist, DEPARTMENT_MEMBER),
]

OTHERS = [
    Route("auth/scopes", "GET", "/auth/scopes", scope_read.scopes, None),
    _read(
        "contact/departments/search",
        "/v1.0/contact/departments/search",
        departments_read.search,
        DEPARTMENT_LIST,
    ),
    Route(
        "contact/empLeaveRecords",
        "GET",
        "/v1.0/contact/empLeaveRecords",
        leavers.emp_leave_records,
        LEAVE_RECORDS,
    ),
    Route(
        "hrm/employees/dismissions",
        "GET",
        "/v1.0/hrm/employees/dismissions",
        leavers.dismissions,
        HRM,
    ),
    *(
        _read(
            f"smartwork/hrm/employee/{name}", f"/topapi/smartwork/hrm/employee/{name}", handler, HRM
        )
        for name, handler in {
            "querydimission": leavers.querydimission,
            "queryonjob": leavers.queryonjob,
        }.items()
    ),
]

WRITES = [
    _write("department/create", "/topapi/v2/department/create", departments_write.create),
    _write("department/update", "/topapi/v2/department/update", departments_write.update),
    _write("department/delete", "/topapi/v2/department/delete", departments_write.delete),
    _write("user/create", "/topapi/v2/user/create", users_write.create),
    _write("user/update", "/topapi/v2/user/update", users_write.update),
    _write("user/delete", "/topapi/v2/user/delete", users_write.delete),
    _write("role/add_role_group", "/role/add_role_group", roles_write.add_role_group),
    _write("role/add_role", "/role/add_role", roles_write.add_role),
    _write("role/update_role", "/role/update_role", roles_write.update_role),
    _write("role/deleterole", "/topapi/role/deleterole", roles_write.deleterole),
    _write("role/addrolesforemps", "/topapi/role/addrolesforemps", roles_write.addrolesforemps),
    _write(
        "role/removerolesforemps", "/topapi/role/removerolesforemps", roles_write.removerolesforemps
    ),
    _write("role/scope/update", "/topapi/role/scope/update", roles_write.scope_update),
]

ROUTES: dict[str, Route] = {
    route.path: route for route in (*DEPARTMENTS, *USERS, *ROLES, *OTHERS, *WRITES)
}
