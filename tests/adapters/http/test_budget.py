"""Budget: as fast as the provider lets us, and no faster; all in virtual time."""

from __future__ import annotations

import asyncio
from itertools import pairwise

import pytest

from adapters.http import Budget
from tests.adapters.http.servers import FixedWindows, Outcome, SlidingWindow, crowd
from tests.adapters.http.virtual import now, run_virtually

SERVERS = [FixedWindows, SlidingWindow]
LATENCIES = [0.001, 0.05]


def budget(rate: float = 20, max_rate: float = 0, *, steady: bool = False) -> Budget:
    return Budget(rate, max_rate=max_rate, steady=steady, clock=now)


@pytest.mark.parametrize("latency", LATENCIES)
@pytest.mark.parametrize("server", SERVERS)
@pytest.mark.parametrize("calls", [60, 200, 2000])
def test_a_limit_per_interface_costs_no_more_than_15_percent(server, latency, calls) -> None:
    async def main() -> Outcome:
        many = {"list": calls, "get": calls // 2, "sub": calls // 3}
        return await crowd(budget(), many, per_api=server(20), latency=latency)

    outcome = run_virtually(main)
    assert outcome.seconds <= calls / 20 * 1.15
    assert outcome.refused <= 10 + calls / 100


@pytest.mark.parametrize("latency", LATENCIES)
@pytest.mark.parametrize("server", SERVERS)
@pytest.mark.parametrize("calls", [150, 1000])
def test_a_limit_over_all_interfaces_is_found_and_shared(server, latency, calls) -> None:
    async def main() -> tuple[Outcome, dict[str, float]]:
        shared = budget()
        many = {"list": calls // 3, "get": calls // 3, "sub": calls - 2 * (calls // 3)}
        outcome = await crowd(shared, many, overall=server(20), latency=latency)
        return outcome, shared.rates()

    outcome, rates = run_virtually(main)
    assert outcome.seconds <= calls / 20 * 1.15
    assert outcome.refused <= 25 + calls / 50
    assert 15 <= rates["*"] <= 21, "the ceiling over all interfaces"
    assert rates["list"] >= 18, "no interface is blamed"


def test_a_richer_tenant_gets_its_sixty_calls_a_second() -> None:
    async def main() -> Outcome:
        return await crowd(budget(), {"get": 6000}, per_api=SlidingWindow(60), latency=0.05)

    assert run_virtually(main).seconds <= 6000 / 60 * 1.15


def test_a_poorer_tenant_than_documented_is_served_too() -> None:
    async def main() -> Outcome:
        calls = {"get": 400, "list": 100}
        return await crowd(budget(), calls, per_api=SlidingWindow(10), latency=0.05)

    assert run_virtually(main).seconds <= 400 / 10 * 1.15


def test_without_a_limit_it_gets_to_thousands_within_seconds() -> None:
    async def main() -> Outcome:
        return await crowd(budget(), {"get": 12_000})

    outcome = run_virtually(main)
    assert outcome.seconds <= 5
    assert outcome.most_in_a_second() >= 4000


@pytest.mark.parametrize("latency", LATENCIES)
@pytest.mark.parametrize("server", SERVERS)
def test_the_documented_limit_is_met_at_twice_its_rate_and_no_faster(server, latency) -> None:
    """Going faster in quarters of a second begins when the documented limit is disproved."""

    async def main() -> Outcome:
        return await crowd(budget(), {"get": 100}, per_api=server(20), latency=latency)

    outcome = run_virtually(main)
    assert min(after - before for before, after in pairwise(outcome.sent)) >= 1 / 40
    assert outcome.refused <= 4


def test_a_new_interface_begins_where_the_others_have_got_to() -> None:
    async def main() -> float:
        shared = budget()
        await crowd(shared, {"list": 2000})
        await crowd(shared, {"get": 1})
        return shared.rates()["get"]

    assert run_virtually(main) >= 300


def test_the_cap_over_all_interfaces_holds_in_every_second() -> None:
    """DingTalk bans at 500 a second."""

    async def main() -> Outcome:
        return await crowd(budget(max_rate=450), {"get": 6000, "list": 3000, "sub": 2000})

    assert run_virtually(main).most_in_a_second() <= 460


def test_a_steady_interface_keeps_to_its_rate_and_leaves_the_others_theirs() -> None:
    """Feishu counts 1,000 calls a minute for each interface: nothing is refused by the second."""

    async def main() -> tuple[Outcome, dict[str, float]]:
        shared = budget(steady=True)
        return await crowd(shared, {"get": 200, "list": 200}), shared.rates()

    outcome, rates = run_virtually(main)
    assert rates["get"] == rates["list"] == 19
    assert 10 <= outcome.sent[-1] - outcome.sent[0] <= 11, "both at the same time"


def test_calls_are_spread_evenly_from_the_first_on() -> None:
    async def main() -> Outcome:
        return await crowd(budget(), {"get": 15})

    sent = run_virtually(main).sent
    gaps = [after - before for before, after in pairwise(sent)]
    assert min(gaps) >= 1 / 20
    assert max(gaps) <= 1 / 20 * 1.1


def test_no_second_holds_more_calls_than_the_limit_once_it_is_known() -> None:
    async def main() -> list[float]:
        outcome = await crowd(budget(), {"get": 300}, per_api=FixedWindows(20))
        known = outcome.sent[0] + 3
        return [at for at in outcome.sent if known < at < known + 8]

    assert Outcome(sent=run_virtually(main)).most_in_a_second() <= 20


def test_refusals_left_over_from_another_process_slow_nothing_down() -> None:
    async def main() -> tuple[Outcome, dict[str, float]]:
        server = FixedWindows(20)
        for api in ("list", "get"):
            while server.admit(api):
                pass
        shared = budget()
        outcome = await crowd(shared, {"list": 200, "get": 200}, per_api=server)
        return outcome, shared.rates()

    outcome, rates = run_virtually(main)
    assert outcome.seconds <= 200 / 20 * 1.15 + 1
    assert rates["*"] == float("inf")


def test_a_pause_stops_every_interface() -> None:
    async def main() -> float:
        shared, began = budget(), now()
        await shared.take("get")
        shared.pause(300)
        await asyncio.gather(shared.take("get"), shared.take("list"))
        return now() - began

    assert run_virtually(main) == pytest.approx(300, abs=0.2)


def test_slowness_of_the_server_is_no_reason_to_speed_up() -> None:
    async def main() -> dict[str, float]:
        shared = budget()
        await crowd(shared, {"get": 100}, latency=1.0, workers=5)
        return shared.rates()

    assert run_virtually(main)["get"] == 19


def test_a_narrow_window_lets_the_first_calls_go_at_once_and_is_never_overrun() -> None:
    """A hundred a minute is no call each 0.6 s: few calls do not wait at all."""

    async def main() -> list[float]:
        permits = Budget(16, steady=True, windows={"group": (100, 60.0)}, clock=now)
        began = now()
        await asyncio.gather(*(permits.take("users/list") for _ in range(150)))
        assert now() - began < 11, "other interfaces are not held up"
        return [await permits.take("group/member/list") for _ in range(250)]

    sent = run_virtually(main)
    assert sent[94] - sent[0] < 95 / 15
    assert all(later - sooner >= 60 for sooner, later in zip(sent, sent[100:], strict=False))
    assert sent[-1] - sent[0] < 200
