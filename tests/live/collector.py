"""A collector of traces: what an OTLP/HTTP endpoint is told, in memory."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from adapters.simulation.server import running
from orgledger.serving import answer


class Told(NamedTuple):
    """A span as it came in; ids in hexadecimal digits, times in nanoseconds since 1970."""

    name: str
    trace: str
    id: str
    parent: str
    links: tuple[str, ...]
    begun: int
    ended: int
    attributes: dict[str, Any]
    instance: str


class Collector:
    """Takes ``POST /v1/traces`` in protobuf, as OpenTelemetry's specification of OTLP has it."""

    def __init__(self) -> None:
        self.spans: list[Told] = []
        self.raw = b""
        self.url = ""

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        assert (scope["method"], scope["path"]) == ("POST", "/v1/traces")
        body, more = b"", True
        while more:
            message = await receive()
            body += message.get("body", b"")
            more = message.get("more_body", False)
        self.raw += body
        self.spans += _spans(ExportTraceServiceRequest.FromString(body))
        await answer(send, 200, b"", "application/x-protobuf")

    def traces(self) -> dict[str, list[Told]]:
        """The spans by trace, in the order in which they began."""
        found: dict[str, list[Told]] = {}
        for span in sorted(self.spans, key=lambda span: span.begun):
            found.setdefault(span.trace, []).append(span)
        return found


def _spans(request: Any) -> Iterator[Told]:
    for resource in request.resource_spans:
        instance = _attributes(resource.resource.attributes).get("service.instance.id", "")
        for scope in resource.scope_spans:
            for span in scope.spans:
                yield Told(
                    span.name,
                    span.trace_id.hex(),
                    span.span_id.hex(),
                    span.parent_span_id.hex(),
                    tuple(link.trace_id.hex() for link in span.links),
                    span.start_time_unix_nano,
                    span.end_time_unix_nano,
                    _attributes(span.attributes),
                    instance,
                )


def _attributes(attributes: Any) -> dict[str, Any]:
    return {one.key: _value(one.value) for one in attributes}


def _value(value: Any) -> Any:
    kind = value.WhichOneof("value")
    if kind == "array_value":
        return [_value(one) for one in value.array_value.values]
    return getattr(value, kind)


@contextmanager
def collecting() -> Iterator[Collector]:
    """A collector that listens."""
    found = Collector()
    with running(found) as served:  # type: ignore[arg-type]
        found.url = served.url
        yield found
