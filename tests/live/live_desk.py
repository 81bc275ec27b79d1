"""A whole service in this process: simulated providers, real NATS, real HTTP between them."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import httpx

from adapters.simulation.server import running
from domain.records import Roster
from orgledger import config as configuration
from orgledger.bootstrap import Service, open_service
from orgledger.live.beside import beside
from orgledger.simulators import SIMULATORS
from tests.delivery.people import department, person

COMPANY = Roster(
    departments=(
        department("hq", "Feifan", None),
        department("rd", "Research", "hq"),
        department("sales", "Sales", "hq"),
    ),
    members=tuple(person(n, "rd" if n % 2 else "sales") for n in range(1, 13)),
)

_SOURCE = """\
[log]
url = "embedded"

[serve]
public_url = "{url}"

[orgs.feifan]
name = "Feifan"
source = "{provider}"

[systems.{provider}]
type = "{provider}"
org = "feifan"
"""

RATES = {"wecom": 166}
"""Calls per second that a system's settings take; the others take any number."""


class Provider:
    """A simulated provider that runs, and what a test does to it."""

    def __init__(self, name: str, roster: Roster, **settings: Any) -> None:
        known, create = SIMULATORS[name]
        self.name, self.app = name, create(known(**settings), roster)
        self._running, self._client = running(self.app), httpx.Client(trust_env=False)

    def __enter__(self) -> Provider:
        self.url = self._running.__enter__().url
        return self

    def __exit__(self, *error: object) -> None:
        self._client.close()
        self._running.__exit__(None, None, None)

    def change(self, *changes: Mapping[str, Any]) -> None:
        """Something happens there."""
        for change in changes:
            answer = self._client.post(f"{self.url}/_sim/change", json=change)
            assert answer.status_code == 200, answer.text

    def spoil(self, *faults: Mapping[str, Any]) -> None:
        """These dials are on, and no others."""
        answer = self._client.post(f"{self.url}/_sim/faults", json=faults)
        assert answer.status_code == 200, answer.text

    def holds(self) -> dict[str, Any]:
        """What it has."""
        found: dict[str, Any] = self._client.get(f"{self.url}/_sim/roster").json()
        return found

    def stats(self) -> dict[str, Any]:
        """What it counted."""
        found: dict[str, Any] = self._client.get(f"{self.url}/_sim/stats").json()
        return found

    def names(self) -> list[str]:
        """The people who can log in there."""
        return sorted(m["name"] for m in self.holds()["members"] if m.get("active", True))


class LiveDesk:
    """One source, its targets, and where the service listens."""

    def __init__(
        self,
        folder: Path,
        provider: str,
        targets: tuple[str, ...],
        roster: Roster = COMPANY,
        more: str = "",
    ) -> None:
        """``more`` are further lines of the source's section, ``stream = true`` for instance."""
        self.more = more
        self.folder, self.provider, self.targets, self.roster = folder, provider, targets, roster
        self.providers: dict[str, Provider] = {}
        self._stack = ExitStack()
        with socket.create_server(("127.0.0.1", 0)) as listener:
            self.port = listener.getsockname()[1]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def __enter__(self) -> LiveDesk:
        url = f"{self.url}/callbacks/{self.provider}"
        called = {"callback_url": url} if not self.more else {}
        told: dict[str, Any] = {**called, "callback_pace": 0.02}
        for name in (self.provider, *self.targets):
            made = (
                Provider(name, self.roster, **told)
                if name == self.provider
                else Provider(name, Roster())
            )
            self.providers[name] = self._stack.enter_context(made)
        self._write()
        return self

    def __exit__(self, *error: object) -> None:
        self._stack.close()

    def _write(self) -> None:
        text = (
            _SOURCE.format(provider=self.provider, url=self.url)
            + self.more
            + keys(self.source, SOURCES[self.provider])
        )
        for target in self.targets:
            text += f'[systems.{target}]\ntype = "{target}"\norg = "feifan"\nrole = "target"\n'
            text += keys(self.providers[target], TARGETS[target])
        (self.folder / "orgledger.toml").write_text(text, encoding="utf-8")

    @property
    def config(self) -> configuration.Config:
        return configuration.load(self.folder / "orgledger.toml")

    @contextmanager
    def serving(self) -> Iterator[Service]:
        """The service in a thread; it is ready when this is entered."""
        with open_service(self.config) as opened, beside(opened, self.port):
            yield opened

    @property
    def source(self) -> Provider:
        return self.providers[self.provider]


def eventually(true: Callable[[], bool], seconds: float = 20) -> float:
    """Wait until something is so; how many seconds that took."""
    begun = time.monotonic()
    while not true():
        assert time.monotonic() < begun + seconds, "it did not come to be so"
        time.sleep(0.005)
    return time.monotonic() - begun


SOURCES: dict[str, tuple[tuple[str, str], ...]] = {
    "dingtalk": (
        ("app_key", "app_key"),
        ("app_secret", "app_secret"),
        ("callback_token", "callback_token"),
        ("callback_aes_key", "callback_aes_key"),
    ),
    "wecom": (
        ("corp_id", "corp_id"),
        ("contact_secret", "contact_secret"),
        ("app_secret", "app_secret"),
        ("agent_id", "agent_id"),
        ("callback_token", "callback_token"),
        ("callback_aes_key", "callback_aes_key"),
    ),
    "entra": (
        ("tenant_id", "tenant_id"),
        ("client_id", "client_id"),
        ("client_secret", "client_secret"),
    ),
    "feishu": (
        ("app_id", "app_id"),
        ("app_secret", "app_secret"),
        ("verification_token", "verification_token"),
        ("encrypt_key", "encrypt_key"),
    ),
}
"""Our setting and the simulator's, by provider."""

TARGETS: dict[str, tuple[tuple[str, str], ...]] = {
    "casdoor": (
        ("client_id", "client_id"),
        ("client_secret", "client_secret"),
        ("organization", "organization"),
    ),
    "feishu": (("app_id", "app_id"), ("app_secret", "app_secret")),
    "dingtalk": (("app_key", "app_key"), ("app_secret", "app_secret")),
}


def keys(provider: Provider, names: tuple[tuple[str, str], ...]) -> str:
    """The settings with which a system of the configuration is this provider."""
    known, name = provider.app.provider.settings, provider.name
    lines = [f"{ours} = {json.dumps(getattr(known, theirs))}" for ours, theirs in names]
    path = "/v1.0" if name == "entra" else ""
    lines.append(f'base_url = "{provider.url}{path}"')
    lines.append(f"rate = {RATES.get(name, 10000)}")
    if name == "entra":
        lines.append(f'login_url = "{provider.url}"')
    if name == "dingtalk":
        lines.append(f'api_url = "{provider.url}"')
    return "\n".join([*lines, "", ""])
