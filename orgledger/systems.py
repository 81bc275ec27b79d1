"""The kinds of systems there are: the one place where the product names its adapters."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from adapters.casdoor.settings import CasdoorSettings
from adapters.dingtalk.settings import DingTalkSettings
from adapters.feishu.settings import FeishuSettings
from adapters.ldap.settings import LdapSettings
from adapters.roster.settings import RosterSettings
from adapters.scim.settings import ScimSettings
from adapters.webhook.settings import WebhookSettings
from domain.ports import Source, Target


class SystemType(NamedTuple):
    """One ``type`` of the configuration: its settings, and how its two sides are made.

    ``source(settings, name, folder)`` and ``target(settings, name, folder)``: ``name`` is the
    system's id, relative paths in the settings start at ``folder``. None: the type has no such
    side.
    """

    settings: type[Any]
    source: Callable[[Any, str, Path], Source] | None = None
    target: Callable[[Any, str, Path], Target] | None = None


# They are imported when one is made: a command that only looks needs no HTTP and no Excel.


def _roster(settings: RosterSettings, name: str, folder: Path) -> Source:
    from adapters.roster.source import RosterSource

    return RosterSource(name, settings, folder=folder)


def _dingtalk(settings: DingTalkSettings, name: str, folder: Path) -> Source:
    from adapters.dingtalk.source import DingTalkSource

    return DingTalkSource(name, settings)


def _dingtalk_target(settings: DingTalkSettings, name: str, folder: Path) -> Target:
    from adapters.dingtalk.target import DingTalkTarget

    return DingTalkTarget(name, settings)


def _feishu(settings: FeishuSettings, name: str, folder: Path) -> Target:
    from adapters.feishu.target import FeishuTarget

    return FeishuTarget(name, settings)


def _casdoor(settings: CasdoorSettings, name: str, folder: Path) -> Target:
    from adapters.casdoor.target import CasdoorTarget

    return CasdoorTarget(name, settings)


def _scim(settings: ScimSettings, name: str, folder: Path) -> Target:
    from adapters.scim.target import ScimTarget

    return ScimTarget(name, settings)


def _ldap(settings: LdapSettings, name: str, folder: Path) -> Target:
    from adapters.ldap.target import LdapTarget

    return LdapTarget(name, settings)


def _webhook(settings: WebhookSettings, name: str, folder: Path) -> Target:
    from adapters.webhook.target import WebhookTarget

    return WebhookTarget(name, settings)


TYPES: dict[str, SystemType] = {
    "roster": SystemType(RosterSettings, source=_roster),
    "dingtalk": SystemType(DingTalkSettings, source=_dingtalk, target=_dingtalk_target),
    "feishu": SystemType(FeishuSettings, target=_feishu),
    "casdoor": SystemType(CasdoorSettings, target=_casdoor),
    "scim": SystemType(ScimSettings, target=_scim),
    "ldap": SystemType(LdapSettings, target=_ldap),
    "webhook": SystemType(WebhookSettings, target=_webhook),
}
