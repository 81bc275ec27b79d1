"""LDAP and Active Directory pass the contract suite of sources, on a real slapd."""

from __future__ import annotations

from tests.adapters.ldap.source_contract_desk import TreeDesk, WindowsDesk
from tests.sources.suite import SourceSuite


class TestLdap(SourceSuite):
    def desk(self) -> TreeDesk:
        return TreeDesk(logins=True)


class TestActiveDirectory(SourceSuite):
    def desk(self) -> WindowsDesk:
        return WindowsDesk(logins=True)
