"""The shared application, in process and over a socket."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from adapters.dingtalk.simulator import DingTalkSettings, create_app
from adapters.simulation.clock import Clock
from adapters.simulation.limits import RateLimit
from adapters.simulation.server import Running, running

TOKEN = "/gettoken?appkey=dingsimulatedapp&appsecret=simulated-secret"


@pytest.fixture
def server() -> Iterator[Running]:
    """A simulator on a free port."""
    with running(create_app(DingTalkSettings())) as served:
        yield served


def set_faults(url: str, *faults: dict[str, Any]) -> None:
    """Set the fault dials over HTTP."""
    assert httpx.post(url + "/_sim/faults", json=list(faults), trust_env=False).status_code == 200


def test_it_answers_on_loopback(server: Running) -> None:
    assert server.url.startswith("http://127.0.0.1:")
    assert httpx.get(server.url + TOKEN, trust_env=False).json()["errcode"] == 0


def test_a_reset_cuts_the_connection_without_an_answer(server: Running) -> None:
    set_faults(server.url, {"api": "gettoken", "kind": "reset", "times": 1})
    with pytest.raises((httpx.ReadError, httpx.RemoteProtocolError)):
        httpx.get(server.url + TOKEN, trust_env=False)
    assert httpx.get(server.url + TOKEN, trust_env=False).json()["errcode"] == 0
    stats = httpx.get(server.url + "/_sim/stats", trust_env=False).json()
    assert stats["errors"] == {"cut": 1}


def test_a_lost_answer_can_be_held_until_the_client_gives_up(server: Running) -> None:
    fault = {"api": "gettoken", "kind": "timeout_after_commit", "seconds": 2}
    set_faults(server.url, fault)
    with pytest.raises(httpx.ReadTimeout):
        httpx.get(server.url + TOKEN, trust_env=False, timeout=0.2)


def test_slowness_and_latency_delay(server: Running) -> None:
    set_faults(server.url, {"api": "gettoken", "kind": "slow", "seconds": 0.2})
    assert httpx.get(server.url + TOKEN, trust_env=False).elapsed.total_seconds() >= 0.2
    set_faults(server.url)
    settings = {"latency_ms": 150}
    httpx.post(server.url + "/_sim/settings", json=settings, trust_env=False)
    assert httpx.get(server.url + TOKEN, trust_env=False).elapsed.total_seconds() >= 0.15


def test_statistics_count_and_reset() -> None:
    app = create_app(DingTalkSettings(latency_ms=30))

    async def several() -> dict[str, Any]:
        transport = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(transport=transport, base_url="http://sim") as client:
            await asyncio.gather(*(client.get(TOKEN) for _ in range(5)), client.get("/nonsense"))
            seen: dict[str, Any] = (await client.get("/_sim/stats")).json()
            del seen["callbacks"], seen["stream"]
            await client.delete("/_sim/stats")
            assert (await client.get("/_sim/stats")).json()["total"] == 0
            return seen

    assert asyncio.run(several()) == {
        "calls": {"gettoken": 5, "unknown": 1},
        "total": 6,
        "writes": 0,
        "errors": {"404": 1},
        "throttled": 0,
        "max_concurrency": 6,
    }


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("GET", "/_sim/nonsense", None, 404),
        ("POST", "/_sim/clock", b'{"advance":-1}', 400),
        ("POST", "/_sim/clock", b'{"advance":true}', 400),
        ("POST", "/_sim/faults", b"{", 400),
        ("PUT", "/_sim/roster", b"{", 400),
        ("POST", "/_sim/change", b"[]", 400),
    ],
)
def test_control_refuses_nonsense(
    server: Running, method: str, path: str, body: bytes | None, status: int
) -> None:
    reply = httpx.request(method, server.url + path, content=body, trust_env=False)
    assert reply.status_code == status and reply.json()["error"]


def test_the_limit_counts_by_the_second_and_by_key() -> None:
    limit = RateLimit()
    assert [limit.admit("a", now, 2) for now in (0.0, 0.1, 0.2, 1.0, 1.5, 1.9)] == [
        True,
        True,
        False,
        True,
        True,
        False,
    ]
    assert limit.admit("b", 0.2, 2)
    assert limit.admit("a", 1.9, None)


def test_the_clock_skips_ahead() -> None:
    clock = Clock()
    before = clock.now()
    clock.advance(100)
    assert 100 <= clock.now() - before < 110
