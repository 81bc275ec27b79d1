"""The token: fetched once for all, renewed early, and never shown."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest

from adapters.dingtalk.client import DingTalkClient
from adapters.dingtalk.settings import DingTalkSettings
from adapters.simulation.http import json_reply
from adapters.simulation.server import running
from domain.errors import CredentialFault
from tests.adapters.dingtalk.source_desk import SECRET, SourceDesk, company
from tests.adapters.http.virtual import now, run_virtually


def with_client(desk: SourceDesk, work: Callable[[DingTalkClient], Awaitable[Any]]) -> Any:
    async def main() -> Any:
        desk.app.provider.clock.now = now  # type: ignore[method-assign]
        client = DingTalkClient(
            DingTalkSettings(
                app_key="dingsimulatedapp", app_secret=SECRET, base_url="http://sim/", rate=1000
            ),
            transport=httpx.ASGITransport(desk.app),
            clock=now,
        )
        try:
            return await work(client)
        finally:
            await client.close()

    return run_virtually(main)


def test_many_who_need_it_at_once_fetch_it_once() -> None:
    desk = SourceDesk(company(3, 3), {"latency_ms": 50})
    with_client(desk, lambda c: asyncio.gather(*(c.department(1) for _ in range(20))))
    assert desk.calls["gettoken"] == 1


def test_many_whose_token_died_fetch_it_once() -> None:
    desk = SourceDesk(company(3, 3), {"latency_ms": 50})

    async def work(client: DingTalkClient) -> None:
        await client.department(1)
        desk.app.provider._world.tokens.expire()
        await asyncio.gather(*(client.department(1) for _ in range(20)))

    with_client(desk, work)
    assert desk.calls["gettoken"] == 2


@pytest.mark.parametrize(("after", "fetches"), [(6000, 1), (6700, 2)])
def test_it_is_renewed_ten_minutes_before_its_end(after: int, fetches: int) -> None:
    desk = SourceDesk(company(3, 3))

    async def work(client: DingTalkClient) -> None:
        await client.department(1)
        await asyncio.sleep(after)
        await client.department(1)

    with_client(desk, work)
    assert desk.calls["gettoken"] == fetches


def test_a_refused_token_is_fetched_once_more_and_not_for_ever() -> None:
    desk = SourceDesk(company(3, 3))
    desk.fault("department/get:expire_token")

    async def work(client: DingTalkClient) -> None:
        with pytest.raises(CredentialFault):
            await client.department(1)

    with_client(desk, work)
    assert desk.calls == {"gettoken": 2, "department/get": 2}


def test_a_token_code_at_the_token_itself_is_a_wrong_secret() -> None:
    """40001: it is shown once, and the sentence says what to compare."""
    desk = SourceDesk(company(3, 3))
    answer = desk.app.provider.answer

    def refused(call: Any, request: Any, fault: Any) -> Any:
        if call.api == "gettoken":
            return json_reply({"errcode": 40001, "errmsg": "x"}, code="40001")
        return answer(call, request, fault)

    desk.app.provider.answer = refused  # type: ignore[method-assign]

    async def work(client: DingTalkClient) -> None:
        with pytest.raises(CredentialFault, match="app_key or app_secret is wrong"):
            await client.department(1)

    with_client(desk, work)
    assert desk.calls == {"gettoken": 1}


def test_calls_are_counted_as_the_server_counts_them() -> None:
    desk = SourceDesk(company(3, 3))
    desk.fault("department/get:http_500:times=2", "department/listsub:throttle:times=2")

    async def work(client: DingTalkClient) -> int:
        await client.department(1)
        await client.sub_departments(1)
        return client.calls

    assert with_client(desk, work) == sum(desk.calls.values()) == 7


def test_a_cut_connection_over_the_network() -> None:
    desk = SourceDesk(company(3, 3))
    desk.fault("department/get:reset:times=2", "gettoken:truncated_json:times=1")
    with running(desk.app) as server:

        async def main() -> str:
            settings = DingTalkSettings(
                app_key="dingsimulatedapp", app_secret=SECRET, base_url=server.url
            )
            client = DingTalkClient(settings)
            try:
                return (await client.department(1)).name
            finally:
                await client.close()

        assert asyncio.run(main()) == "Simulated Organization"
