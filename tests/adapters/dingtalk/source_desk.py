"""A DingTalk source that reads from the simulator in process, in virtual time."""

from __future__ import annotations

from typing import Any

from adapters.dingtalk.settings import DingTalkSettings
from adapters.dingtalk.simulator import DingTalkSettings as Simulated
from adapters.dingtalk.simulator import create_app
from adapters.dingtalk.source import DingTalkSource
from adapters.simulation.app import SimulatorApp
from domain.records import Roster
from tests.sources.in_process import SECRET, InProcess, Ledger, company

GIVEN: dict[str, Any] = {
    "app_key": "dingsimulatedapp",
    "app_secret": SECRET,
    "base_url": "http://sim",
    "rate": 1000,
    "max_rate": 0,
}


class SourceDesk(InProcess):
    """One simulated DingTalk."""

    def simulator(self, settings: dict[str, Any], roster: Roster) -> SimulatorApp:
        return create_app(Simulated(**settings), roster)

    def source(self, settings: dict[str, Any], **manners: Any) -> DingTalkSource:
        return DingTalkSource("dt", DingTalkSettings(**{**GIVEN, **settings}), **manners)


__all__ = ["SECRET", "Ledger", "SourceDesk", "company"]
