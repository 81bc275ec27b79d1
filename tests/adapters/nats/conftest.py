"""Real servers for the tests of the log: one for each test process, one stream for each test."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from eventsourcing.persistence import InfrastructureFactory

from adapters.nats.embedded import Attached, attach
from adapters.nats.factory import NatsFactory
from adapters.nats.recorder import NatsApplicationRecorder

Env = dict[str, str]


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Attached]:
    with attach(tmp_path_factory.mktemp("nats")) as attached:
        yield attached


@pytest.fixture
def log_env(server: Attached) -> Env:
    """Settings of a log that nobody else uses."""
    name = uuid4().hex[:12]
    return server.env() | {"NATS_STREAM": f"S{name}", "NATS_SUBJECT": f"test.{name}"}


@pytest.fixture
def make_factory() -> Iterator[Callable[[Env], NatsFactory]]:
    made: list[NatsFactory] = []

    def make(env: Env) -> NatsFactory:
        factory = InfrastructureFactory.construct(env)
        assert isinstance(factory, NatsFactory)
        made.append(factory)
        return factory

    yield make
    for factory in made:
        factory.close()


@pytest.fixture
def log(log_env: Env, make_factory: Callable[[Env], NatsFactory]) -> NatsApplicationRecorder:
    """A recorder over a fresh log with text ids."""
    recorder = make_factory(log_env | {"ORIGINATOR_ID_TYPE": "text"}).application_recorder()
    assert isinstance(recorder, NatsApplicationRecorder)
    return recorder


@pytest.fixture
def own_server(tmp_path: Path) -> Iterator[Attached]:
    """A server that the test may kill."""
    with attach(tmp_path / "ledger") as attached:
        yield attached
