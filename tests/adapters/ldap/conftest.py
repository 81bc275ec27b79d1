"""A slapd and a target for each test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.adapters.ldap.driving import Driver
from tests.adapters.ldap.target_desk import LdapDesk


@pytest.fixture
def desk() -> Iterator[LdapDesk]:
    with LdapDesk() as desk:
        yield desk


@pytest.fixture
def bare() -> Iterator[LdapDesk]:
    """A server that mends no references by itself and shows no memberOf."""
    with LdapDesk(overlays=()) as desk:
        yield desk


@pytest.fixture
def driver(desk: LdapDesk) -> Iterator[Driver]:
    with Driver(desk) as driver:
        yield driver
