"""Putting the simulated Casdoor together."""

from __future__ import annotations

from adapters.casdoor.simulator.provider import Casdoor
from adapters.casdoor.simulator.settings import CasdoorSettings
from adapters.simulation.app import SimulatorApp
from domain.records import Roster


def create_app(
    settings: CasdoorSettings | None = None, roster: Roster | None = None
) -> SimulatorApp:
    """An ASGI application that answers as a Casdoor site.

    ``roster`` is the organization to begin with; raises InputError for one that cannot exist.
    """
    provider = Casdoor(settings or CasdoorSettings())
    if roster is not None:
        provider.put_roster(roster)
    return SimulatorApp(provider)
