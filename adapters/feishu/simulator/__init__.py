"""A Feishu that runs on your own machine: contact v3 of one tenant, strict to the real API."""

from adapters.feishu.simulator.app import create_app
from adapters.feishu.simulator.settings import FeishuSettings

__all__ = ["FeishuSettings", "create_app"]
