"""What orgledger promises about its log, beyond what the library's suites ask."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from eventsourcing.persistence import IntegrityError, StoredEvent, Tracking

from adapters.nats.embedded import Attached
from adapters.nats.factory import NatsFactory
from adapters.nats.recorder import NatsApplicationRecorder, NatsProcessRecorder
from domain.errors import ConfigError, LogError

Env = dict[str, str]
MakeFactory = Callable[[Env], NatsFactory]
SCOPE = "feifan.directory"


def event(entity: str, version: int = 1, topic: str = "MemberRenamed") -> StoredEvent:
    return StoredEvent(f"{SCOPE}.member.{entity}", version, topic, b'{"name":"n"}')


def everything(log: NatsApplicationRecorder, after: int = 0) -> list[int]:
    return [found.id for batch in log.read(after) for found in batch]


def test_a_batch_with_a_violation_appends_nothing(log: NatsApplicationRecorder) -> None:
    log.insert_events([event("a")])
    with pytest.raises(IntegrityError):
        log.insert_events([event("b"), event("c"), event("a")])
    assert log.max_notification_id() == 1
    assert log.select_events(f"{SCOPE}.member.b") == []


def test_one_check_covers_a_batch_over_several_entities(log: NatsApplicationRecorder) -> None:
    events = [event("a"), event("b"), event("c")]
    assert log.insert_events(events, scope=SCOPE, expected_position=0) == [1, 2, 3]
    assert log.insert_events([event("d")], scope=SCOPE, expected_position=3) == [4]
    for stale in ([event("e")], [event("e"), event("f")]):
        with pytest.raises(IntegrityError):
            log.insert_events(stale, scope=SCOPE, expected_position=3)
    assert everything(log) == [1, 2, 3, 4]


@pytest.mark.parametrize("size", [1, 7])
def test_of_two_writers_that_race_exactly_one_wins(log: NatsApplicationRecorder, size: int) -> None:
    position = 0
    for round_ in range(10):
        ready = threading.Barrier(4)

        def write(
            who: int,
            round_: int = round_,
            position: int = position,
            ready: threading.Barrier = ready,
        ) -> bool:
            events = [event(f"{round_}-{who}-{n}") for n in range(size)]
            ready.wait()
            try:
                log.insert_events(events, scope=SCOPE, expected_position=position)
            except IntegrityError:
                return False
            return True

        with ThreadPoolExecutor(4) as pool:
            assert sorted(pool.map(write, range(4))) == [False, False, False, True]
        position = log.last_position(SCOPE)
        assert position == (round_ + 1) * size


def test_other_scopes_do_not_disturb(log: NatsApplicationRecorder) -> None:
    log.insert_events([event("a")], scope=SCOPE, expected_position=0)
    other = StoredEvent("feifan.delivery.casdoor.u1", 1, "ChangeApplied", b"{}")
    log.insert_events([other])
    log.insert_events([event("b"), event("c")], scope=SCOPE, expected_position=1)
    assert log.last_position(SCOPE) == 4
    assert log.last_position("feifan.delivery") == 2
    assert log.last_position("feifan") == 4
    assert log.last_position("fei") == 0


def test_a_scope_guard_needs_an_event_in_the_scope(log: NatsApplicationRecorder) -> None:
    with pytest.raises(ValueError, match="lies in the scope other"):
        log.insert_events([event("a")], scope="other", expected_position=0)
    with pytest.raises(TypeError, match="go together"):
        log.insert_events([event("a")], scope=SCOPE)


def test_more_than_a_batch_is_refused_with_the_reason(log: NatsApplicationRecorder) -> None:
    events = [event(str(number)) for number in range(log.max_batch + 1)]
    with pytest.raises(LogError, match=f"at most {log.max_batch}"):
        log.insert_events(events, scope=SCOPE, expected_position=0)
    positions = log.insert_events(events[: log.max_batch], scope=SCOPE, expected_position=0)
    assert positions == list(range(1, log.max_batch + 1))


def test_many_batches_follow_one_another(log: NatsApplicationRecorder) -> None:
    """Their positions are told batch by batch, and versions and order are kept."""
    events = [event(str(number), version=number + 1) for number in range(1_001)]
    found = list(log.write(iter(events), scope=SCOPE, expected_position=0, batch=250))
    assert [len(positions) for positions in found] == [250, 250, 250, 250, 1]
    stored = [n for batch in log.read(0) for n in batch]
    assert [n.id for n in stored] == [position for positions in found for position in positions]
    assert [(n.originator_id, n.originator_version) for n in stored] == [
        (each.originator_id, each.originator_version) for each in events
    ]


def test_a_conflict_ends_a_row_of_batches_where_it_happens(log: NatsApplicationRecorder) -> None:
    """The batch that was made while the one before was stored is not in the log."""
    writing = log.write(
        [event(str(number)) for number in range(900)],
        scope=SCOPE,
        expected_position=0,
        batch=300,
    )
    assert next(writing) == list(range(1, 301))
    assert log.insert_events([event("rival")], scope=SCOPE, expected_position=300) == [301]
    with pytest.raises(IntegrityError):
        next(writing)
    assert log.last_position() == 301


def test_who_stops_taking_batches_stops_the_storing(log: NatsApplicationRecorder) -> None:
    """Nothing is stored behind the back of a caller that did not come back for it."""
    events = [event(str(number)) for number in range(900)]
    writing = log.write(events, scope=SCOPE, expected_position=0, batch=300)
    assert next(writing) == list(range(1, 301))
    writing.close()
    assert log.last_position() == 300
    assert log.insert_events(events[300:], scope=SCOPE, expected_position=300) is not None


def test_a_failure_while_a_batch_is_made_does_not_hide_the_one_before(
    log: NatsApplicationRecorder,
) -> None:
    """What was stored is told first; then comes the failure, and nothing of its batch is kept."""

    def failing() -> Iterator[StoredEvent]:
        yield from [event(str(number)) for number in range(550)]
        raise RuntimeError("cannot be made")

    writing = log.write(failing(), scope=SCOPE, expected_position=0, batch=300)
    assert next(writing) == list(range(1, 301))
    with pytest.raises(RuntimeError, match="cannot be made"):
        next(writing)
    assert log.last_position() == 300


def test_a_row_of_batches_stays_in_its_scope(log: NatsApplicationRecorder) -> None:
    outside = StoredEvent("feifan.run.r1", 1, "RunStarted", b"{}")
    with pytest.raises(ValueError, match="does not lie in the scope"):
        list(log.write([event("a"), outside], scope=SCOPE, expected_position=0, batch=300))
    assert log.last_position() == 0


def test_an_oversized_event_is_refused_before_it_is_sent(log: NatsApplicationRecorder) -> None:
    huge = StoredEvent(f"{SCOPE}.member.a", 1, "MemberRenamed", b"x" * (9 * 1024 * 1024))
    with pytest.raises(LogError, match="the server takes"):
        log.insert_events([huge], scope=SCOPE, expected_position=0)
    assert log.insert_events([event("a")]) == [1]


def test_reading_begins_and_ends_anywhere(log: NatsApplicationRecorder) -> None:
    events = [event(str(number)) for number in range(500)]
    log.insert_events(events, scope=SCOPE, expected_position=0)
    assert everything(log) == list(range(1, 501))
    assert everything(log, after=497) == [498, 499, 500]
    assert everything(log, after=500) == everything(log, after=9000) == []
    for stop in (1, 250, 251, 500, 9000):
        found = [f.id for batch in log.read(0, stop=stop, batch=50) for f in batch]
        assert found == list(range(1, min(stop, 500) + 1))
    batches = [len(batch) for batch in log.read(0, batch=100)]
    assert sum(batches) == 500
    assert max(batches) <= 100


def test_reading_a_scope_leaves_out_the_others(log: NatsApplicationRecorder) -> None:
    for number in range(10):
        other = StoredEvent(f"rust.directory.member.{number}", 1, "MemberCreated", b"{}")
        log.insert_events([event(str(number)), other])
    inside = [found.id for batch in log.read(4, scope=SCOPE) for found in batch]
    assert inside == [5, 7, 9, 11, 13, 15, 17, 19]
    assert log.published_at(3) is not None
    assert abs(datetime.now(UTC) - (log.published_at(3) or datetime.min)) < timedelta(minutes=1)
    assert log.published_at(99) is None


def test_an_abandoned_reading_does_not_disturb_the_next(log: NatsApplicationRecorder) -> None:
    events = [event(str(number)) for number in range(1000)]
    log.insert_events(events, scope=SCOPE, expected_position=0)
    for _ in range(20):
        for batch in log.read(0, batch=10):
            assert batch[0].id == 1
            break
    assert everything(log) == list(range(1, 1001))


def test_following_sees_what_is_there_and_then_what_comes(log: NatsApplicationRecorder) -> None:
    log.insert_events([event("a"), event("b")])
    with log.subscribe(gt=1) as subscription:
        assert next(subscription).id == 2
        for number in range(5):
            threading.Timer(0.01, log.insert_events, [[event(f"live-{number}")]]).start()
            assert next(subscription).id == 3 + number


def test_stop_wakes_a_follower_that_waits(log: NatsApplicationRecorder) -> None:
    subscription = log.subscribe()
    threading.Timer(0.1, subscription.stop).start()
    assert list(subscription) == []


def test_tracking_is_in_the_same_batch_and_not_among_the_events(
    log_env: Env, make_factory: MakeFactory
) -> None:
    recorder = make_factory(log_env | {"ORIGINATOR_ID_TYPE": "text"}).process_recorder()
    assert isinstance(recorder, NatsProcessRecorder)
    assert recorder.insert_events([event("a")], tracking=Tracking("up.stream", 7)) == [1]
    with pytest.raises(IntegrityError):
        recorder.insert_events([event("b"), event("a")], tracking=Tracking("up.stream", 8))
    with pytest.raises(IntegrityError):
        recorder.insert_events([event("b")], tracking=Tracking("up.stream", 7))
    assert recorder.max_tracking_id("up.stream") == 7
    assert everything(recorder) == [1]
    assert [n.id for n in recorder.select_notifications(None, 10)] == [1]
    assert recorder.max_notification_id() == 1


@pytest.mark.parametrize("verb", ["STREAM.DELETE.{0}", "STREAM.PURGE.{0}", "STREAM.MSG.DELETE.{0}"])
def test_the_server_refuses_to_forget(
    own_server: Attached, make_factory: MakeFactory, verb: str
) -> None:
    factory = make_factory(own_server.env() | {"ORIGINATOR_ID_TYPE": "text"})
    log = factory.application_recorder()
    log.insert_events([event("a")])
    connection = factory.stream.connection
    subject = "$JS.API." + verb.format(factory.stream.name)
    with pytest.raises(LogError, match="does not permit"):
        connection.run(connection.ask(subject, b'{"seq":1}', connection.deadline()))
    assert log.max_notification_id() == 1


def test_the_stream_itself_refuses_to_forget(log: NatsApplicationRecorder) -> None:
    """Also for an account with every right: deny_delete and deny_purge."""
    log.insert_events([event("a")])
    stream, connection = log.stream, log.stream.connection
    info = connection.run(stream.api(f"STREAM.INFO.{stream.name}", None, connection.deadline()))
    assert info["config"]["deny_delete"] and info["config"]["deny_purge"]
    config = info["config"] | {"deny_delete": False, "deny_purge": False, "max_msgs": 1}
    answer = connection.run(
        stream.api(f"STREAM.UPDATE.{stream.name}", config, connection.deadline())
    )
    assert "can not cancel deny" in answer["error"]["description"]


def test_a_stream_that_cannot_hold_a_log_is_named(log_env: Env, make_factory: MakeFactory) -> None:
    factory = make_factory(log_env)
    connection, name = factory.stream.connection, factory.stream.name
    config = {"name": name, "subjects": [f"{name}.>"], "storage": "memory", "max_age": 10**12}
    connection.run(factory.stream.api(f"STREAM.CREATE.{name}", config, connection.deadline()))
    with pytest.raises(ConfigError, match=r"storage is 'memory'.*max_age is"):
        factory.application_recorder()


def test_two_applications_share_a_stream_under_different_roots(
    log_env: Env, make_factory: MakeFactory
) -> None:
    one = make_factory(log_env).application_recorder()
    root = log_env["NATS_SUBJECT"] + "-two"
    two = make_factory(log_env | {"NATS_SUBJECT": root}).application_recorder()
    assert one.max_notification_id() is None
    assert two.max_notification_id() is None


def test_a_wrong_password_is_a_configuration_error_without_the_secret(
    log_env: Env, make_factory: MakeFactory
) -> None:
    with pytest.raises(ConfigError, match="does not accept the credential") as caught:
        make_factory(log_env | {"NATS_PASSWORD": "hunter2"}).application_recorder()
    assert "hunter2" not in str(caught.value)
    assert caught.value.exit_code == 2


def test_a_silent_log_is_an_error_that_says_where_and_why(make_factory: MakeFactory) -> None:
    env = {
        "PERSISTENCE_MODULE": "adapters.nats",
        "NATS_URL": "nats://secret:word@127.0.0.1:9",
        "NATS_PATIENCE": "0.3",
    }
    with pytest.raises(LogError, match=r"127\.0\.0\.1:9 did not answer within 0\.3 s") as caught:
        make_factory(env).application_recorder()
    assert "word" not in str(caught.value)
    assert "refused" in str(caught.value).lower() or "Connect call failed" in str(caught.value)


@pytest.mark.parametrize(
    ("key", "value"), [("NATS_URL", ""), ("NATS_REPLICAS", "2"), ("ORIGINATOR_ID_TYPE", "int")]
)
def test_unusable_settings_are_named(log_env: Env, key: str, value: str) -> None:
    with pytest.raises(ConfigError, match=key):
        NatsFactory(log_env | {key: value})


def test_durability_is_reported(log: NatsApplicationRecorder) -> None:
    durability = log.stream.connection.run(log.stream.durability())
    assert (durability.replicas, durability.fsync, durability.safe) == (1, True, True)
    assert log.durability() == (True, "every event is on disk before it is acknowledged")
