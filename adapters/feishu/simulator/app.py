"""Putting the simulated Feishu together."""

from __future__ import annotations

from adapters.feishu.simulator.provider import Feishu
from adapters.feishu.simulator.settings import FeishuSettings
from adapters.simulation.app import SimulatorApp
from domain.records import Roster


def create_app(
    settings: FeishuSettings | None = None, roster: Roster | None = None
) -> SimulatorApp:
    """An ASGI application that answers as open.feishu.cn does to one self-built app.

    ``roster`` is the organization to begin with; raises InputError for one that cannot exist.
    """
    provider = Feishu(settings or FeishuSettings())
    if roster is not None:
        provider.begin_with(roster)
    return SimulatorApp(provider)
