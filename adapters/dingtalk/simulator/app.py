"""Putting the simulated DingTalk together."""

from __future__ import annotations

import httpx

from adapters.dingtalk.simulator.calling import WAYS
from adapters.dingtalk.simulator.provider import DingTalk
from adapters.dingtalk.simulator.settings import DingTalkSettings
from adapters.simulation.app import SimulatorApp
from adapters.simulation.one_address import OneAddress
from domain.records import Roster


def create_app(
    settings: DingTalkSettings | None = None,
    roster: Roster | None = None,
    transport: httpx.AsyncBaseTransport | None = None,
) -> SimulatorApp:
    """An ASGI application that answers as oapi.dingtalk.com and api.dingtalk.com at once.

    ``roster`` is the organization to begin with; raises InputError for one that cannot exist.
    Callbacks go through ``transport``, httpx's; ConfigError for secrets that cannot be any.
    """
    provider = DingTalk(settings or DingTalkSettings())
    if roster is not None:
        provider.begin_with(roster)
    return SimulatorApp(provider, OneAddress(provider, WAYS), transport, provider.stream)
