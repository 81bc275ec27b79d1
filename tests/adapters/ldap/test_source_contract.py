"""LDAP and Active Directory pass the contract suite of sources, on a real slapd."""

from __future__ import annotations

from tests.adapters.ldap.source_contract_desk import GroupsDesk, TreeDesk, UnitsDesk, WindowsDesk
from tests.sources.suite import SourceSuite


class TestLdap(SourceSuite):
    """The tree that our own target writes."""

    def desk(self) -> TreeDesk:
        return TreeDesk(logins=True)


class TestUnits(SourceSuite):
    """Organizational units with people in them."""

    def desk(self) -> UnitsDesk:
        return UnitsDesk(logins=True)


class TestGroups(SourceSuite):
    """Groups, nested by membership."""

    def desk(self) -> GroupsDesk:
        return GroupsDesk(logins=True)


class TestActiveDirectory(SourceSuite):
    """The same with Active Directory's attributes."""

    def desk(self) -> WindowsDesk:
        return WindowsDesk(logins=True)
