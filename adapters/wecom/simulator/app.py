"""Putting the simulated WeCom together."""

from __future__ import annotations

from adapters.simulation.app import SimulatorApp
from adapters.wecom.simulator.provider import WeCom
from adapters.wecom.simulator.settings import WeComSettings
from domain.records import Roster


def create_app(settings: WeComSettings | None = None, roster: Roster | None = None) -> SimulatorApp:
    """An ASGI application that answers as qyapi.weixin.qq.com does to the two secrets of a corp.

    ``roster`` is the organization to begin with; raises InputError for one that cannot exist.
    """
    provider = WeCom(settings or WeComSettings())
    if roster is not None:
        provider.begin_with(roster)
    return SimulatorApp(provider)
