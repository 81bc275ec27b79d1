"""A simulated Authing user pool: its management API v3, strictly, with faults on demand."""

from adapters.authing.simulator.app import create_app
from adapters.authing.simulator.settings import AuthingSettings

__all__ = ["AuthingSettings", "create_app"]
