"""The simulators there are: the one place where the product names them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec

from adapters.authing.simulator import AuthingSettings
from adapters.authing.simulator import create_app as create_authing
from adapters.casdoor.simulator import CasdoorSettings
from adapters.casdoor.simulator import create_app as create_casdoor
from adapters.dingtalk.simulator import DingTalkSettings, create_app
from adapters.entra.simulator import EntraSettings
from adapters.entra.simulator import create_app as create_entra
from adapters.feishu.simulator import FeishuSettings
from adapters.feishu.simulator import create_app as create_feishu
from adapters.roster.read import read_roster as read_any
from adapters.simulation.app import SimulatorApp
from adapters.simulation.faults import parse_fault
from adapters.wecom.simulator import WeComSettings
from adapters.wecom.simulator import create_app as create_wecom
from domain.errors import InputError
from domain.records import Roster

SIMULATORS: dict[str, tuple[type[Any], Any]] = {
    "authing": (AuthingSettings, create_authing),
    "casdoor": (CasdoorSettings, create_casdoor),
    "dingtalk": (DingTalkSettings, create_app),
    "entra": (EntraSettings, create_entra),
    "feishu": (FeishuSettings, create_feishu),
    "wecom": (WeComSettings, create_wecom),
}

SECRETS = {
    "dingtalk": ("callback_token", "callback_aes_key"),
    "feishu": ("verification_token", "encrypt_key"),
    "wecom": ("callback_token", "callback_aes_key"),
}
"""By provider that calls an address which was entered: the settings of its token and its key."""


def simulated(
    provider: str,
    roster: Path,
    *,
    name: str | None = None,
    latency_ms: float = 0,
    qps: float | None = None,
    faults: Sequence[str] = (),
    callback_url: str | None = None,
    callback_token: str | None = None,
    callback_key: str | None = None,
) -> SimulatorApp:
    """The simulator of ``provider`` with the organization in the file ``roster``.

    ``name`` is the organization's own, which a roster does not tell.
    ``qps`` limits the calls per second of each API, ``faults`` are specifications such as
    ``user/list:throttle:times=3``. Changes are told to ``callback_url``, with secrets of the
    simulator's own where none are given. Raises InputError for a file, fault or address that makes
    no sense, ConfigError for a key that is none.
    """
    settings, create = SIMULATORS[provider]
    named = {} if name is None else {"org_name": name}
    called = _called(provider, callback_url, callback_token, callback_key)
    app: SimulatorApp = create(
        settings(latency_ms=latency_ms, qps_per_api=qps, **named, **called), read_roster(roster)
    )
    app.faults.set([parse_fault(spec) for spec in faults])
    return app


def _called(provider: str, url: str | None, token: str | None, key: str | None) -> dict[str, str]:
    """The settings of callbacks that are given."""
    if (url, token, key) == (None, None, None):
        return {}
    if provider not in SECRETS:
        raise InputError(
            f"The simulated {provider} calls no address that is entered",
            fix="Entra notifies the subscriptions that are made through its API."
            if provider == "entra"
            else "",
        )
    names = ("callback_url", *SECRETS[provider])
    return {name: value for name, value in zip(names, (url, token, key), strict=True) if value}


def read_roster(path: Path) -> Roster:
    """A roster in the exchange format: JSON, read strictly, or the tables that people keep."""
    if path.is_dir() or path.suffix.lower() in (".csv", ".xlsx", ".xlsm"):
        return read_any(path).roster
    try:
        return msgspec.json.decode(path.read_bytes(), type=Roster)
    except OSError as error:
        raise InputError(
            f"{path} cannot be read ({error.strerror})",
            fix="Name a roster file, such as one that 'orgledger tree ORG --json' wrote.",
        ) from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise InputError(f"{path} is not a roster", (str(error),)) from None
