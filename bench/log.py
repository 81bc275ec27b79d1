"""A private embedded server, the ledger on it, and a second stream beside for raw nats-py."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from time import perf_counter

from adapters.nats.embedded import attach
from adapters.nats.factory import NatsFactory
from adapters.nats.recorder import NatsApplicationRecorder
from bench.people import SYSTEM
from domain.decide import decide
from domain.directory import Directory
from domain.observe import Observation
from orgledger.bootstrap import environment
from orgledger.config import LogConfig
from orgledger.ledger import Circumstances, Ledger, new_id

Env = dict[str, str]

RAW = {"NATS_STREAM": "RAWNATSPY", "NATS_SUBJECT": "rawnatspy.log"}
"""A stream configured like the ledger's, with subjects of the same length."""


@contextmanager
def scratch() -> Iterator[Path]:
    """A directory that is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="orgledger-bench-") as folder:
        yield Path(folder)


@contextmanager
def server() -> Iterator[Env]:
    """The settings of a ledger on a server of its own, as the product configures it."""
    with scratch() as folder, attach(folder / "log") as attached:
        yield environment(LogConfig(), attached.env())


@contextmanager
def ledger(env: Env) -> Iterator[Ledger]:
    """The product's application on any persistence module."""
    with closing(Ledger(env)) as opened:
        yield opened


@contextmanager
def raw_stream(env: Env) -> Iterator[Env]:
    """The settings of the stream beside, which is made."""
    beside = {**env, **RAW}
    with closing(NatsFactory(beside)) as factory:
        factory.application_recorder()
        yield beside


def sync(opened: Ledger, org: str, observation: Observation) -> tuple[int, float]:
    """Decide on a new organization and append it; how many events, in how many seconds."""
    directory = Directory(org=org)
    by = Circumstances(actor="schedule", source=SYSTEM, run=new_id("run"))
    begun = perf_counter()
    entries = opened.append(directory, decide(directory, observation).facts, by)
    return len(entries), perf_counter() - begun


def event_size(opened: Ledger, org: str) -> float:
    """The mean size of the organization's events, in bytes."""
    assert isinstance(opened.recorder, NatsApplicationRecorder)
    sizes = [len(n.state) for batch in opened.recorder.read(0, scope=org) for n in batch]
    return sum(sizes) / len(sizes)
