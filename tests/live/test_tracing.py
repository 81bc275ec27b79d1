"""Traces: one for each callback, through every job and process, to the calls at the targets."""

from __future__ import annotations

import logging
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.sdk.trace.sampling import ParentBased, Sampler, TraceIdRatioBased

from orgledger.live import tracing
from orgledger.live.telemetry import Ids, Telemetry
from orgledger.live.tracing import SILENT, begin, place, wanted
from tests.live.collector import Collector, Told, collecting
from tests.live.live_desk import COMPANY, LiveDesk, eventually

WHOLE = ["receive", "follow", "look", "append", "deliver", "plan", "apply"]
PERSON = {"name": "Xu Secret", "mobile": "+8613900000077", "email": "xu@feifan.example"}


def telemetry(**settings: object) -> tuple[Telemetry, InMemorySpanExporter]:
    """One process's, with what it told."""
    ids, exporter = Ids(), InMemorySpanExporter()
    provider = TracerProvider(id_generator=ids, shutdown_on_exit=False, **settings)  # type: ignore[arg-type]
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    return Telemetry(provider, ids), exporter


@pytest.fixture
def collector(monkeypatch: pytest.MonkeyPatch) -> Iterator[Collector]:
    """Where the environment sends traces."""
    with collecting() as found:
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", found.url)
        monkeypatch.setenv("OTEL_BSP_SCHEDULE_DELAY", "100")
        monkeypatch.setenv("OTEL_RESOURCE_ATTRIBUTES", "service.instance.id=here")
        yield found


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


def whole(collector: Collector) -> list[Told]:
    """The spans of the trace that has all of them."""
    for spans in collector.traces().values():
        if {span.name for span in spans} == set(WHOLE):
            return spans
    return []


def test_two_processes_know_the_same_trace() -> None:
    """Who goes on with a position of the inbox hangs on its receipt, and is linked to the burst."""
    (one, received), (two, followed) = telemetry(), telemetry()
    for number in (7, 8):
        one.received("ding", number, ["user_modify_org"], 1_000, duplicate=False)
    with two.span("follow", inbox=[7, 8, None]):
        pass
    seventh, eighth = (span.context for span in received.get_finished_spans())
    (follow,) = followed.get_finished_spans()
    assert (seventh.trace_id, seventh.span_id) == place("", 7)
    assert follow.parent is not None
    assert (follow.parent.trace_id, follow.parent.span_id) == (eighth.trace_id, eighth.span_id)
    assert [link.context.trace_id for link in follow.links] == [seventh.trace_id]


def test_two_inboxes_have_different_traces() -> None:
    """Two installations may tell the same collector."""
    assert place("ORGLEDGER_INBOX 2026-01-01", 7) != place("ORGLEDGER_INBOX 2026-01-02", 7)


def test_a_repeat_is_a_span_of_the_first_receipt() -> None:
    """A span's id is its own, however often the provider repeats a callback."""
    told, exporter = telemetry()
    told.received("ding", 7, [], 1_000, duplicate=False)
    told.received("ding", 7, [], 2_000, duplicate=True)
    first, again = exporter.get_finished_spans()
    assert again.context.trace_id == first.context.trace_id
    assert again.context.span_id != first.context.span_id
    assert again.parent is not None and again.parent.span_id == first.context.span_id


@pytest.mark.parametrize("sampler", [TraceIdRatioBased(0.5), ParentBased(TraceIdRatioBased(0.5))])
def test_a_sampler_takes_a_trace_as_a_whole(sampler: Sampler) -> None:
    """A share of the traces, the same ones in every process."""
    (one, received), (two, followed) = (telemetry(sampler=sampler) for _process in range(2))
    for number in range(40):
        one.received("ding", number, [], 1_000, duplicate=False)
        with two.span("follow", inbox=[number]):
            pass
    traces = [
        {span.context.trace_id for span in told.get_finished_spans()}
        for told in (received, followed)
    ]
    assert traces[0] == traces[1]
    assert 0 < len(traces[0]) < 40


def test_what_fails_is_told_by_the_name_of_its_error_only() -> None:
    """The text of an error may name somebody."""
    told, exporter = telemetry()
    with pytest.raises(ValueError, match="Xu"), told.span("follow", inbox=[7]):
        raise ValueError("Xu Secret")
    (span,) = exporter.get_finished_spans()
    assert (span.status.is_ok, span.status.description, span.events) == (False, "ValueError", ())


@pytest.mark.parametrize(
    ("environment", "on"),
    [
        ({}, False),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:9"}, True),
        ({"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://127.0.0.1:9"}, True),
        ({"OTEL_TRACES_EXPORTER": "otlp"}, True),
        ({"OTEL_TRACES_EXPORTER": "none", "OTEL_EXPORTER_OTLP_ENDPOINT": "http://h"}, False),
        ({"OTEL_SDK_DISABLED": "true", "OTEL_EXPORTER_OTLP_ENDPOINT": "http://h"}, False),
    ],
)
def test_the_usual_variables_decide(environment: dict[str, str], on: bool) -> None:
    """Those of OpenTelemetry's specification; nothing is traced unless one of them says so."""
    assert wanted(environment) is on
    found = begin(environment)
    assert found.on is on
    assert on or found is SILENT
    found.close()


def test_without_the_packages_a_warning_names_them(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The service runs all the same."""
    monkeypatch.setitem(sys.modules, "orgledger.live.telemetry", None)
    assert begin({"OTEL_TRACES_EXPORTER": "otlp"}) is SILENT
    assert "pip install 'orgledger[tracing]'" in caplog.text


def test_an_exporter_that_there_is_not_is_told(caplog: pytest.LogCaptureFixture) -> None:
    """And nothing is traced."""
    assert begin({"OTEL_TRACES_EXPORTER": "zipkin"}) is SILENT
    assert "OTEL_TRACES_EXPORTER is zipkin; there is otlp and console" in caplog.text


def test_a_collector_that_is_away_keeps_no_stop_waiting(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """What could not be told is lost after a few seconds."""
    monkeypatch.setattr("orgledger.live.telemetry.FLUSH_S", 0.2)
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:9")
    caplog.set_level(logging.CRITICAL, "opentelemetry")
    found = begin(dict(os.environ))
    with found.span("follow", inbox=[7]):
        pass
    took = eventually(lambda: found.close() is None)
    assert took < 2


def test_one_change_is_one_trace(tmp_path: Path, collector: Collector) -> None:
    """From the receipt over every job's thread to the call at the target; and nobody is named."""
    with LiveDesk(tmp_path, "dingtalk", ("casdoor",)) as desk, desk.serving():
        target = desk.providers["casdoor"]
        eventually(lambda: len(target.names()) == len(COMPANY.members))
        desk.source.change({"op": "update_member", "id": "u4", **PERSON})
        eventually(lambda: PERSON["name"] in target.names())
        eventually(lambda: bool(whole(collector)))
    spans = {span.name: span for span in whole(collector)}
    receive = spans["receive"]
    assert receive.parent == ""
    parents = {span.id: span.name for span in spans.values()}
    assert {name: parents.get(span.parent) for name, span in spans.items()} == {
        "receive": None,
        "follow": "receive",
        "look": "follow",
        "append": "follow",
        "deliver": "receive",
        "plan": "deliver",
        "apply": "deliver",
    }
    assert all(span.begun <= span.ended for span in spans.values())
    assert receive.attributes["orgledger.events"] == ["user_modify_org"]
    assert spans["follow"].attributes["orgledger.system"] == "dingtalk"
    assert "MemberRenamed" in spans["deliver"].attributes["orgledger.events"]
    (uid,) = spans["apply"].attributes["orgledger.uids"]
    assert spans["append"].attributes["orgledger.entities"][0] == f"member {uid}"
    for value in PERSON.values():
        assert value.encode() not in collector.raw


@pytest.mark.slow  # two services: 11 s
def test_a_trace_goes_through_two_processes(tmp_path: Path, collector: Collector) -> None:
    """One takes the callback, the other has the jobs; nothing but the inbox and the log between."""
    with LiveDesk(tmp_path, "dingtalk", ("casdoor",)) as desk:
        target = desk.providers["casdoor"]
        command = [sys.executable, "-m", "orgledger", "-c", str(tmp_path / "orgledger.toml")]
        elsewhere = {**os.environ, "OTEL_RESOURCE_ATTRIBUTES": "service.instance.id=there"}
        with subprocess.Popen(
            [*command, "serve", "--port", str(free_port())],
            env=elsewhere,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        ) as process:
            try:
                eventually(lambda: len(target.names()) == len(COMPANY.members), 40)
                with desk.serving():
                    desk.source.change({"op": "update_member", "id": "u4", **PERSON})
                    eventually(lambda: PERSON["name"] in target.names())
                    eventually(lambda: bool(whole(collector)))
            finally:
                process.terminate()
                process.wait(30)
    assert {span.name: span.instance for span in whole(collector)} == {
        name: "here" if name == "receive" else "there" for name in WHOLE
    }


def test_nothing_is_traced_unless_it_is_asked_for() -> None:
    """And then it costs nothing: the packages are not even imported."""
    found = subprocess.run(
        [sys.executable, "-c", "import orgledger.live.service, sys; print(*sys.modules)"],
        capture_output=True, text=True, timeout=60, check=True,
    )  # fmt: skip
    assert "orgledger.live.tracing" in found.stdout.split()
    assert not any(name.startswith("opentelemetry.sdk") for name in found.stdout.split())
    assert tracing.SILENT.span("a") is tracing.SILENT.span("b")
