"""A ledger on a real embedded nats-server, with a clock that the test sets."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from adapters.nats.embedded import attach
from orgledger.bootstrap import environment
from orgledger.config import LogConfig
from orgledger.engine.views import Views
from orgledger.ledger import Ledger


class Clock:
    """A clock that stands still until it is told to go on."""

    def __init__(self) -> None:
        self.time = datetime(2026, 1, 1, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.time

    def go_on(self, **step: float) -> datetime:
        self.time += timedelta(**step)
        return self.time


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def ledger(tmp_path: Path, clock: Clock) -> Iterator[Ledger]:
    with attach(tmp_path / "log") as attached:
        opened = Ledger(environment(LogConfig(), attached.env()), clock=clock)
        yield opened
        opened.close()


@pytest.fixture
def views(ledger: Ledger, tmp_path: Path) -> Views:
    return Views(ledger, tmp_path)
