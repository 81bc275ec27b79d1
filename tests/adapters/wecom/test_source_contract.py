"""WeCom passes the contract suite of sources, with both secrets and with the app's alone."""

from __future__ import annotations

from tests.adapters.wecom.source_contract_desk import AppOnlyDesk, WeComDesk
from tests.sources.suite import SourceSuite


class TestWeCom(SourceSuite):
    def desk(self) -> WeComDesk:
        return WeComDesk()


class TestWeComWithTheAppAlone(SourceSuite):
    def desk(self) -> AppOnlyDesk:
        return AppOnlyDesk()
