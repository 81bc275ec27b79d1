"""The configuration file ``orgledger.toml``: read, checked as a whole, every mistake at once."""

from __future__ import annotations

import difflib
import os
import re
import tomllib
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from domain.errors import ConfigError
from domain.plausible import Limits
from orgledger.systems import TYPES

FILE = "orgledger.toml"
_ID = re.compile(r"[a-z0-9][a-z0-9_-]{0,62}")
_COMMON = ("type", "org", "role", "schedule", "guard")
ENV = "ORGLEDGER_CONFIG"


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


class OrgConfig(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``[orgs.<id>]``. ``source`` is the system that owns it; without one it is a generic one."""

    name: str = ""
    source: str | None = None
    timezone: str = "Asia/Shanghai"


class SystemConfig(msgspec.Struct, frozen=True, kw_only=True):
    """``[systems.<id>]``: what every system has, and the adapter's own ``settings``."""

    id: str
    type: str
    org: str
    settings: Any
    role: str | None = None
    schedule: str | None = None
    guard: Limits = Limits()


class Config(msgspec.Struct, frozen=True, kw_only=True):
    """A whole configuration. Paths in it are relative to ``folder``."""

    folder: Path
    log: LogConfig = LogConfig()
    orgs: dict[str, OrgConfig] = {}
    systems: dict[str, SystemConfig] = {}
    warnings: tuple[str, ...] = ()

    @property
    def data(self) -> Path:
        return self.folder / self.log.data

    def org(self, org: str) -> OrgConfig:
        """The organization's section, or a ConfigError that names the known ones."""
        if org not in self.orgs:
            raise ConfigError(
                f"there is no organization {org!r} in the configuration",
                fix=f"Known: {', '.join(sorted(self.orgs)) or 'none'}. Add [orgs.{org}].",
            )
        return self.orgs[org]

    def zone(self, org: str) -> ZoneInfo:
        """The organization's time zone."""
        return ZoneInfo(self.orgs[org].timezone) if org in self.orgs else ZoneInfo("UTC")

    def sources(self) -> list[SystemConfig]:
        """The systems that own an organization, in the order of the file."""
        return [s for s in self.systems.values() if self.orgs[s.org].source == s.id]


def find(path: str | None) -> Path:
    """The configuration file: the given one, the one in ORGLEDGER_CONFIG, or ./orgledger.toml."""
    return Path(path or os.environ.get(ENV) or FILE)


def load(path: Path) -> Config:
    """Read and check ``path``. Raises ConfigError with every mistake in it, one per line."""
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ConfigError(
            f"there is no configuration file {path}",
            fix="Create one with 'orgledger init', or name one with --config.",
        ) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} is not valid TOML", why=str(error)) from None
    reader = _Reader(path)
    config = reader.config(raw)
    if reader.mistakes:
        lines = "\n".join(f"  - {mistake}" for mistake in reader.mistakes)
        raise ConfigError(f"{path} cannot be used as it stands:\n{lines}")
    return config


def nearest(word: str, known: list[str]) -> str:
    """A hint such as ``; did you mean 'app_key'?``, or the list of what is known."""
    close = difflib.get_close_matches(word, known, n=1)
    return f"; did you mean {close[0]!r}?" if close else f"; known: {', '.join(sorted(known))}"


class _Reader:
    """Reads one file, collecting mistakes instead of stopping at the first."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.mistakes: list[str] = []
        self.warnings: list[str] = []

    def config(self, raw: dict[str, Any]) -> Config:
        self._known("", raw, ["log", "orgs", "systems", "serve"])
        log = self._struct("log", raw.get("log", {}), LogConfig) or LogConfig()
        orgs = {
            name: org
            for name, table in self._tables(raw, "orgs").items()
            if (org := self._org(name, table)) is not None
        }
        systems = {
            name: system
            for name, table in self._tables(raw, "systems").items()
            if (system := self._system(name, table, orgs)) is not None
        }
        for name, org in orgs.items():
            if org.source is not None and org.source not in self._tables(raw, "systems"):
                self.mistakes.append(
                    f"[orgs.{name}] source: there is no system {org.source!r}"
                    + nearest(org.source, list(systems))
                )
        return Config(
            folder=self.path.resolve().parent,
            log=log,
            orgs=orgs,
            systems=systems,
            warnings=tuple(self.warnings),
        )

    def _tables(self, raw: dict[str, Any], section: str) -> dict[str, dict[str, Any]]:
        tables = raw.get(section, {})
        return {k: v for k, v in tables.items() if isinstance(v, dict)} if tables else {}

    def _known(self, where: str, table: dict[str, Any], known: list[str]) -> None:
        for key in table:
            if key not in known:
                self.mistakes.append(f"[{where}] unknown key {key!r}{nearest(key, known)}")

    def _struct(
        self, where: str, table: dict[str, Any], cls: type[Any], also: tuple[str, ...] = ()
    ) -> Any:
        """``table`` as a ``cls``; None when something is wrong. ``also``: keys to hint at."""
        before = len(self.mistakes)
        self._known(where, table, [*cls.__struct_fields__, *also])
        if len(self.mistakes) > before:
            return None
        resolved = {key: self._value(where, key, value) for key, value in table.items()}
        if len(self.mistakes) > before:
            return None
        try:
            return msgspec.convert(resolved, cls)
        except msgspec.ValidationError as error:
            self.mistakes.append(f"[{where}] {error}")
            return None

    def _value(self, where: str, key: str, value: Any) -> Any:
        """A value as it stands, or what ``{ env = … }`` or ``{ file = … }`` points at."""
        secret = any(word in key for word in ("secret", "password", "token", "aes_key"))
        if isinstance(value, dict) and set(value) == {"env"}:
            found = os.environ.get(value["env"])
            if found is None:
                self.mistakes.append(
                    f"[{where}] {key}: the environment variable {value['env']} is not set"
                )
            return found
        if isinstance(value, dict) and set(value) == {"file"}:
            file = self.path.parent / value["file"]
            try:
                return file.read_text(encoding="utf-8").strip()
            except OSError as error:
                self.mistakes.append(f"[{where}] {key}: {file} cannot be read ({error.strerror})")
                return None
        if secret and isinstance(value, str):
            self.warnings.append(
                f"[{where}] {key} is written in the file; prefer "
                f'{{ env = "…" }} or {{ file = "…" }}'
            )
        return value

    def _org(self, name: str, table: dict[str, Any]) -> OrgConfig | None:
        if not _ID.fullmatch(name):
            self.mistakes.append(
                f"[orgs.{name}] an organization's id has only a-z, 0-9, '-' and '_'"
            )
        org: OrgConfig | None = self._struct(f"orgs.{name}", table, OrgConfig)
        if org is not None:
            try:
                ZoneInfo(org.timezone)
            except (ZoneInfoNotFoundError, ValueError):
                self.mistakes.append(f"[orgs.{name}] timezone: {org.timezone!r} is not known")
        return org

    def _system(
        self, name: str, table: dict[str, Any], orgs: dict[str, OrgConfig]
    ) -> SystemConfig | None:
        where = f"systems.{name}"
        if not _ID.fullmatch(name):
            self.mistakes.append(f"[{where}] a system's id has only a-z, 0-9, '-' and '_'")
        kind = table.get("type")
        if kind not in TYPES:
            hint = nearest(str(kind), list(TYPES))
            self.mistakes.append(f"[{where}] type: {kind!r} is not a known type{hint}")
            return None
        org = table.get("org")
        if org not in orgs:
            hint = nearest(str(org), list(orgs))
            self.mistakes.append(f"[{where}] org: there is no organization {org!r}{hint}")
            return None
        own = {key: value for key, value in table.items() if key not in _COMMON}
        settings = self._struct(where, own, TYPES[kind].settings, also=_COMMON)
        guard = self._struct(f"{where}.guard", table.get("guard", {}), Limits)
        if settings is None or guard is None:
            return None
        return SystemConfig(
            id=name,
            type=kind,
            org=org,
            settings=settings,
            role=table.get("role"),
            schedule=table.get("schedule"),
            guard=guard,
        )
