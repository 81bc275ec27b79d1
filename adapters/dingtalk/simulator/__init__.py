"""A DingTalk that runs on your own machine: both hosts on one port, strict to the real API."""

from adapters.dingtalk.simulator.app import create_app
from adapters.dingtalk.simulator.settings import DingTalkSettings

__all__ = ["DingTalkSettings", "create_app"]
