"""One log for all tests of the service; every test has an organization of its own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from adapters.nats.embedded import attach
from orgledger.ledger import Ledger
from tests.adapters.scim_inbound.inbound_desk import Desk, opened


@pytest.fixture(scope="session")
def connection(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    with attach(tmp_path_factory.mktemp("scim-inbound")) as attached:
        yield attached.env()


@pytest.fixture(scope="session")
def ledger(connection: dict[str, str]) -> Iterator[Ledger]:
    found = opened(connection)
    yield found
    found.close()


@pytest.fixture
def closed(ledger: Ledger, tmp_path: Path) -> Desk:
    """A service that is not running yet."""
    return Desk(ledger, tmp_path)


@pytest.fixture
def desk(closed: Desk) -> Iterator[Desk]:
    """A service over an empty organization."""
    with closed.open():
        yield closed
