"""What a configuration is: the log, the organizations, the systems and what each of them has."""

from __future__ import annotations

import difflib
import re
from pathlib import Path
from typing import Any, Literal
from zoneinfo import ZoneInfo

import msgspec

from adapters.scim_inbound.tokens import given, problem
from adapters.webhook.settings import WebhookSettings
from domain.delivery.guard import GuardLimits
from domain.delivery.plan import Leavers
from domain.delivery.reconcile import Adoption
from domain.delivery.scope import Scope
from domain.errors import ConfigError
from domain.ownership import Ownership
from domain.plausible import Limits
from orgledger.systems import TYPES

ID = re.compile(r"[a-z0-9][a-z0-9_-]{0,62}")


class LogConfig(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``[log]``: ``embedded``, or the servers of a cluster; ``data`` is our own folder."""

    url: str = "embedded"
    data: str = ".orgledger"
    stream: str = "ORGLEDGER"
    replicas: int = 1
    user: str | None = None
    password: str | None = None
    token: str | None = None
    credentials: str | None = None

    def __post_init__(self) -> None:
        problems = []
        if self.url != "embedded" and not re.match(r"(nats|tls|ws|wss)://\S", self.url):
            problems.append('url is "embedded" or the servers, such as "nats://a:4222"')
        if not self.data.strip():
            problems.append("data must not be empty")
        if not re.fullmatch(r"[A-Za-z0-9_-]{1,64}", self.stream):
            problems.append("stream has only A-Z, a-z, 0-9, '-' and '_'")
        if self.replicas not in (1, 3, 5):
            problems.append(f"replicas is 1, 3 or 5, not {self.replicas}")
        if problems:
            raise ConfigError("this log cannot be used", why="; ".join(problems))


class TokenConfig(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``[serve.tokens.<name>]``: a program that may use the API, by its bearer token.

    ``token`` as of :mod:`adapters.scim_inbound.tokens`: in the clear or hashed, one or several.
    ``orgs`` are the organizations that it is for; ``*`` is every one.
    """

    token: str | tuple[str, ...]
    orgs: tuple[str, ...]
    may: tuple[Literal["publish", "read"], ...] = ("publish", "read")

    def __post_init__(self) -> None:
        tokens = given(self.token)
        problems = [why for token in tokens if (why := problem(token)) is not None]
        if not tokens:
            problems.append("token has no token in it")
        if not self.orgs:
            problems.append('orgs names no organization; "*" is every one')
        if problems:
            raise ConfigError("this token cannot be used", why="; ".join(dict.fromkeys(problems)))


class SubscriberConfig(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``[subscribers.<name>]``: an address that is told every event of an organization.

    ``url``, ``secret``, ``old_secret`` and ``timeout`` as of a webhook. ``events`` are patterns
    (``*``, ``?``) of the names of events; ``past`` begins with the organization's first event
    instead of the next one.
    """

    org: str
    url: str
    secret: str
    old_secret: str = ""
    events: tuple[str, ...] = ("*",)
    past: bool = False
    timeout: float = 20

    def __post_init__(self) -> None:
        _ = self.webhook  # raises what is wrong with it
        if not self.events or not all(pattern.strip() for pattern in self.events):
            raise ConfigError("this subscriber cannot be told", why="events has no pattern in it")

    @property
    def webhook(self) -> WebhookSettings:
        """How it is called. Raises ConfigError."""
        return WebhookSettings(
            url=self.url, secret=self.secret, old_secret=self.old_secret, timeout=self.timeout
        )


class ServeConfig(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``[serve]``: where ``orgledger serve`` listens, and where it is reached from outside."""

    host: str = "127.0.0.1"
    port: int = 8480
    public_url: str = ""
    tokens: dict[str, TokenConfig] = {}

    def __post_init__(self) -> None:
        problems = []
        if not self.host.strip():
            problems.append("host must not be empty")
        if not 0 < self.port < 65536:
            problems.append(f"port is 1 to 65535, not {self.port}")
        if self.public_url and not re.match(r"https?://[^/\s?#]+(/[^\s?#]*)?$", self.public_url):
            problems.append('public_url is an address such as "https://sync.example.com"')
        if problems:
            raise ConfigError("the service cannot listen there", why="; ".join(problems))


class OrgConfig(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``[orgs.<id>]``. ``source`` is the system that owns it; without one it is a generic one.

    ``owners`` gives groups of fields (:data:`domain.ownership.GROUPS`) to other systems.
    """

    name: str = ""
    source: str | None = None
    owners: dict[str, str] = {}
    timezone: str = "Asia/Shanghai"


class DeliveryConfig(msgspec.Struct, frozen=True, kw_only=True):
    """What a target has beside: mapping, scope, guard, leavers, adoption."""

    map: dict[str, dict[str, str]] = {}
    scope: Scope = Scope()
    guard: GuardLimits = GuardLimits()
    leavers: Leavers = Leavers()
    adopt: Adoption = Adoption()


class SystemConfig(msgspec.Struct, frozen=True, kw_only=True):
    """``[systems.<id>]``: what every system has, and the adapter's own ``settings``."""

    id: str
    type: str
    org: str
    settings: Any
    role: str | None = None
    schedule: str | None = None
    guard: Limits = Limits()
    delivery: DeliveryConfig = DeliveryConfig()


class Config(msgspec.Struct, frozen=True, kw_only=True):
    """A whole configuration. Paths in it are relative to ``folder``."""

    folder: Path
    log: LogConfig = LogConfig()
    serve: ServeConfig = ServeConfig()
    orgs: dict[str, OrgConfig] = {}
    systems: dict[str, SystemConfig] = {}
    subscribers: dict[str, SubscriberConfig] = {}
    warnings: tuple[str, ...] = ()

    @property
    def data(self) -> Path:
        return self.folder / self.log.data

    def org(self, org: str) -> OrgConfig:
        """The organization's section, or a ConfigError that names the nearest one."""
        if org not in self.orgs:
            raise ConfigError(
                f"there is no organization {org!r} in the configuration"
                + nearest(org, list(self.orgs)),
                fix=f"Add [orgs.{org}] to keep one of that id." if ID.fullmatch(org) else "",
            )
        return self.orgs[org]

    def system(self, name: str) -> SystemConfig:
        """The system's section, or a ConfigError that names the nearest one."""
        if name not in self.systems:
            raise ConfigError(
                f"there is no system {name!r} in the configuration"
                + nearest(name, list(self.systems))
            )
        return self.systems[name]

    def zone(self, org: str) -> ZoneInfo:
        """The organization's time zone."""
        return ZoneInfo(self.orgs[org].timezone) if org in self.orgs else ZoneInfo("UTC")

    def sources(self) -> list[SystemConfig]:
        """The systems that own an organization, in the order of the file; then those of a part."""
        own = [s for s in self.systems.values() if self.orgs[s.org].source == s.id]
        return own + [s for s in self.systems.values() if self.ownership(s.org).part(s.id)]

    def ownership(self, org: str) -> Ownership:
        """Who owns what of an organization."""
        found = self.org(org)
        return Ownership(source=found.source, owners=found.owners)

    def targets(self) -> list[SystemConfig]:
        """The systems that an organization is brought to, in the order of the file."""
        return [s for s in self.systems.values() if self.is_target(s)]

    def is_source(self, system: SystemConfig) -> bool:
        """Whether a system is read: unless it is only written to."""
        return (
            TYPES[system.type].source is not None
            and system.role != "target"
            and (system.role is not None or not self.is_target(system))
        )

    def pushes(self, system: SystemConfig) -> bool:
        """Whether a system is a source that is not read: it tells its changes by itself."""
        return TYPES[system.type].door is not None

    def is_target(self, system: SystemConfig) -> bool:
        """Whether a system is written to: by its role; without one, unless it owns the org."""
        if system.role is not None:
            return system.role in ("target", "both")
        return self.orgs[system.org].source != system.id and TYPES[system.type].target is not None


def nearest(word: str, known: list[str]) -> str:
    """A hint such as ``; did you mean 'app_key'?``, or the list of what is known."""
    close = difflib.get_close_matches(word, known, n=1)
    if close:
        return f"; did you mean {close[0]!r}?"
    return f"; known: {', '.join(sorted(known)) or 'none'}"
