"""An Entra tenant on your own machine: token endpoint and Graph v1.0 on one port."""

from adapters.entra.simulator.app import create_app
from adapters.entra.simulator.settings import EntraSettings

__all__ = ["EntraSettings", "create_app"]
