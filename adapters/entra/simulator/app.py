"""Putting the simulated Entra together."""

from __future__ import annotations

import httpx

from adapters.entra.simulator.provider import Entra
from adapters.entra.simulator.settings import EntraSettings
from adapters.simulation.app import SimulatorApp
from domain.records import Roster


def create_app(
    settings: EntraSettings | None = None,
    roster: Roster | None = None,
    transport: httpx.AsyncBaseTransport | None = None,
) -> SimulatorApp:
    """An ASGI application that answers as login.microsoftonline.com and graph.microsoft.com.

    ``roster`` is the organization to begin with; raises InputError for one that cannot exist.
    Notifications go through ``transport``, httpx's.
    """
    provider = Entra(settings or EntraSettings())
    if roster is not None:
        provider.begin_with(roster)
    app = SimulatorApp(provider, provider.calling, transport)
    if app.caller is not None:
        provider.subscriptions.ask = app.caller.ask
    return app
