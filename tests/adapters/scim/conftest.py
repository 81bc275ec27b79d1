"""One real server for all tests of a process; every test has a tenant of its own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.adapters.scim.scim_bench import Bench, bench
from tests.adapters.scim.scim_server import ScimServer, running


@pytest.fixture(scope="session")
def server() -> Iterator[ScimServer]:
    with running("--dynamic-tenants") as started:
        yield started


@pytest.fixture
def scim(server: ScimServer) -> Iterator[Bench]:
    with bench(server) as made:
        yield made
