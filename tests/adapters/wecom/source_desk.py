"""A WeCom source that reads from the simulator in process, in virtual time."""

from __future__ import annotations

from typing import Any

from adapters.simulation.app import SimulatorApp
from adapters.wecom.settings import WeComSettings
from adapters.wecom.simulator import WeComSettings as Simulated
from adapters.wecom.simulator import create_app
from adapters.wecom.source import WeComSource
from domain.records import Roster
from tests.adapters.wecom.simulator_desk import CORP, SECRETS
from tests.sources.in_process import InProcess, Ledger, company

GIVEN: dict[str, Any] = {
    "corp_id": CORP,
    "contact_secret": SECRETS["contact"],
    "app_secret": SECRETS["app"],
    "agent_id": 1000002,
    "base_url": "http://sim",
}


class SourceDesk(InProcess):
    """One simulated WeCom, whose app is old enough to see everything."""

    def simulator(self, settings: dict[str, Any], roster: Roster) -> SimulatorApp:
        return create_app(Simulated(**{"private_fields": "shown", **settings}), roster)

    def source(self, settings: dict[str, Any], **manners: Any) -> WeComSource:
        return WeComSource("wc", WeComSettings(**{**GIVEN, **settings}), **manners)


__all__ = ["Ledger", "SourceDesk", "company"]
