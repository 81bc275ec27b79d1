"""Putting the simulated Entra together."""

from __future__ import annotations

from adapters.entra.simulator.provider import Entra
from adapters.entra.simulator.settings import EntraSettings
from adapters.simulation.app import SimulatorApp
from domain.records import Roster


def create_app(settings: EntraSettings | None = None, roster: Roster | None = None) -> SimulatorApp:
    """An ASGI application that answers as login.microsoftonline.com and graph.microsoft.com.

    ``roster`` is the organization to begin with; raises InputError for one that cannot exist.
    """
    provider = Entra(settings or EntraSettings())
    if roster is not None:
        provider.begin_with(roster)
    return SimulatorApp(provider)
