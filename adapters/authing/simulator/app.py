"""Putting the simulated Authing together."""

from __future__ import annotations

from adapters.authing.simulator.provider import Authing
from adapters.authing.simulator.settings import AuthingSettings
from adapters.simulation.app import SimulatorApp
from domain.records import Roster


def create_app(
    settings: AuthingSettings | None = None, roster: Roster | None = None
) -> SimulatorApp:
    """An ASGI application that answers as the management API of one user pool.

    ``roster`` is the organization to begin with; raises InputError for one that cannot exist.
    """
    provider = Authing(settings or AuthingSettings())
    if roster is not None:
        provider.put_roster(roster)
    return SimulatorApp(provider)
