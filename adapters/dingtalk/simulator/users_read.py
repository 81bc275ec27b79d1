"""Reading people (DingTalk docs, 用户管理2.0)."""

from __future__ import annotations

from typing import Any

from adapters.dingtalk.simulator.errors import ApiError
from adapters.dingtalk.simulator.params import Params
from adapters.dingtalk.simulator.people import ORDERS
from adapters.dingtalk.simulator.views import user_detail, user_row
from adapters.dingtalk.simulator.world import World

PAGE_LIMIT = 100


def listing(world: World, params: Params) -> dict[str, Any]:
    """``/topapi/v2/user/list``: the direct members of a department, page by page."""
    department = world.department(params.integer("dept_id"))
    userids, paging = _page(world, params)
    users = world.directory.people.users
    return {"result": {**paging, "list": [user_row(world, users[u], department) for u in userids]}}


def listsimple(world: World, params: Params) -> dict[str, Any]:
    """``/topapi/user/listsimple``: userid and name, paged like user/list."""
    userids, paging = _page(world, params)
    users = world.directory.people.users
    rows = [{"userid": userid, "name": users[userid].name} for userid in userids]
    return {"result": {**paging, "list": rows}}


def _page(world: World, params: Params) -> tuple[list[str], dict[str, Any]]:
    department = world.department(params.integer("dept_id"))
    cursor = params.integer("cursor", code=40068)
    size = params.integer("size", code=40069)
    order = params.text_or_none("order_field") or "custom"
    if cursor < 0:
        raise ApiError(40068)
    if not 1 <= size <= PAGE_LIMIT:
        raise ApiError(40069)
    if order not in ORDERS:
        raise ApiError(400002)
    userids = world.directory.people.listing(department, order)
    hidden = world.settings.restricted_users
    if hidden and not params.flag_or("contain_access_limit", False):
        userids = [userid for userid in userids if userid not in hidden]
    end = cursor + size
    if end < len(userids):
        return userids[cursor:end], {"has_more": True, "next_cursor": end}
    return userids[cursor:], {"has_more": False}


def listid(world: World, params: Params) -> dict[str, Any]:
    """``/topapi/user/listid``: all direct members in one reply, whatever the scope."""
    department = world.directory.tree.get(params.integer("dept_id"))
    return {"result": {"userid_list": list(department.members)}}


def get(world: World, params: Params) -> dict[str, Any]:
    """``/topapi/v2/user/get``."""
    return {"result": user_detail(world, world.user(params.text("userid")))}


def getbymobile(world: World, params: Params) -> dict[str, Any]:
    """``/topapi/v2/user/getbymobile``: 40104 for what is no number, 60121 for nobody's."""
    mobile = params.text("mobile", code=40104)
    if not mobile.lstrip("+").replace("-", "").isdecimal():
        raise ApiError(40104)
    userid = world.directory.people.holder("mobile", mobile)
    if userid is None:
        raise ApiError(60121)
    return {"result": {"userid": userid}}


def getbyunionid(world: World, params: Params) -> dict[str, Any]:
    """``/topapi/user/getbyunionid``."""
    userid = world.directory.people.by_unionid(params.text("unionid"))
    if userid is None:
        raise ApiError(60121)
    return {"result": {"contact_type": 0, "userid": userid}}


def count(world: World, params: Params) -> dict[str, Any]:
    """``/topapi/user/count``: everybody, or those who activated their account."""
    users = world.directory.people.users
    only_active = params.flag("only_active")
    number = sum(user.active for user in users.values()) if only_active else len(users)
    return {"result": {"count": number}}


def listadmin(world: World, params: Params) -> dict[str, Any]:
    """``/topapi/user/listadmin``: main administrators are level 1, sub administrators 2."""
    levels = [(1, world.settings.main_admins), (2, world.settings.sub_admins)]
    users = world.directory.people.users
    return {
        "result": [
            {"userid": userid, "sys_level": level}
            for level, admins in levels
            for userid in admins
            if userid in users
        ]
    }


def get_admin_scope(world: World, params: Params) -> dict[str, Any]:
    """``/topapi/user/get_admin_scope``: every administrator here manages the whole organization."""
    user = world.directory.people.get(params.text("userid"))
    return {"dept_ids": [1] if world.is_admin(user.userid) else []}
