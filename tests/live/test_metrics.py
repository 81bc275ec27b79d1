"""What operators ask the service: is it alive, is it ready, and how far is it behind."""

from __future__ import annotations

import asyncio
import re
import time
from pathlib import Path
from typing import Any

import httpx
from nats.js.api import ConsumerConfig
from prometheus_client.parser import text_string_to_metric_families

from adapters.nats.client import connect
from adapters.nats.inbox import STREAM, Inbox
from domain.envelope import directory_scope
from domain.events import MemberCreated
from orgledger.bootstrap import open_service
from orgledger.ledger import Circumstances
from orgledger.live.backlog import Backlog
from orgledger.live.counters import Counters
from orgledger.live.metrics import Metrics
from tests.live.live_desk import COMPANY, LiveDesk, eventually

PAGE = (Path(__file__).parents[2] / "docs/serve.md").read_text(encoding="utf-8")
TOLD = {
    name: re.findall(r"`(\w+)`", labels)
    for name, labels in re.findall(r"^\| `(orgledger_\w+)` \| ([^|]*) \|", PAGE, re.MULTILINE)
}


def families(page: str) -> dict[str, Any]:
    """The metrics of a page, by the names that queries use."""
    found = {}
    for family in text_string_to_metric_families(page):
        assert family.documentation and family.type != "unknown", family.name
        found[f"{family.name}_total" if family.type == "counter" else family.name] = family
    return found


def value(page: str, name: str, **labels: str) -> float | None:
    for family in text_string_to_metric_families(page):
        for sample in family.samples:
            if sample.name == name and sample.labels == labels:
                return float(sample.value)
    return None


def test_the_page_in_the_docs_names_every_metric() -> None:
    """With its labels; and none that is not there."""
    counters = Counters()
    metrics = Metrics(counters)
    found = {family.name for family in metrics.registry.collect()}
    types = {family.name: family.type for family in metrics.registry.collect()}
    assert {f"{n}_total" if types[n] == "counter" else n for n in found} == set(TOLD)
    for family in families(metrics.page().decode()).values():
        for sample in family.samples:
            labels = set(sample.labels) - {"le"}
            assert labels <= set(
                TOLD[family.name if family.name in TOLD else f"{family.name}_total"]
            )


def test_the_numbers_of_a_service_that_works(tmp_path: Path) -> None:
    """They can be read by Prometheus' own parser, and say what has happened."""
    with LiveDesk(tmp_path, "dingtalk", ("casdoor",)) as desk, desk.serving():
        target = desk.providers["casdoor"]
        eventually(lambda: len(target.names()) == len(COMPANY.members))
        desk.source.change({"op": "update_member", "id": "u4", "name": "Ann Told"})
        eventually(lambda: "Ann Told" in target.names())
        settled = {"name": "orgledger_behind_events", "system": "casdoor"}
        eventually(lambda: value(_page(desk), **settled) == 0, 30)
        page = _page(desk)
        for name, family in families(page).items():
            labels = {label for sample in family.samples for label in sample.labels}
            assert labels - {"le"} <= set(TOLD[name]), name
        assert value(page, "orgledger_callbacks_total", system="dingtalk", result="stored") == 1
        assert value(page, "orgledger_told_total", system="dingtalk", event="user_modify_org") == 1
        assert value(page, "orgledger_hints_total", system="dingtalk") == 1
        assert value(page, "orgledger_inbox_pending", system="dingtalk") == 0
        assert value(page, "orgledger_behind_seconds", system="casdoor") == 0
        assert value(page, "orgledger_job_running", job="read.dingtalk") == 1
        assert value(page, "orgledger_job_running", job="deliver.casdoor") == 1
        assert value(page, "orgledger_log_reachable") == 1
        read = value(page, "orgledger_read_timestamp_seconds", system="dingtalk")
        assert read is not None and time.time() - 60 < read <= time.time()
        assert httpx.get(f"{desk.url}/healthz").text == "ok\n"
        ready = httpx.get(f"{desk.url}/readyz")
        assert (ready.status_code, ready.json()["ready"]) == (200, True)
        jobs = {job["name"]: job for job in ready.json()["jobs"]}
        assert {"read.dingtalk", "deliver.casdoor", "audit"} <= jobs.keys()
        assert jobs["deliver.casdoor"] == {"name": "deliver.casdoor", "here": True, "trouble": ""}


def _page(desk: LiveDesk) -> str:
    return httpx.get(f"{desk.url}/metrics").text


def test_how_far_a_target_is_behind_is_asked_of_its_consumer(tmp_path: Path) -> None:
    """Events that nobody has brought are counted, and the age of the oldest, whoever asks."""
    metrics = Metrics(Counters())
    people = [MemberCreated(uid=f"m-{n}", name=f"Person {n}") for n in range(3)]
    with (
        LiveDesk(tmp_path, "dingtalk", ("casdoor",)) as desk,
        open_service(desk.config) as opened,
    ):

        async def ask() -> None:
            client = await connect(opened.address)
            js, backlog = client.jetstream(), Backlog(client, opened.config, metrics)
            await Inbox(client).ensure()
            wanted = ConsumerConfig(
                durable_name="deliver-casdoor",
                filter_subject=f"orgledger.log.{directory_scope('feifan')}.>",
            )
            await js.add_consumer(opened.config.log.stream, wanted)
            opened.ledger.append(
                opened.views.directory("feifan"), people, Circumstances(actor="user:test")
            )
            await asyncio.sleep(0.2)
            await backlog.look()
            assert await backlog.storable()
            await js.delete_stream(STREAM)
            assert not await backlog.storable()
            await client.close()

        asyncio.run(ask())
    page = metrics.page().decode()
    assert value(page, "orgledger_behind_events", system="casdoor") == len(people)
    seconds = value(page, "orgledger_behind_seconds", system="casdoor")
    assert seconds is not None and 0.2 <= seconds < 60
    assert value(page, "orgledger_log_reachable") == 1
