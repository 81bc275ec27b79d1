"""The self-built app itself and the platform's addresses (WeCom agent/get, getcallbackip)."""

from __future__ import annotations

from typing import Any

from adapters.wecom.simulator.errors import ApiError
from adapters.wecom.simulator.question import Question
from adapters.wecom.simulator.world import numbers

ADDRESSES = ["127.0.0.1"]


def get(question: Question) -> dict[str, Any]:
    """``GET agent/get``: the app's visible range; only of the app whose secret is used."""
    agent_id, settings = question.query.integer("agentid"), question.world.settings
    if agent_id is None:
        raise ApiError(41011)
    if agent_id != settings.agent_id:
        raise ApiError(40056)
    directory = question.directory
    users = [directory.people.find(userid) for userid in settings.visible_users]
    parties = numbers(settings.visible_departments, directory.dept_ids.known)
    tags = numbers(settings.visible_tags, directory.tag_ids.known)
    return {
        "agentid": agent_id,
        "name": "orgledger",
        "square_logo_url": "",
        "description": "",
        "allow_userinfos": {"user": [{"userid": user.userid} for user in users if user]},
        "allow_partys": {"partyid": parties},
        "allow_tags": {"tagid": tags},
        "close": 0,
        "redirect_domain": "",
        "report_location_flag": 0,
        "isreportenter": 0,
        "home_url": "",
    }


def addresses(question: Question) -> dict[str, Any]:
    """``GET getcallbackip`` and ``get_api_domain_ip``: from where and to where calls go."""
    return {"ip_list": ADDRESSES}
