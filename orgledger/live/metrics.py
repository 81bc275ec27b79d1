"""What the service counts, for Prometheus. Labels are ids of the configuration, never people's."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from time import time

from faststream.nats.annotations import NatsMessage
from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    disable_created_metrics,
    generate_latest,
)
from prometheus_client.core import CounterMetricFamily
from prometheus_client.registry import Collector

from domain.envelope import Entry
from orgledger.live.counters import Counters

SECONDS = (0.01, 0.025, 0.05, 0.1, 0.15, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300)


class _Callbacks(Collector):
    """What the receiver counted, at the moment in which somebody asks."""

    def __init__(self, counters: Counters) -> None:
        self._counters = counters

    def collect(self) -> Iterator[CounterMetricFamily]:
        what = CounterMetricFamily(
            "orgledger_callbacks", "Callbacks by what became of them", labels=["system", "result"]
        )
        told = CounterMetricFamily(
            "orgledger_told",
            "Events that providers told, by their names",
            labels=["system", "event"],
        )
        for system, counts in self._counters.systems.items():
            results = {
                "stored": counts.stored,
                "duplicate": counts.duplicates,
                "handshake": counts.handshakes,
                "unavailable": counts.unavailable,
                "broken": counts.broken,
                "failed": counts.failed,
                **{f"refused_{reason}": count for reason, count in counts.refused.items()},
            }
            for result, count in results.items():
                what.add_metric([system, result], count)
            for event, count in counts.events.items():
                told.add_metric([system, event], count)
        yield what
        yield told


class Metrics:
    """One process's numbers, in a registry of their own."""

    def __init__(self, counters: Counters) -> None:
        disable_created_metrics()  # type: ignore[no-untyped-call]  # each counter would be two
        self.registry = CollectorRegistry()
        self.registry.register(_Callbacks(counters))
        self.hints = self._counter("hints_total", "Messages of the inbox that were followed")
        self.unreadable = self._counter(
            "unreadable_total", "Messages of the inbox that could not be opened"
        )
        self.unanswered = self._counter(
            "unanswered_total", "Times that a source did not answer and was asked again"
        )
        self.appended = self._counter("appended_total", "Events that hints led to")
        self.missed = self._counter("missed_total", "Changes that no callback had announced")
        self.delivered = self._counter("delivered_total", "Operations that a target acknowledged")
        self.restarts = self._counter(
            "restarts_total", "Times that a job failed and began anew", "job"
        )
        self.told = self._counter("notified_total", "Events that a subscriber took")
        self.untaken = self._counter(
            "untaken_total", "Times that a subscriber did not take what it was told"
        )
        self.hindered = Gauge(
            "orgledger_subscriber_hindered", "Whether a subscriber does not take what it is told",
            ["system"], registry=self.registry,
        )  # fmt: skip
        self.running = self._gauge("job_running", "Whether this process runs the job", "job")
        self.reachable = Gauge(
            "orgledger_log_reachable", "Whether the log answered when it was last asked",
            registry=self.registry,
        )  # fmt: skip
        self.pending = self._gauge("inbox_pending", "Messages of the inbox not yet followed")
        self.behind_events = self._gauge("behind_events", "Events not yet brought to the target")
        self.behind_seconds = self._gauge("behind_seconds", "Age of the oldest of these events")
        self.read_at = self._gauge(
            "read_timestamp_seconds",
            "When everything was last read of the source, in the process that reads it",
        )
        self.followed_after = self._histogram(
            "followed_seconds", "From a callback in the inbox to its events in the log"
        )
        self.delivered_after = self._histogram(
            "delivered_seconds", "From an event in the log to the target's acknowledgement"
        )
        self.notified_after = self._histogram(
            "notified_seconds", "From an event in the log to the subscriber's acknowledgement"
        )

    def _counter(self, name: str, what: str, label: str = "system") -> Counter:
        return Counter(f"orgledger_{name}", what, [label], registry=self.registry)

    def _gauge(self, name: str, what: str, label: str = "system") -> Gauge:
        return Gauge(f"orgledger_{name}", what, [label], registry=self.registry)

    def _histogram(self, name: str, what: str) -> Histogram:
        return Histogram(
            f"orgledger_{name}", what, ["system"], registry=self.registry, buckets=SECONDS
        )

    def followed(
        self, system: str, messages: Iterable[NatsMessage], entries: Sequence[Entry]
    ) -> None:
        """A burst of the inbox was followed."""
        now = time()
        self.appended.labels(system).inc(len(entries))
        for message in messages:
            self.hints.labels(system).inc()
            stored = message.raw_message.metadata.timestamp.timestamp()
            self.followed_after.labels(system).observe(max(0.0, now - stored))

    def unread(self, system: str) -> None:
        """This process does not read it any more; another one says when it was read."""
        with suppress(KeyError):  # it never came to its end here
            self.read_at.remove(system)

    def notified(self, subscriber: str, entries: Sequence[Entry]) -> None:
        """Some events were taken by a subscriber."""
        now = time()
        self.told.labels(subscriber).inc(len(entries))
        for entry in entries:
            after = now - entry.envelope.at.timestamp()
            self.notified_after.labels(subscriber).observe(max(0.0, after))

    def brought(self, system: str, operations: int, entries: Sequence[Entry]) -> None:
        """What some events led to is at a target."""
        now = time()
        self.delivered.labels(system).inc(operations)
        for entry in entries:
            after = now - entry.envelope.at.timestamp()
            self.delivered_after.labels(system).observe(max(0.0, after))

    def page(self) -> bytes:
        """The page that Prometheus reads."""
        return generate_latest(self.registry)
