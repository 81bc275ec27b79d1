"""The demo's targets: Feishu and Casdoor simulated, SCIM and LDAP real where they can be had."""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from typing import NamedTuple

from adapters.ldap.slapd import Slapd, find_binary
from adapters.scim import server as scim
from adapters.simulation.app import SimulatorApp
from adapters.simulation.server import running
from domain.records import Roster
from orgledger.simulators import SIMULATORS


class Playing(NamedTuple):
    """A target that runs: its id and its section in the configuration, and its secret's file."""

    name: str
    section: str
    file: str
    secret: str


class Missing(NamedTuple):
    """A target that this machine does not have, and how to get it."""

    name: str
    why: str


@contextmanager
def targets(org: str) -> Iterator[tuple[list[Playing], list[Missing]]]:
    """Start every target that this machine can run, with nothing in it."""
    with ExitStack() as stack:
        playing = [_feishu(stack, org), _casdoor(stack, org)]
        missing = []
        if importlib.util.find_spec("scim2_server") is None:
            missing.append(Missing("scim", "pip install scim2-server"))
        else:
            playing.append(_scim(stack, org))
        if find_binary() is None:
            missing.append(Missing("ldap", "apt install slapd"))
        else:
            playing.append(_ldap(stack, org))
        yield playing, missing


def _served(stack: ExitStack, provider: str) -> tuple[SimulatorApp, str]:
    settings, create = SIMULATORS[provider]
    app: SimulatorApp = create(settings(), Roster())
    return app, stack.enter_context(running(app)).url


def _feishu(stack: ExitStack, org: str) -> Playing:
    app, url = _served(stack, "feishu")
    return _playing("feishu", org, app, url, ("app_id",), "app_secret")


def _casdoor(stack: ExitStack, org: str) -> Playing:
    app, url = _served(stack, "casdoor")
    return _playing("casdoor", org, app, url, ("client_id", "organization"), "client_secret")


def _playing(
    name: str, org: str, app: SimulatorApp, url: str, keys: tuple[str, ...], secret: str
) -> Playing:
    known = app.provider.settings
    settings: dict[str, str | int] = {key: str(getattr(known, key)) for key in keys}
    given = {**settings, "base_url": url, "rate": 1000}
    return _configured(name, org, given, secret, str(getattr(known, secret)))


def _scim(stack: ExitStack, org: str) -> Playing:
    service = stack.enter_context(scim.running())
    settings: dict[str, str | int] = {"base_url": service.url, "rate": 1000}
    return _configured("scim", org, settings, "token", service.token)


def _ldap(stack: ExitStack, org: str) -> Playing:
    service = stack.enter_context(Slapd(base_dn="dc=feifan,dc=example"))
    settings: dict[str, str | int] = {
        "url": service.url,
        "base_dn": service.base_dn,
        "bind_dn": service.bind_dn,
    }
    return _configured("ldap", org, settings, "bind_password", service.bind_password)


def _configured(
    name: str, org: str, settings: Mapping[str, str | int], key: str, secret: str
) -> Playing:
    """The section of a target whose type and id are the same; the secret is in a file."""
    file = f"secret-{name}"
    lines = [f"[systems.{name}]", f'type = "{name}"', f'org = "{org}"', 'role = "target"']
    lines += [f"{name} = {json.dumps(value)}" for name, value in settings.items()]
    lines.append(f'{key} = {{ file = "{file}" }}')
    return Playing(name, "\n".join([*lines, ""]), file, secret)
