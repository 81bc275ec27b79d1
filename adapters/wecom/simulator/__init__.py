"""A WeCom that runs on your own machine: one corporation's contact API, strict to the real one."""

from adapters.wecom.simulator.app import create_app
from adapters.wecom.simulator.settings import WeComSettings

__all__ = ["WeComSettings", "create_app"]
