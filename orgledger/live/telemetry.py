"""Telemetry: what is traced, told to a collector by OpenTelemetry's SDK (OTLP over HTTP)."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from threading import Thread, local
from typing import Any, cast

from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import SERVICE_NAME, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, ConsoleSpanExporter, SpanExporter
from opentelemetry.sdk.trace.id_generator import RandomIdGenerator
from opentelemetry.sdk.trace.sampling import Decision
from opentelemetry.trace import (
    Link,
    NonRecordingSpan,
    SpanContext,
    SpanKind,
    Status,
    StatusCode,
    TraceFlags,
    get_current_span,
    set_span_in_context,
)

from domain.delivery.operation import Acknowledged, Change
from domain.errors import SystemFault
from domain.ports import Target
from orgledger.live.tracing import SILENT, UIDS, Place, Tracing, Value, place

log = logging.getLogger("orgledger.live")

EXPORTERS: dict[str, type[SpanExporter]] = {
    "otlp": OTLPSpanExporter,
    "console": ConsoleSpanExporter,
}

LINKS = 128
"""Most callbacks that a span is of; more links the SDK leaves out."""

FLUSH_S = 3.0
"""How long a stop waits for a collector."""


def configured(environment: Mapping[str, str]) -> Tracing:
    """As the environment says; the SDK and its exporter read their variables themselves."""
    name = environment.get("OTEL_TRACES_EXPORTER", "").strip() or "otlp"
    if name not in EXPORTERS:
        log.warning("OTEL_TRACES_EXPORTER is %s; there is %s", name, " and ".join(EXPORTERS))
        return SILENT
    resource = Resource.create()
    if str(resource.attributes[SERVICE_NAME]).startswith("unknown_service"):
        resource = resource.merge(Resource({SERVICE_NAME: "orgledger"}))
    ids = Ids()
    provider = TracerProvider(resource=resource, id_generator=ids, shutdown_on_exit=False)
    provider.add_span_processor(BatchSpanProcessor(EXPORTERS[name]()))
    return Telemetry(provider, ids)


class Ids(RandomIdGenerator):
    """Random ids, but for the span of a receipt, whose ids follow from its place."""

    def __init__(self) -> None:
        self._next = local()

    @contextmanager
    def of(self, place: Place) -> Iterator[None]:
        """The span that this thread starts within is the one of ``place``."""
        self._next.place = place
        try:
            yield
        finally:
            self._next.place = None

    def generate_trace_id(self) -> int:
        found: Place | None = getattr(self._next, "place", None)
        return found.trace if found else super().generate_trace_id()

    def generate_span_id(self) -> int:
        found: Place | None = getattr(self._next, "place", None)
        return found.span if found else super().generate_span_id()


class Telemetry(Tracing):
    """Tells ``provider``. May be used in any thread."""

    on = True

    def __init__(self, provider: TracerProvider, ids: Ids) -> None:
        self._provider, self._ids = provider, ids
        self._tracer = provider.get_tracer("orgledger")

    def received(
        self, system: str, position: int, events: Iterable[str], begun: int, *, duplicate: bool
    ) -> None:
        attributes = _named({"system": system, "events": list(events), "inbox": position})
        kind = SpanKind.SERVER
        if duplicate:  # the place has its span
            self._tracer.start_span(
                "receive again", self._within(position), kind, attributes, start_time=begun
            ).end()
            return
        with self._ids.of(place(self.inbox, position)):
            span = self._tracer.start_span("receive", Context(), kind, attributes, start_time=begun)
        span.end()

    @contextmanager
    def _span(
        self,
        name: str,
        within: Context | None,
        links: Sequence[Link],
        begun: int | None,
        attributes: Mapping[str, Value],
        kind: SpanKind = SpanKind.INTERNAL,
    ) -> Iterator[None]:
        with self._tracer.start_as_current_span(
            name, within, kind, _named(attributes), links, begun,
            record_exception=False, set_status_on_exception=False,
        ) as span:  # fmt: skip
            try:
                yield
            except BaseException as error:  # its text may name somebody
                span.set_status(Status(StatusCode.ERROR, type(error).__name__))
                raise

    def span(
        self,
        name: str,
        *,
        inbox: Iterable[int | None] = (),
        begun: int | None = None,
        **attributes: Value,
    ) -> AbstractContextManager[None]:
        positions = sorted({one for one in inbox if one is not None}, reverse=True)
        if not positions:
            return self._span(name, None, (), begun, attributes)
        links = [Link(self._context(position)) for position in positions[1:LINKS]]
        within = self._within(positions[0])
        return self._span(name, within, links, begun, attributes, SpanKind.CONSUMER)

    def passed(self, name: str, begun: int) -> None:
        self._tracer.start_span(name, start_time=begun).end()

    def note(self, **attributes: Value) -> None:
        get_current_span().set_attributes(_named(attributes))

    def calls(self, target: Target) -> Target:
        return cast("Target", _Calls(target, self))

    def call(self, changes: Sequence[Change]) -> AbstractContextManager[None]:
        """A call of a target, for one entity or for several that are brought at once."""
        first = changes[0]
        attributes: dict[str, Value] = {
            "action": str(first.action),
            "kind": first.kind,
            "uids": [change.uid for change in changes[:UIDS]],
            "changes": len(changes),
            "again": first.again,
        }
        return self._span("apply", None, (), None, attributes, SpanKind.CLIENT)

    def close(self) -> None:
        last = Thread(target=self._provider.shutdown, name="telemetry", daemon=True)
        last.start()
        last.join(FLUSH_S)

    def _context(self, position: int) -> SpanContext:
        """That of a receipt, which another process may have seen. Sampled there as here."""
        found = place(self.inbox, position)
        sampler = self._provider.sampler
        decision = sampler.should_sample(Context(), found.trace, "receive").decision
        sampled = decision is Decision.RECORD_AND_SAMPLE
        flags = TraceFlags(TraceFlags.SAMPLED if sampled else TraceFlags.DEFAULT)
        return SpanContext(found.trace, found.span, is_remote=True, trace_flags=flags)

    def _within(self, position: int) -> Context:
        return set_span_in_context(NonRecordingSpan(self._context(position)), Context())


class _Calls:
    """A target whose calls are told; everything else of it is its own."""

    def __init__(self, target: Target, telemetry: Telemetry) -> None:
        self._target, self._telemetry = target, telemetry

    def __getattr__(self, name: str) -> Any:
        return getattr(self._target, name)

    async def apply(self, changes: Sequence[Change]) -> Sequence[Acknowledged | SystemFault]:
        with self._telemetry.call(changes):
            results = await self._target.apply(changes)
            faults = {r.code or type(r).__name__ for r in results if isinstance(r, SystemFault)}
            if faults:
                self._telemetry.note(faults=sorted(faults))
            return results


def _named(attributes: Mapping[str, Value]) -> dict[str, Value]:
    return {f"orgledger.{name}": value for name, value in attributes.items()}
