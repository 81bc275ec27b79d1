"""The server ends and comes back, gently or not, while the log is written, read and followed."""

from __future__ import annotations

import os
import random
import signal
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from eventsourcing.persistence import StoredEvent

from adapters.nats.embedded import Attached, attach
from adapters.nats.factory import NatsFactory
from adapters.nats.feed import Feed, counters
from adapters.nats.recorder import NatsApplicationRecorder
from adapters.nats.server import running

Env = dict[str, str]
MakeFactory = Callable[[Env], NatsFactory]
SCOPE = "feifan.directory"


def batch(number: int, size: int) -> list[StoredEvent]:
    return [
        StoredEvent(
            f"{SCOPE}.member.m{index}", number, "MemberRenamed", b"%d/%d/%d" % (number, index, size)
        )
        for index in range(size)
    ]


def strike(data: Path, how: signal.Signals) -> None:
    """End the server of a data directory and wait until it is gone."""
    os.kill(int((data / "nats.pid").read_text()), how)
    while running(data):
        time.sleep(0.005)


def open_log(server: Attached, make_factory: MakeFactory) -> NatsApplicationRecorder:
    log = make_factory(server.env() | {"ORIGINATOR_ID_TYPE": "text"}).application_recorder()
    assert isinstance(log, NatsApplicationRecorder)
    return log


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
def test_a_restart_in_the_middle_of_reading_leaves_no_gap_and_no_repeat(
    own_server: Attached, make_factory: MakeFactory, how: signal.Signals
) -> None:
    log = open_log(own_server, make_factory)
    position = 0
    for number in range(20):
        position = (
            log.insert_events(batch(number, 1000), scope=SCOPE, expected_position=position) or [0]
        )[-1]
    seen: list[int] = []
    for found in log.read(0, batch=500):
        seen += [notification.id for notification in found]
        if len(seen) == 2000:
            strike(own_server.data, how)
            again = attach(own_server.data)
    again.close()
    assert seen == list(range(1, 20_001))


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
def test_a_follower_survives_restarts(
    own_server: Attached, make_factory: MakeFactory, how: signal.Signals
) -> None:
    log = open_log(own_server, make_factory)
    with log.subscribe() as subscription:
        for number in range(1, 4):
            log.insert_events(batch(number, 3), scope=SCOPE, expected_position=(number - 1) * 3)
            seen = [next(subscription).id for _ in range(3)]
            assert seen == [number * 3 - 2, number * 3 - 1, number * 3]
            strike(own_server.data, how)
            attach(own_server.data).close()


def test_a_lost_delivery_is_noticed_and_read_again(
    own_server: Attached, make_factory: MakeFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = open_log(own_server, make_factory)
    log.insert_events(batch(1, 1000), scope=SCOPE, expected_position=0)
    arrived, lost = Feed._arrived, [250, 400, 999]

    def lossy(feed: Feed, subject: bytes, reply: bytes, data: bytes, headers: bytes) -> None:
        if lost and counters(reply)[0] == lost[0]:
            lost.pop(0)
        else:
            arrived(feed, subject, reply, data, headers)

    monkeypatch.setattr(Feed, "_arrived", lossy)
    seen = [notification.id for found in log.read(0, batch=100) for notification in found]
    assert seen == list(range(1, 1001))
    assert lost == []


def test_stop_wakes_a_follower_whose_server_is_gone(
    own_server: Attached, make_factory: MakeFactory
) -> None:
    log = open_log(own_server, make_factory)
    log.insert_events(batch(1, 1))
    subscription = log.subscribe()
    assert next(subscription).id == 1
    strike(own_server.data, signal.SIGKILL)
    threading.Timer(0.3, subscription.stop).start()
    before = time.monotonic()
    assert list(subscription) == []
    assert time.monotonic() - before < 3


def test_killed_at_random_moments_it_keeps_every_acknowledged_batch_whole(
    own_server: Attached, make_factory: MakeFactory
) -> None:
    """Ten times kill -9 while one writer appends batches of 1 to 300 events."""
    log = open_log(own_server, make_factory)
    dice, moments = random.Random(20260101), random.Random(20260102)
    acknowledged: list[tuple[int, int, int]] = []
    errors: list[BaseException] = []
    done = threading.Event()

    def write() -> None:
        position, number = 0, 0
        try:
            while not done.is_set():
                number += 1
                size = dice.choice([1, 2, 50, 300])
                positions = log.insert_events(
                    batch(number, size), scope=SCOPE, expected_position=position
                )
                assert positions is not None
                acknowledged.append((number, positions[0], size))
                position = positions[-1]
        except BaseException as error:
            errors.append(error)

    writer = threading.Thread(target=write)
    writer.start()
    holds = []
    for _ in range(10):
        before, patience = len(acknowledged), time.monotonic() + 20
        while len(acknowledged) < before + 2 and not errors and time.monotonic() < patience:
            time.sleep(0.001)  # the writer is back at work: now a blow can hurt
        time.sleep(moments.uniform(0, 0.05))
        strike(own_server.data, signal.SIGKILL)
        holds.append(attach(own_server.data))
    done.set()
    writer.join(30)
    for hold in holds:
        hold.close()
    assert errors == []
    assert len(acknowledged) >= 20

    stored = {found.id: found.state for found_batch in log.read(0) for found in found_batch}
    expected = {
        first + index: b"%d/%d/%d" % (number, index, size)
        for number, first, size in acknowledged
        for index in range(size)
    }
    assert stored == expected
