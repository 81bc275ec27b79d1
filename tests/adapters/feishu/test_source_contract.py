"""Feishu passes the contract suite of sources, by both kinds of ids."""

from __future__ import annotations

from tests.adapters.feishu.source_contract_desk import FeishuDesk, OpenIdsDesk
from tests.sources.suite import SourceSuite


class TestFeishu(SourceSuite):
    def desk(self) -> FeishuDesk:
        return FeishuDesk()


class TestFeishuByOpenIds(SourceSuite):
    def desk(self) -> OpenIdsDesk:
        return OpenIdsDesk()
