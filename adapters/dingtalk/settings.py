"""What must be known to reach one DingTalk organization through one internal app."""

from __future__ import annotations

from typing import Literal

import msgspec

from domain.errors import ConfigError

OAPI, API = "https://oapi.dingtalk.com", "https://api.dingtalk.com"

Managers = Literal["auto", "all", "none"]


class DingTalkSettings(msgspec.Struct, frozen=True, kw_only=True):
    """One internal app (企业内部应用). ``app_key`` and ``app_secret`` are Client ID and Secret.

    ``managers`` says for whom direct managers are read, which costs one call per person: ``all``,
    ``none``, or ``auto``: everybody's in organizations of up to ``detail_calls`` people; in larger
    ones those of new and changed people, and of the others a share of about ``detail_calls`` per
    reading, in turns; more where everybody's turn would take over 48 readings. ``rate`` is
    DingTalk's limit in calls per second per interface (20, or 60 with the add-on; a higher limit
    is found by itself), ``max_rate`` our cap over all interfaces (0: none; DingTalk bans an
    address for five minutes after 10,000 calls in 20 seconds).
    ``system_roles`` also reads the group 默认 (负责人, 主管, 主管理员, 子管理员), which DingTalk
    fills itself: leaders and administrators once more, under another name.

    As a target: ``root_department`` is the department below which ours are put (1: the
    organization itself), ``role_group`` the group of roles that have none, ``abroad`` says that
    the organization is registered outside mainland China (mainland numbers then need +86).
    """

    app_key: str
    app_secret: str
    base_url: str = OAPI
    api_url: str = API
    corp_id: str = ""
    callback_token: str = ""
    callback_aes_key: str = ""
    stream: bool = False
    managers: Managers = "auto"
    detail_calls: int = 2000
    rate: float = 20
    max_rate: float = 450
    system_roles: bool = False
    root_department: int = 1
    role_group: str = "其他"
    abroad: bool = False

    def __post_init__(self) -> None:
        problems = [
            f"{name} must not be empty"
            for name in ("app_key", "app_secret")
            if not getattr(self, name)
        ]
        if self.managers not in ("auto", "all", "none"):
            problems.append(f'managers is "auto", "all" or "none", not {self.managers!r}')
        if self.detail_calls < 1:
            problems.append("detail_calls must be at least 1")
        if self.rate <= 0:
            problems.append("rate must be more than 0")
        if self.max_rate < 0:
            problems.append("max_rate must be 0 (no cap) or more")
        if self.root_department < 1:
            problems.append("root_department must be 1 (the organization) or a department's id")
        if self.role_group in ("", "默认"):
            problems.append("role_group must be the name of a group; 默认 is DingTalk's own")
        if problems:
            raise ConfigError("These DingTalk settings cannot be used", why="; ".join(problems))

    def __repr__(self) -> str:
        return f"DingTalkSettings(app_key={self.app_key!r}, base_url={self.base_url!r})"
