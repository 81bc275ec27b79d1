"""A Casdoor that runs on your own machine, strict to the real REST API."""

from adapters.casdoor.simulator.app import create_app
from adapters.casdoor.simulator.settings import CasdoorSettings

__all__ = ["CasdoorSettings", "create_app"]
