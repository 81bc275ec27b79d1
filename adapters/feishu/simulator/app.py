"""Putting the simulated Feishu together."""

from __future__ import annotations

import httpx

from adapters.feishu.simulator.calling import WAYS
from adapters.feishu.simulator.provider import Feishu
from adapters.feishu.simulator.settings import FeishuSettings
from adapters.simulation.app import SimulatorApp
from adapters.simulation.one_address import OneAddress
from domain.records import Roster


def create_app(
    settings: FeishuSettings | None = None,
    roster: Roster | None = None,
    transport: httpx.AsyncBaseTransport | None = None,
) -> SimulatorApp:
    """An ASGI application that answers as open.feishu.cn does to one self-built app.

    ``roster`` is the organization to begin with; raises InputError for one that cannot exist.
    Callbacks go through ``transport``, httpx's; ConfigError for secrets that cannot be any.
    """
    provider = Feishu(settings or FeishuSettings())
    if roster is not None:
        provider.begin_with(roster)
    return SimulatorApp(provider, OneAddress(provider, WAYS), transport, provider.long_connection)
