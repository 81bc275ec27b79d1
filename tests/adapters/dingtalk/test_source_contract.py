"""DingTalk passes the contract suite of sources."""

from __future__ import annotations

from tests.adapters.dingtalk.source_contract_desk import DingTalkDesk
from tests.sources.suite import SourceSuite


class TestDingTalk(SourceSuite):
    def desk(self) -> DingTalkDesk:
        return DingTalkDesk()
