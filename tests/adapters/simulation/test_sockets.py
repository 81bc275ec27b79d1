"""Connections to simulators, whatever is spoken on them."""

from __future__ import annotations

import asyncio

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from adapters.dingtalk.simulator.app import create_app as dingtalk
from adapters.simulation.server import running
from adapters.wecom.simulator.app import create_app as wecom
from tests.adapters.line_desk import get, post


def test_a_provider_without_connections_refuses_them() -> None:
    """HTTP 403, and the control says so."""

    async def attempt(url: str) -> int:
        with pytest.raises(InvalidStatus) as refused:
            await connect(f"{url.replace('http', 'ws')}/connect")
        return refused.value.response.status_code

    with running(wecom()) as served:
        assert asyncio.run(attempt(served.url)) == 403
        ended = post(f"{served.url}/_sim/sockets", json={"end": "closed"})
        assert (ended.status_code, "stream" in get(f"{served.url}/_sim/stats").json()) == (
            400,
            False,
        )


def test_connections_are_ended_in_known_ways_only() -> None:
    """Nonsense is a 400 that names them; with nobody connected none is ended."""
    with running(dingtalk()) as served:
        refused = post(f"{served.url}/_sim/sockets", json={"end": "gently"})
        assert (refused.status_code, "gently" in refused.text) == (400, True)
        ended = post(f"{served.url}/_sim/sockets", json={"end": "reset"})
        assert ended.json() == {"ended": 0}


def test_before_the_first_connection_nothing_is_kept() -> None:
    """Changes of a simulator that nobody is connected to cost it nothing, and are not told."""
    with running(dingtalk()) as served:
        for number in range(3):
            change = {"op": "create_department", "id": str(number + 5), "name": f"d{number}"}
            post(f"{served.url}/_sim/change", json=change).raise_for_status()
        told = get(f"{served.url}/_sim/stats").json()["stream"]
    assert (told["sent"], told["failed"], told["waiting"]) == (0, 0, 0)
