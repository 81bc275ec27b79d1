"""The contract suite of targets on a real slapd."""

from __future__ import annotations

import pytest

from adapters.ldap.slapd import find_binary
from tests.adapters.ldap.target_desk import LdapDesk
from tests.delivery.desk import TargetDesk
from tests.delivery.suite import TargetSuite


@pytest.mark.skipif(find_binary() is None, reason="slapd is not installed (apt install slapd)")
class TestLdap(TargetSuite):
    def desk(self) -> TargetDesk:
        return LdapDesk()
