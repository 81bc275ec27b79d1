"""Writing people (DingTalk docs, 用户管理2.0: create, update, delete)."""

from __future__ import annotations

from typing import Any

from adapters.dingtalk.simulator import user_params
from adapters.dingtalk.simulator.errors import ApiError
from adapters.dingtalk.simulator.model import User
from adapters.dingtalk.simulator.params import Params
from adapters.dingtalk.simulator.roster_check import USERID_LIMIT
from adapters.dingtalk.simulator.roster_fields import tidy
from adapters.dingtalk.simulator.world import World


def create(world: World, params: Params) -> dict[str, Any]:
    """``/topapi/v2/user/create``; without a userid DingTalk makes one up.

    The account is not active before its owner signs in (unless ``auto_activate`` is set).
    40103: an invitation went out instead.
    """
    directory = world.directory
    name, mobile = user_params.name(params), user_params.mobile(params)
    places = user_params.departments(world, params)
    userid = _userid(world, params)
    if userid in directory.people.users:
        raise ApiError(60102)
    fields = {"mobile": mobile, **user_params.texts(params), **user_params.extension(params, None)}
    user = User(
        userid,
        name,
        directory.unionid(userid, mobile),
        places,
        active=world.settings.auto_activate,
        fields=tidy(fields),
        manager=params.text_or_none("manager_userid") or None,
        **user_params.per_department(params, places),
        **user_params.flags(params),
    )
    directory.check_person(user.fields, places, user.manager)
    if mobile in world.settings.consent_mobiles:
        raise ApiError(40103)
    directory.create_user(user)
    return {"result": {"userid": userid, "unionId": user.unionid}}


def update(world: World, params: Params) -> dict[str, Any]:
    """``/topapi/v2/user/update``: what is absent stays; the mobile number cannot be changed."""
    user = world.user(params.text("userid"))
    if "mobile" in params:
        raise ApiError(40022)
    change: dict[str, Any] = user_params.flags(params)
    if "name" in params:
        change["name"] = user_params.name(params)
    places = user.departments
    if "dept_id_list" in params:
        places = change["departments"] = user_params.departments(world, params, places)
    change |= user_params.per_department(params, places)
    extension = user_params.extension(params, user.fields.get("extension"))
    change["fields"] = tidy({**user.fields, **user_params.texts(params), **extension})
    manager = params.text_or_none("manager_userid")
    if manager or "manager_userid" in params.words("force_update_fields"):
        change["manager"] = manager or None
    world.directory.update_user(user, change)
    return {}


def delete(world: World, params: Params) -> dict[str, Any]:
    """``/topapi/v2/user/delete``: the leave record says ``oapi``."""
    world.directory.delete_user(world.user(params.text("userid")), "oapi")
    return {}


def _userid(world: World, params: Params) -> str:
    userid = params.text_or_none("userid")
    if userid is None:
        return f"sim{world.directory.user_ids.fresh()}"
    if not 1 <= len(userid) <= USERID_LIMIT:
        raise ApiError(40063)
    return userid
