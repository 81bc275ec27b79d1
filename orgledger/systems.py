"""The kinds of systems there are: the one place where the product names its adapters.

Those of other distributions join them, see :mod:`orgledger.plugins` and docs/adding-a-system.md.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from adapters.authing.settings import AuthingSettings
from adapters.casdoor.settings import CasdoorSettings
from adapters.dingtalk.settings import DingTalkSettings
from adapters.entra.settings import EntraSettings
from adapters.feishu.settings import FeishuSettings
from adapters.ldap.settings import LdapSettings
from adapters.roster.settings import RosterSettings
from adapters.scim.settings import ScimSettings
from adapters.scim_inbound.settings import ScimInboundSettings
from adapters.webhook.settings import WebhookSettings
from adapters.wecom.settings import WeComSettings
from domain.errors import ConfigError
from domain.hints import Callbacks, Listening, Subscribing
from domain.ports import Source, Target
from orgledger import plugins

if TYPE_CHECKING:
    from adapters.scim_inbound.app import Door


class SystemType(NamedTuple):
    """One ``type`` of the configuration: its settings, and how its two sides are made.

    ``source(settings, name, folder)`` and ``target(settings, name, folder)``: ``name`` is the
    system's id, relative paths in the settings start at ``folder``. None: the type has no such
    side. ``settings`` is a msgspec struct, whose ``__post_init__`` raises ConfigError.
    ``door(settings, name)`` is what a source that is not read pushes through.
    ``callbacks(settings)`` understands the provider's calls to us, and ``listening(settings,
    name)`` is a connection that we open to be told; None where the settings do not ask for it.
    ``subscribing(settings)`` asks the provider to call us, where that is done through its API.
    """

    settings: type[Any]
    source: Callable[[Any, str, Path], Source] | None = None
    target: Callable[[Any, str, Path], Target] | None = None
    door: Callable[[Any, str], Door] | None = None
    callbacks: Callable[[Any], Callbacks | None] | None = None
    listening: Callable[[Any, str], Listening | None] | None = None
    subscribing: Callable[[Any], Subscribing | None] | None = None


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


def _dingtalk_callbacks(settings: DingTalkSettings) -> Callbacks | None:
    if not settings.callback_token and not settings.callback_aes_key:
        return None
    from adapters.dingtalk.callbacks import DingTalkCallbacks

    return DingTalkCallbacks(settings)


def _entra_callbacks(settings: EntraSettings) -> Callbacks | None:
    if not settings.callback_token:
        return None
    from adapters.entra.callbacks import EntraCallbacks

    return EntraCallbacks(settings, settings.callback_token)


def _entra_subscribing(settings: EntraSettings) -> Subscribing | None:
    if not settings.callback_token:
        return None
    from adapters.entra.subscriptions import EntraSubscriptions

    return EntraSubscriptions(settings)


def _feishu_callbacks(settings: FeishuSettings) -> Callbacks | None:
    if not settings.encrypt_key and not settings.verification_token:
        return None
    from adapters.feishu.callbacks import FeishuCallbacks

    return FeishuCallbacks(settings)


def _wecom_callbacks(settings: WeComSettings) -> Callbacks | None:
    if not settings.callback_token and not settings.callback_aes_key:
        return None
    from adapters.wecom.callbacks import WeComCallbacks

    return WeComCallbacks(settings)


def _entra(settings: EntraSettings, name: str, folder: Path) -> Source:
    from adapters.entra.source import EntraSource

    return EntraSource(name, settings)


def _feishu(settings: FeishuSettings, name: str, folder: Path) -> Source:
    from adapters.feishu.source import FeishuSource

    return FeishuSource(name, settings)


def _feishu_target(settings: FeishuSettings, name: str, folder: Path) -> Target:
    from adapters.feishu.target import FeishuTarget

    return FeishuTarget(name, settings)


def _casdoor(settings: CasdoorSettings, name: str, folder: Path) -> Target:
    from adapters.casdoor.target import CasdoorTarget

    return CasdoorTarget(name, settings)


def _authing(settings: AuthingSettings, name: str, folder: Path) -> Target:
    from adapters.authing.target import AuthingTarget

    return AuthingTarget(name, settings)


def _scim(settings: ScimSettings, name: str, folder: Path) -> Target:
    from adapters.scim.target import ScimTarget

    return ScimTarget(name, settings)


def _scim_inbound(settings: ScimInboundSettings, name: str) -> Door:
    from adapters.scim_inbound.app import Door

    return Door(name, settings)


def _ldap(settings: LdapSettings, name: str, folder: Path) -> Source:
    from adapters.ldap.source import LdapSource

    return LdapSource(name, settings)


def _ldap_target(settings: LdapSettings, name: str, folder: Path) -> Target:
    from adapters.ldap.target import LdapTarget

    return LdapTarget(name, settings)


def _webhook(settings: WebhookSettings, name: str, folder: Path) -> Target:
    from adapters.webhook.target import WebhookTarget

    return WebhookTarget(name, settings)


def _wecom(settings: WeComSettings, name: str, folder: Path) -> Source:
    from adapters.wecom.source import WeComSource

    return WeComSource(name, settings)


def _wecom_target(settings: WeComSettings, name: str, folder: Path) -> Target:
    from adapters.wecom.target import WeComTarget

    return WeComTarget(name, settings)


def _dingtalk_stream(settings: DingTalkSettings, name: str) -> Listening | None:
    if not settings.stream:
        return None
    from adapters.dingtalk.stream import DingTalkStream

    return DingTalkStream(settings)


def _feishu_long_connection(settings: FeishuSettings, name: str) -> Listening | None:
    if not settings.long_connection:
        return None
    from adapters.feishu.long_connection import FeishuLongConnection

    return FeishuLongConnection(settings)


OWN: dict[str, SystemType] = {
    "roster": SystemType(RosterSettings, source=_roster),
    "dingtalk": SystemType(
        DingTalkSettings,
        source=_dingtalk,
        target=_dingtalk_target,
        callbacks=_dingtalk_callbacks,
        listening=_dingtalk_stream,
    ),
    "entra": SystemType(
        EntraSettings, source=_entra, callbacks=_entra_callbacks, subscribing=_entra_subscribing
    ),
    "feishu": SystemType(
        FeishuSettings,
        source=_feishu,
        target=_feishu_target,
        callbacks=_feishu_callbacks,
        listening=_feishu_long_connection,
    ),
    "wecom": SystemType(
        WeComSettings, source=_wecom, target=_wecom_target, callbacks=_wecom_callbacks
    ),
    "casdoor": SystemType(CasdoorSettings, target=_casdoor),
    "authing": SystemType(AuthingSettings, target=_authing),
    "scim": SystemType(ScimSettings, target=_scim),
    "scim-inbound": SystemType(ScimInboundSettings, door=_scim_inbound),
    "ldap": SystemType(LdapSettings, source=_ldap, target=_ldap_target),
    "webhook": SystemType(WebhookSettings, target=_webhook),
}


class _Types(Mapping[str, SystemType]):
    """Our own types and those that other distributions bring, by their names.

    ``TYPES[name]`` raises KeyError for a name that there is not, and ConfigError for one that
    cannot be used: a plug-in that is broken, or that has a name of ours.
    """

    def __getitem__(self, name: str) -> SystemType:
        entry = plugins.named(name)
        if entry is None:
            return OWN[name]
        if name in OWN:
            raise ConfigError(
                f"the type {name!r} is orgledger's own",
                why=f"{plugins.distribution(entry)} brings another one of that name",
                fix="Uninstall that distribution, or have its entry point renamed.",
            )
        found = plugins.load(entry, SystemType)
        return found._replace(
            source=plugins.guarded(entry, found.source), target=plugins.guarded(entry, found.target)
        )

    def __iter__(self) -> Iterator[str]:
        return iter({**OWN, **plugins.brought()})

    def __len__(self) -> int:
        return len({**OWN, **plugins.brought()})


TYPES = _Types()
