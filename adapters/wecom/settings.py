"""What must be known to reach one WeCom corporation: two secrets with different rights."""

from __future__ import annotations

import msgspec

from domain.errors import ConfigError

WECOM = "https://qyapi.weixin.qq.com"

PER_MINUTE = 10_000
"""Calls of one interface by one corporation (WeCom frequency limits)."""


class WeComSettings(msgspec.Struct, frozen=True, kw_only=True):
    """One corporation (``corp_id``), its contact-sync secret and one self-built app.

    ``contact_secret`` (通讯录同步) lists everybody's ids and is the only one that may write;
    ``app_secret`` is the self-built app's, which reads names and other details within its visible
    range; ``agent_id`` is that app's AgentId, by which it can tell this range. A source needs
    both secrets to see everything; with ``app_secret`` alone it sees the visible range.
    ``base_url`` is another host for a private deployment. ``rate`` is in calls per second over
    all interfaces; WeCom counts 10,000 in a minute and 150,000 in an hour for each of them.
    ``callback_token`` and ``callback_aes_key`` are for change events.

    A target needs ``contact_secret``; ``root_department`` is the department below which ours are
    put (1: the organization itself).
    """

    corp_id: str
    contact_secret: str = ""
    app_secret: str = ""
    agent_id: int = 0
    base_url: str = WECOM
    callback_token: str = ""
    callback_aes_key: str = ""
    rate: float = 100
    root_department: int = 1

    def __post_init__(self) -> None:
        problems = [
            f"{name} must not be empty"
            for name in ("corp_id", "base_url")
            if not getattr(self, name)
        ]
        if not self.contact_secret and not self.app_secret:
            problems.append("contact_secret and app_secret are both empty")
        if self.contact_secret and self.contact_secret == self.app_secret:
            problems.append("contact_secret and app_secret are the same")
        if self.agent_id < 0:
            problems.append("agent_id is the app's AgentId, such as 1000002")
        if self.root_department < 1:
            problems.append("root_department must be 1 (the organization) or a department's id")
        if not 0 < self.rate <= PER_MINUTE / 60:
            problems.append(f"rate must be more than 0 and at most {PER_MINUTE / 60:.0f}")
        if problems:
            raise ConfigError("These WeCom settings cannot be used", why="; ".join(problems))

    def __repr__(self) -> str:
        return f"WeComSettings(corp_id={self.corp_id!r}, base_url={self.base_url!r})"
