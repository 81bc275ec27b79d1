"""What the service counts, for Prometheus. Labels are ids of the configuration, never people's."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from time import time

from faststream.nats.annotations import NatsMessage
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
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
        self.restarts = self._counter("restarts_total", "Times that a job failed and began anew")
        self.running = Gauge(
            "orgledger_job_running", "Whether this process runs the job", ["system"],
            registry=self.registry,
        )  # fmt: skip
        self.followed_after = self._histogram(
            "followed_seconds", "From a callback in the inbox to its events in the log"
        )
        self.delivered_after = self._histogram(
            "delivered_seconds", "From an event in the log to the target's acknowledgement"
        )

    def _counter(self, name: str, what: str) -> Counter:
        return Counter(f"orgledger_{name}", what, ["system"], registry=self.registry)

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
