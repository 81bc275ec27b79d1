"""Putting the simulated WeCom together."""

from __future__ import annotations

import httpx

from adapters.simulation.app import SimulatorApp
from adapters.simulation.one_address import OneAddress
from adapters.wecom.simulator.calling import WAYS
from adapters.wecom.simulator.provider import WeCom
from adapters.wecom.simulator.settings import WeComSettings
from domain.records import Roster


def create_app(
    settings: WeComSettings | None = None,
    roster: Roster | None = None,
    transport: httpx.AsyncBaseTransport | None = None,
) -> SimulatorApp:
    """An ASGI application that answers as qyapi.weixin.qq.com does to the two secrets of a corp.

    ``roster`` is the organization to begin with; raises InputError for one that cannot exist.
    Callbacks go through ``transport``, httpx's; ConfigError for secrets that cannot be any.
    """
    provider = WeCom(settings or WeComSettings())
    if roster is not None:
        provider.begin_with(roster)
    return SimulatorApp(provider, OneAddress(provider, WAYS), transport)
