"""An acknowledgement, or the append itself, gets lost: it is in the log exactly once."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator

import pytest
from eventsourcing.persistence import IntegrityError, StoredEvent

from adapters.nats import staging
from adapters.nats.embedded import Attached
from adapters.nats.factory import NatsFactory
from adapters.nats.recorder import NatsApplicationRecorder
from domain.errors import LogError
from tests.adapters.nats.proxy import LossyProxy

Env = dict[str, str]
SCOPE = "feifan.directory"
ACK, COMMIT, SINGLE = b'{"stream":"', b"Nats-Batch-Commit: 1", b"Append-Id: "


@pytest.fixture
def proxy(server: Attached) -> Iterator[LossyProxy]:
    with LossyProxy(server.server.port) as lossy:
        yield lossy


@pytest.fixture
def lossy_log(
    proxy: LossyProxy,
    log_env: Env,
    make_factory: Callable[[Env], NatsFactory],
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[NatsApplicationRecorder]:
    monkeypatch.setattr(staging, "_ACK_S", 0.5)
    env = log_env | {"NATS_URL": f"nats://127.0.0.1:{proxy.port}", "ORIGINATOR_ID_TYPE": "text"}
    factory = make_factory(env)
    recorder = factory.application_recorder()
    assert isinstance(recorder, NatsApplicationRecorder)
    yield recorder
    factory.close()  # before the proxy goes


def events(count: int, version: int = 1) -> list[StoredEvent]:
    return [
        StoredEvent(f"{SCOPE}.member.m{number}", version, "MemberCreated", b"{}")
        for number in range(count)
    ]


@pytest.mark.parametrize("hang_up", [True, False], ids=["disconnect", "silence"])
@pytest.mark.parametrize(
    "guard", [{}, {"scope": SCOPE, "expected_position": 0}], ids=["generic", "scope"]
)
@pytest.mark.parametrize("count", [1, 25], ids=["one", "batch"])
def test_a_lost_acknowledgement_does_not_append_twice(
    lossy_log: NatsApplicationRecorder,
    proxy: LossyProxy,
    count: int,
    guard: dict[str, object],
    hang_up: bool,
) -> None:
    proxy.lose(ACK, hang_up=hang_up)
    positions = lossy_log.insert_events(events(count), **guard)
    assert proxy.lost == 1
    assert positions == list(range(1, count + 1))
    assert [found.id for found in lossy_log.select_notifications(None, 100)] == positions


@pytest.mark.parametrize("hang_up", [True, False], ids=["disconnect", "silence"])
@pytest.mark.parametrize("count", [1, 25], ids=["one", "batch"])
def test_a_lost_append_is_sent_again(
    lossy_log: NatsApplicationRecorder, proxy: LossyProxy, count: int, hang_up: bool
) -> None:
    proxy.lose(SINGLE if count == 1 else COMMIT, hang_up=hang_up)
    positions = lossy_log.insert_events(events(count), scope=SCOPE, expected_position=0)
    assert proxy.lost == 1
    assert positions == list(range(1, count + 1))
    assert [found.id for found in lossy_log.select_notifications(None, 100)] == positions


def test_somebody_elses_append_is_not_taken_for_ours(
    lossy_log: NatsApplicationRecorder, proxy: LossyProxy, server: Attached, log_env: Env
) -> None:
    """Ours is lost on the way there, and another writer is quicker than the repetition."""
    other = NatsFactory(log_env | {"ORIGINATOR_ID_TYPE": "text"})
    try:
        writer = other.application_recorder()
        proxy.lose(SINGLE, hang_up=False)
        rival = threading.Timer(
            0.2,
            writer.insert_events,
            [events(1)],
            {"scope": SCOPE, "expected_position": 0},
        )
        rival.start()
        with pytest.raises(IntegrityError):
            lossy_log.insert_events(
                [StoredEvent(f"{SCOPE}.member.x", 1, "MemberCreated", b"{}")],
                scope=SCOPE,
                expected_position=0,
            )
        rival.join()
    finally:
        other.close()
    assert lossy_log.last_position(SCOPE) == 1


def test_a_log_that_stays_away_is_an_error_and_not_a_hang(
    log_env: Env, make_factory: Callable[[Env], NatsFactory], server: Attached
) -> None:
    with LossyProxy(server.server.port) as proxy:
        url = f"nats://127.0.0.1:{proxy.port}"
        env = log_env | {"NATS_URL": url, "NATS_PATIENCE": "1", "ORIGINATOR_ID_TYPE": "text"}
        factory = make_factory(env)
        log = factory.application_recorder()
        log.insert_events(events(1))
    with pytest.raises(LogError, match="did not answer within 1 s"):
        log.insert_events(events(2, version=2))
    factory.close()


def test_of_many_batches_a_lost_acknowledgement_in_the_middle_appends_nothing_twice(
    lossy_log: NatsApplicationRecorder, proxy: LossyProxy
) -> None:
    """The batch behind it is staged already; it is committed once, after the one that was lost."""
    many = events(1_000)
    positions = []
    for found in lossy_log.write(many, scope=SCOPE, expected_position=0, batch=300):
        if not positions:
            proxy.lose(ACK, hang_up=True)
        positions += found
    assert proxy.lost == 1
    assert positions == list(range(1, 1_001))
    stored = [n for batch in lossy_log.read(0) for n in batch]
    assert [n.originator_id for n in stored] == [event.originator_id for event in many]


def test_of_many_batches_one_that_is_lost_on_the_way_is_sent_again(
    lossy_log: NatsApplicationRecorder, proxy: LossyProxy
) -> None:
    positions = []
    for found in lossy_log.write(events(1_000), scope=SCOPE, expected_position=0, batch=300):
        if not positions:
            proxy.lose(COMMIT, hang_up=True)
        positions += found
    assert proxy.lost == 1
    assert positions == list(range(1, 1_001))
    assert lossy_log.last_position() == 1_000
