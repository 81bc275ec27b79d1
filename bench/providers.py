"""The providers that are read: how each is served, reached, and read in the least calls."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import partial
from typing import Any, Protocol

import msgspec

from adapters.dingtalk.settings import DingTalkSettings
from adapters.dingtalk.source import DingTalkSource
from adapters.entra.settings import EntraSettings
from adapters.entra.simulator import EntraSettings as SimulatedEntra
from adapters.entra.source import EntraSource
from adapters.feishu.settings import FeishuSettings
from adapters.feishu.simulator import FeishuSettings as SimulatedFeishu
from adapters.feishu.source import FeishuSource
from adapters.ldap.settings import LdapSettings
from adapters.ldap.source import LdapSource
from adapters.wecom.settings import WeComSettings
from adapters.wecom.simulator import WeComSettings as SimulatedWeCom
from adapters.wecom.source import WeComSource
from bench import least
from bench.directory import BASE, PASSWORD, PLACES, READER, directory
from bench.least import Least
from bench.people import SYSTEM
from bench.simulator import APP, Stats, simulator
from domain.ports import Source
from domain.records import Roster


class Served(Protocol):
    """A provider that answers at ``url`` and counts what it is asked."""

    @property
    def url(self) -> str: ...

    def stats(self) -> Stats: ...


class Provider(msgspec.Struct, frozen=True, kw_only=True):
    """One way to read one provider.

    ``serve`` starts it with an organization and dials of its simulator; ``source`` reads from its
    address, and takes further settings.
    """

    name: str
    title: str
    serve: Callable[..., AbstractContextManager[Served]]
    source: Callable[..., Source]
    least: Callable[[Roster], Least]


def _dingtalk(url: str, roster: Roster, **more: Any) -> Source:
    settings = DingTalkSettings(**APP, base_url=url, managers="all", **more)
    return DingTalkSource(SYSTEM, settings)


def _feishu(url: str, roster: Roster, **more: Any) -> Source:
    app = SimulatedFeishu()
    roles = {role.name: role.id for role in roster.roles}
    settings = FeishuSettings(
        app_id=app.app_id, app_secret=app.app_secret, base_url=url, role_ids=roles, **more
    )
    return FeishuSource(SYSTEM, settings)


def _wecom(url: str, roster: Roster, **more: Any) -> Source:
    corp = SimulatedWeCom()
    settings = WeComSettings(
        corp_id=corp.corp_id,
        contact_secret=corp.contact_secret,
        app_secret=corp.app_secret,
        agent_id=corp.agent_id,
        base_url=url,
        **more,
    )
    return WeComSource(SYSTEM, settings)


def _entra(url: str, roster: Roster, **more: Any) -> Source:
    app = SimulatedEntra()
    settings = EntraSettings(
        tenant_id=app.tenant_id,
        client_id=app.client_id,
        client_secret=app.client_secret,
        login_url=url,
        base_url=f"{url}/v1.0",
        **more,
    )
    return EntraSource(SYSTEM, settings)


def _ldap(url: str, roster: Roster, **more: Any) -> Source:
    settings = LdapSettings(
        url=url,
        base_dn=BASE,
        bind_dn=READER,
        bind_password=PASSWORD,
        profile="inetorgperson",
        people=PLACES["people"],
        departments=PLACES["departments"],
        roles=PLACES["roles"],
        **more,
    )
    return LdapSource(SYSTEM, settings)


_GROUPS: dict[str, Any] = {
    "tree": "groups",
    "groups_filter": "startswith(mailNickname,'dept-')",
    "roles_filter": "startswith(mailNickname,'role-')",
}

DINGTALK = Provider(
    name="dingtalk",
    title="DingTalk, managers included",
    serve=partial(simulator, provider="dingtalk"),
    source=_dingtalk,
    least=least.dingtalk,
)
FEISHU = Provider(
    name="feishu",
    title="Feishu, managers and roles included",
    serve=partial(simulator, provider="feishu"),
    source=_feishu,
    least=least.feishu,
)
WECOM = Provider(
    name="wecom",
    title="WeCom, with both secrets",
    serve=partial(simulator, provider="wecom"),
    source=_wecom,
    least=least.wecom,
)
ENTRA = Provider(
    name="entra",
    title="Entra, groups as departments",
    serve=partial(simulator, provider="entra"),
    source=partial(_entra, **_GROUPS),
    least=least.entra_groups,
)
ENTRA_ATTRIBUTE = Provider(
    name="entra-attribute",
    title="Entra, texts as departments",
    serve=partial(simulator, provider="entra"),
    source=partial(_entra, separator="/"),
    least=least.entra_attribute,
)
LDAP = Provider(
    name="ldap",
    title="a real slapd, units as departments",
    serve=directory,
    source=_ldap,
    least=least.ldap,
)
