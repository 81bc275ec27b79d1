"""What a provider brings to the shared simulator: its routes, its answers, its organization."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Any, NamedTuple, Protocol

from adapters.simulation.clock import Clock
from adapters.simulation.faults import Fault
from adapters.simulation.http import Reply, Request
from adapters.simulation.settings import SimulationSettings
from domain.records import Roster


class Call(NamedTuple):
    """What a request asks for: the API's name, whether it writes, and the provider's route.

    Of the calls that name the same ``lock`` one is served at a time; those that come while it
    is under way get the provider's refusal of the fault ``locked``.
    """

    api: str
    write: bool
    route: Any
    lock: str | None = None


class Provider(Protocol):
    """One simulated provider."""

    clock: Clock

    @property
    def settings(self) -> SimulationSettings:
        """The settings in force."""

    def find(self, request: Request) -> Call | None:
        """Which API the request asks for; None for an unknown path."""

    def unknown(self, request: Request) -> Reply:
        """The provider's answer to an unknown path."""

    def throttled(self, call: Call, *, everywhere: bool) -> Reply:
        """The provider's answer beyond the rate limit of one API, or of all (``everywhere``)."""

    def refuse(self, fault: Fault, call: Call) -> Reply | None:
        """The provider's face of ``fault`` instead of an answer; None lets the call go on."""

    def answer(self, call: Call, request: Request, fault: Fault | None) -> Reply | Awaitable[Reply]:
        """Do what is asked; ``fault`` may ask for an answer with something missing.

        What has to call somebody first is awaited.
        """

    def roster(self, *, own_ids: bool, system_roles: bool) -> Roster:
        """The organization as a client that reads everything would write it."""

    def put_roster(self, roster: Roster) -> None:
        """Replace the organization; raises InputError for one that cannot exist."""

    def change(self, change: dict[str, Any]) -> dict[str, Any]:
        """One change made in the provider's console; raises InputError for nonsense."""

    def patch_settings(self, patch: dict[str, Any]) -> None:
        """Change settings while running; raises InputError for unknown ones."""

    def public_settings(self) -> dict[str, Any]:
        """The settings without secrets."""

    def events(self, after: int) -> list[dict[str, Any]]:
        """The events recorded after number ``after``."""
