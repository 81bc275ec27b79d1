"""The configuration file ``orgledger.toml``: read, checked as a whole, every mistake at once."""

from __future__ import annotations

import math
import os
import re
import tomllib
from pathlib import Path
from typing import Any, TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from domain.delivery.guard import GuardLimits
from domain.delivery.plan import Leavers
from domain.delivery.reconcile import Adoption
from domain.delivery.scope import Scope
from domain.errors import ConfigError
from domain.ownership import Ownership
from domain.plausible import Limit, Limits
from orgledger.configured import (
    ID,
    Config,
    DeliveryConfig,
    LogConfig,
    OrgConfig,
    ServeConfig,
    SubscriberConfig,
    SystemConfig,
    TokenConfig,
    nearest,
)
from orgledger.live.schedule import mistake
from orgledger.sharing import mistakes
from orgledger.systems import TYPES

__all__ = [
    "Config",
    "DeliveryConfig",
    "LogConfig",
    "OrgConfig",
    "ServeConfig",
    "SubscriberConfig",
    "SystemConfig",
    "TokenConfig",
    "find",
    "load",
    "nearest",
]

T = TypeVar("T")

FILE = "orgledger.toml"
ENV = "ORGLEDGER_CONFIG"
SECTIONS = ("log", "orgs", "systems", "serve", "subscribers")
COMMON = ("type", "org", "role", "schedule", "guard", "map", "scope", "leavers", "adopt")
"""The keys that a system of any type has; the others are its adapter's settings."""

ROLES = ("source", "target", "both")
_SECRET = ("secret", "password", "token", "aes_key")
_HASH = "sha256:"
"""What a setting begins with that holds the hash of a secret, which may be read by anybody."""

_LOGIN = re.compile(r"^[a-z]+://[^/@\s]+:[^/@\s]+@")
_TYPES = {
    "`str`": "a text", "`int`": "a whole number", "`float`": "a number", "`object`": "a table",
    "`bool`": "true or false", "`array`": "a list", "`null`": "nothing", "`datetime`": "a time",
}  # fmt: skip


def find(path: str | None) -> Path:
    """The configuration file: the given one, the one in ORGLEDGER_CONFIG, or ./orgledger.toml."""
    return Path(path or os.environ.get(ENV) or FILE)


def load(path: Path) -> Config:
    """Read and check ``path``. Raises ConfigError with every mistake in it, one per line."""
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        raise ConfigError(
            f"there is no configuration file {path}",
            fix="Create one with 'orgledger init', or name one with --config.",
        ) from None
    except OSError as error:
        raise ConfigError(f"{path} cannot be read ({error.strerror})") from None
    except UnicodeDecodeError:
        raise ConfigError(f"{path} is not a text in UTF-8", fix="Save it as UTF-8.") from None
    except (ValueError, RecursionError) as error:
        raise ConfigError(f"{path} is not valid TOML", why=str(error)) from None
    reader = _Reader(path)
    config = reader.config(raw)
    if reader.mistakes:
        lines = "\n".join(f"  - {mistake}" for mistake in reader.mistakes)
        raise ConfigError(f"{path} cannot be used as it stands:\n{lines}")
    return config


class _Reader:
    """Reads one file, collecting mistakes instead of stopping at the first."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.mistakes: list[str] = []
        self.warnings: list[str] = []

    def config(self, raw: dict[str, Any]) -> Config:
        self._known("", raw, SECTIONS)
        tables = self._tables(raw, "orgs"), self._tables(raw, "systems")
        log = self._struct("log", raw.get("log", {}), LogConfig)
        serve = self._serve(raw.get("serve", {}), list(tables[0]))
        subscribers = {
            name: self._of_orgs(f"subscribers.{name}", table, SubscriberConfig, list(tables[0]))
            for name, table in self._tables(raw, "subscribers").items()
        }
        orgs = {name: self._org(name, table, tables[1]) for name, table in tables[0].items()}
        systems = {name: self._system(name, table, tables[0]) for name, table in tables[1].items()}
        return Config(
            folder=self.path.resolve().parent,
            log=log or LogConfig(),
            serve=serve or ServeConfig(),
            orgs={name: org for name, org in orgs.items() if org is not None},
            systems={name: system for name, system in systems.items() if system is not None},
            subscribers={name: one for name, one in subscribers.items() if one is not None},
            warnings=tuple(self.warnings),
        )

    def _wrong(self, where: str, what: str) -> None:
        self.mistakes.append(f"[{where}] {what}" if where else what)

    def _tables(
        self, raw: dict[str, Any], key: str, section: str = ""
    ) -> dict[str, dict[str, Any]]:
        tables, section = raw.get(key, {}), section or key
        if not isinstance(tables, dict):
            self._wrong("", f"{section} is a table of tables: write [{section}.<id>]")
            return {}
        for name, table in tables.items():
            if not ID.fullmatch(name):
                self._wrong(f"{section}.{name}", "an id has only a-z, 0-9, '-' and '_'")
            if not isinstance(table, dict):
                self._wrong(section, f"{name!r} is not a table: write [{section}.<id>]")
        return {name: table for name, table in tables.items() if isinstance(table, dict)}

    def _known(self, where: str, table: dict[str, Any], known: tuple[str, ...]) -> None:
        what = "key" if where else "section"
        for key in table:
            if key not in known:
                self._wrong(where, f"unknown {what} {key!r}{nearest(key, list(known))}")

    def _struct(
        self, where: str, table: Any, cls: type[Any], also: tuple[str, ...] = ()
    ) -> Any | None:
        """``table`` as a ``cls``; None when something is wrong. ``also``: keys to hint at."""
        before = len(self.mistakes)
        if not isinstance(table, dict):
            self._wrong(where, "this is not a table")
            return None
        fields = msgspec.structs.fields(cls)
        self._known(where, table, (*(f.name for f in fields), *also))
        values = {}
        for field in fields:
            if field.name in table:
                values[field.name] = self._value(where, field.name, table[field.name], field.type)
            elif field.required:
                self._wrong(where, f"{field.name} is missing")
        if len(self.mistakes) > before:
            return None
        try:
            return cls(**values)
        except ConfigError as error:
            self._wrong(where, error.why or str(error))
            return None

    def _value(self, where: str, key: str, value: Any, wanted: Any) -> Any:
        """A value as it stands, or what ``{ env = … }`` or ``{ file = … }`` points at."""
        literal = not (isinstance(value, dict) and value.keys() in ({"env"}, {"file"}))
        if not literal:
            value = self._pointed(where, key, value)
            if value is None:
                return None
        elif isinstance(value, str) and (
            (any(word in key for word in _SECRET) and not value.startswith(_HASH))
            or (key == "url" and _LOGIN.match(value))
        ):
            self.warnings.append(
                f"[{where}] {key} is written in the file; prefer "
                f'{{ env = "…" }} or {{ file = "…" }}'
            )
        return self._converted(where, key, value, wanted, strict=literal)

    def _pointed(self, where: str, key: str, value: dict[str, Any]) -> str | None:
        ((kind, name),) = value.items()
        if not isinstance(name, str) or not name or "\0" in name:
            self._wrong(where, f"{key}: {kind} takes a name")
            return None
        if kind == "env":
            found = os.environ.get(name)
            if found is None:
                self._wrong(where, f"{key}: the environment variable {name} is not set")
            return found
        file = self.path.parent / Path(name).expanduser()
        try:
            return file.read_text(encoding="utf-8-sig").strip()
        except OSError as error:
            self._wrong(where, f"{key}: {file} cannot be read ({error.strerror})")
        except UnicodeDecodeError:
            self._wrong(where, f"{key}: {file} is not a text in UTF-8")
        return None

    def _converted(self, where: str, key: str, value: Any, wanted: Any, *, strict: bool) -> Any:
        if (isinstance(value, str) and "\0" in value) or (
            isinstance(value, float) and not math.isfinite(value)
        ):
            self._wrong(where, f"{key} cannot have this value")
            return None
        try:
            return msgspec.convert(value, wanted, strict=strict)
        except msgspec.ValidationError as error:
            why = str(error).partition(" - at")[0]
            for word, plain in _TYPES.items():
                why = why.replace(word, plain)
            self._wrong(where, f"{key}: {why[0].lower()}{why[1:].replace(' | ', ' or ')}")
            return None

    def _serve(self, table: Any, orgs: list[str]) -> ServeConfig | None:
        """``[serve]`` with its tokens."""
        if not isinstance(table, dict):
            self._wrong("serve", "this is not a table")
            return None
        own = {key: value for key, value in table.items() if key != "tokens"}
        serve: ServeConfig | None = self._struct("serve", own, ServeConfig, also=("tokens",))
        tokens = {
            name: self._of_orgs(f"serve.tokens.{name}", token, TokenConfig, orgs)
            for name, token in self._tables(table, "tokens", "serve.tokens").items()
        }
        if serve is None:
            return None
        known = {name: token for name, token in tokens.items() if token is not None}
        return msgspec.structs.replace(serve, tokens=known)

    def _of_orgs(self, where: str, table: Any, cls: type[T], orgs: list[str]) -> T | None:
        """A section that names one organization (``org``) or several (``orgs``, also ``*``)."""
        found: T | None = self._struct(where, table, cls)
        if found is None:
            return None
        named = (found.org,) if isinstance(found, SubscriberConfig) else getattr(found, "orgs", ())
        for org in named:
            if org not in orgs and (org != "*" or isinstance(found, SubscriberConfig)):
                self._wrong(where, f"there is no organization {org!r}{nearest(org, orgs)}")
        return found

    def _org(
        self, name: str, table: dict[str, Any], systems: dict[str, dict[str, Any]]
    ) -> OrgConfig | None:
        where = f"orgs.{name}"
        org: OrgConfig | None = self._struct(where, table, OrgConfig)
        if org is None:
            return None
        try:
            ZoneInfo(org.timezone)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            self._wrong(where, f"timezone: {org.timezone!r} is not known")
        if org.source is not None:
            self._owner(where, name, org.source, systems)
        ownership = Ownership(source=org.source, owners=org.owners)
        for wrong in mistakes(name, ownership, systems):
            self._wrong(f"{where}.owners", wrong)
        return org

    def _owner(self, where: str, org: str, source: str, systems: dict[str, dict[str, Any]]) -> None:
        owner = systems.get(source)
        if owner is None:
            hint = nearest(source, list(systems))
            self._wrong(where, f"source: there is no system {source!r}{hint}")
        elif owner.get("org") != org:
            self._wrong(where, f"source: the system {source!r} belongs to another organization")
        elif owner.get("role") == "target":
            self._wrong(where, f"source: the system {source!r} is a target only")

    def _system(
        self, name: str, table: dict[str, Any], orgs: dict[str, dict[str, Any]]
    ) -> SystemConfig | None:
        where, before = f"systems.{name}", len(self.mistakes)
        kind = self._kind(where, table)
        org = self._one_of(where, table, "org", list(orgs))
        role = self._one_of(where, table, "role", list(ROLES)) if "role" in table else None
        if kind is not None and role is not None:
            self._can(where, kind, role)
        schedule = table.get("schedule")
        if schedule is not None and (wrong := mistake(schedule)):
            self._wrong(where, wrong)
        guard = self._guard(where, table.get("guard", {}))
        delivery = self._delivery(where, table)
        if kind is None:
            return None
        own = {key: value for key, value in table.items() if key not in COMMON}
        settings = self._struct(where, own, TYPES[kind].settings, also=COMMON)
        if len(self.mistakes) > before or org is None:
            return None
        return SystemConfig(
            id=name,
            type=kind,
            org=org,
            settings=settings,
            role=role,
            schedule=schedule,
            guard=guard[0],
            delivery=msgspec.structs.replace(delivery, guard=guard[1]),
        )

    def _kind(self, where: str, table: dict[str, Any]) -> str | None:
        """The type of a system, if it can be used."""
        name = self._one_of(where, table, "type", list(TYPES))
        try:
            return name if name in TYPES else None
        except ConfigError as error:
            self._wrong(where, f"type: {error}")
            return None

    def _one_of(self, where: str, table: dict[str, Any], key: str, known: list[str]) -> str | None:
        value = table.get(key)
        if isinstance(value, str) and value in known:
            return value
        if key not in table:
            self._wrong(where, f"{key} is missing{nearest('', known)}")
        elif isinstance(value, str):
            self._wrong(where, f"{key}: there is no {value!r}{nearest(value, known)}")
        else:
            self._wrong(where, f"{key}: expected a text")
        return None

    def _can(self, where: str, kind: str, role: str) -> None:
        """Whether systems of this type can play that role."""
        if role in ("source", "both") and TYPES[kind].source is None and TYPES[kind].door is None:
            self._wrong(where, f"role: nothing can be read from the type {kind!r}")
        if role in ("target", "both") and TYPES[kind].target is None:
            self._wrong(where, f"role: nothing can be written to the type {kind!r}")

    def _delivery(self, where: str, table: dict[str, Any]) -> DeliveryConfig:
        mapped = table.get("map", {})
        try:
            mapped = msgspec.convert(mapped, dict[str, dict[str, str]])
        except msgspec.ValidationError:
            self._wrong(f"{where}.map", 'write [systems.x.map.member], then field = "expression"')
            mapped = {}
        return DeliveryConfig(
            map=mapped,
            scope=self._part(where, table, "scope", Scope),
            leavers=self._part(where, table, "leavers", Leavers),
            adopt=self._part(where, table, "adopt", Adoption),
        )

    def _part(self, where: str, table: dict[str, Any], key: str, cls: type[T]) -> T:
        """The table ``key`` as a ``cls``; all defaults where it is absent or wrong."""
        found: T | None = self._struct(f"{where}.{key}", table.get(key, {}), cls)
        return cls() if found is None else found

    def _guard(self, where: str, table: Any) -> tuple[Limits, GuardLimits]:
        """The guards of reading and of delivering; what a limit does not say is as by default."""
        where = f"{where}.guard"
        if not isinstance(table, dict):
            self._wrong(where, "this is not a table")
            return Limits(), GuardLimits()
        usual = {**msgspec.structs.asdict(Limits()), **msgspec.structs.asdict(GuardLimits())}
        self._known(where, table, tuple(usual))
        limits: dict[str, Limit] = {}
        for key, limit in table.items():
            if key in usual:
                given = limit
                if isinstance(limit, dict):
                    given = {**msgspec.structs.asdict(usual[key]), **limit}
                found = self._struct(f"{where}.{key}", given, Limit)
                if found is None:
                    continue
                if found.count < 0 or found.most < 0 or not 0 <= found.percent <= 100:
                    self._wrong(f"{where}.{key}", "count, most are 0 or more, percent 0 to 100")
                limits[key] = found
        return _replaced(Limits(), limits), _replaced(GuardLimits(), limits)


def _replaced(usual: T, limits: dict[str, Limit]) -> T:
    own = {key: limit for key, limit in limits.items() if hasattr(usual, key)}
    return msgspec.structs.replace(usual, **own)  # type: ignore[type-var]
