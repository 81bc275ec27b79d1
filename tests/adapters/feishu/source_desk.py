"""A Feishu source that reads from the simulator in process, in virtual time."""

from __future__ import annotations

from functools import partial
from typing import Any

from adapters.feishu.settings import FeishuSettings
from adapters.feishu.simulator import FeishuSettings as Simulated
from adapters.feishu.simulator import create_app
from adapters.feishu.source import FeishuSource
from adapters.simulation.app import SimulatorApp
from domain.records import Roster
from tests.sources import in_process
from tests.sources.in_process import SECRET, InProcess

GIVEN: dict[str, Any] = {
    "app_id": "cli_simulatedapp",
    "app_secret": SECRET,
    "base_url": "http://sim",
    "rate": 1000,
}

company = partial(in_process.company, key=lambda number: f"d{number - 100}")
"""A company whose departments have the ids d0, d1, …"""


def by_id(records: Any) -> dict[str, Any]:
    """The records by their ids."""
    return {record.id: record for record in records}


class SourceDesk(InProcess):
    """One simulated Feishu."""

    def simulator(self, settings: dict[str, Any], roster: Roster) -> SimulatorApp:
        return create_app(Simulated(**settings), roster)

    def source(self, settings: dict[str, Any], **manners: Any) -> FeishuSource:
        return FeishuSource("fs", FeishuSettings(**{**GIVEN, **settings}), **manners)


__all__ = ["SECRET", "SourceDesk", "by_id", "company"]
