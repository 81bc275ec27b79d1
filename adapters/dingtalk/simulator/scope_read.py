"""``GET /auth/scopes`` (DingTalk docs, 获取通讯录权限范围)."""

from __future__ import annotations

from typing import Any

from adapters.dingtalk.simulator.params import Params
from adapters.dingtalk.simulator.settings import USER_FIELDS
from adapters.dingtalk.simulator.world import World


def scopes(world: World, params: Params) -> dict[str, Any]:
    """Which departments, people and fields the app may see."""
    settings = world.settings
    return {
        "auth_org_scopes": {
            "authed_user": settings.authed_user,
            "authed_dept": settings.authed_dept,
        },
        "auth_user_field": [name for name in USER_FIELDS if name not in settings.hidden_fields],
        "condition_field": [],
    }
