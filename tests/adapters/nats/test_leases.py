"""Leases: one holder at a time, whatever happens, and never none for long."""

from __future__ import annotations

import asyncio
import time
from uuid import uuid4

import pytest
from nats.js.kv import KV_DEL, KV_OP

from adapters.nats import leases as module
from adapters.nats import standing as rules
from adapters.nats.embedded import Attached
from adapters.nats.leases import LeaseLostError, Leases, standing
from tests.adapters.nats.proxy import LossyProxy
from tests.adapters.nats.service_desk import address, connected, replica

ACK = b'"stream":"KV_'


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> float:
    """Every time a fifth of what it is; returns after how long a dead holder may be replaced."""
    monkeypatch.setattr(module, "BEAT_S", 0.4)
    monkeypatch.setattr(module, "HELD_S", 1.2)
    monkeypatch.setattr(rules, "TAKEN_S", 1.6)
    monkeypatch.setattr(module, "LOOK_S", 0.08)
    monkeypatch.setattr(module, "_ATTEMPT_S", 0.2)
    return 2.0


@pytest.fixture
def job() -> str:
    return f"read.{uuid4().hex[:8]}"


class Work:
    """What somebody does under a lease: when it began, and when it ended and how."""

    def __init__(self) -> None:
        self.begun, self.ended = asyncio.Event(), asyncio.Event()
        self.times: list[float] = []
        self.lost = False

    async def run(self, leases: Leases, job: str, *, ask: bool = False) -> None:
        """Until it is lost, whoever asks for it."""
        try:
            async with leases.hold(job, ask=ask) as lease:
                self.times.append(time.monotonic())
                self.begun.set()
                await lease.lost.wait()
                self.lost = True
                with pytest.raises(LeaseLostError, match=job):
                    lease.check()
        finally:
            self.times.append(time.monotonic())
            self.ended.set()


def die(leases: Leases) -> float:
    """A process is gone from one moment to the next, as far as the log can see; when."""
    for task in leases._tasks:
        task.cancel()
    return time.monotonic()


def test_a_job_has_one_holder_and_who_waits_gets_it_at_once_when_it_is_let_go(
    server: Attached, job: str
) -> None:
    async def run() -> None:
        async with replica(address(server), "a") as a, replica(address(server), "b") as b:
            first, second = Work(), Work()
            one = asyncio.create_task(first.run(a, job))
            await asyncio.wait_for(first.begun.wait(), 5)
            two = asyncio.create_task(second.run(b, job))
            await asyncio.sleep(1.0)
            assert not second.begun.is_set()
            one.cancel()
            await asyncio.wait_for(second.begun.wait(), 5)
            assert 0 <= second.times[0] - first.times[1] < 0.6
            two.cancel()
            await asyncio.gather(one, two, return_exceptions=True)

    asyncio.run(run())


def test_a_process_that_ends_gives_everything_back_at_once(server: Attached, job: str) -> None:
    async def run() -> None:
        async with replica(address(server), "b") as b:
            async with replica(address(server), "a") as a:
                first = Work()
                one = asyncio.create_task(first.run(a, job))
                await asyncio.wait_for(first.begun.wait(), 5)
                second = Work()
                two = asyncio.create_task(second.run(b, job))
                await asyncio.sleep(0.2)
                ending = time.monotonic()
            await asyncio.wait_for(second.begun.wait(), 5)
            assert second.times[0] - ending < 1.0
            assert first.lost
            two.cancel()
            await asyncio.gather(one, two, return_exceptions=True)

    asyncio.run(run())


def test_a_holder_that_is_gone_is_replaced_but_only_after_it_would_have_stopped(
    server: Attached, quick: float, job: str
) -> None:
    async def run() -> None:
        async with replica(address(server), "a") as a, replica(address(server), "b") as b:
            first, second = Work(), Work()
            one = asyncio.create_task(first.run(a, job))
            await asyncio.wait_for(first.begun.wait(), 5)
            two = asyncio.create_task(second.run(b, job))
            await asyncio.sleep(0.5)
            gone = die(a)
            await asyncio.wait_for(second.begun.wait(), 10)
            assert first.lost
            assert first.times[1] < second.times[0] < gone + quick
            two.cancel()
            await asyncio.gather(one, two, return_exceptions=True)

    asyncio.run(run())


def test_who_asks_is_next_and_the_holder_has_it_again_afterwards(
    server: Attached, job: str
) -> None:
    """Another one who waits, and has not asked, comes after him."""

    async def run() -> None:
        where = address(server)
        async with replica(where, "a") as a, replica(where, "b") as b, replica(where, "c") as c:
            order: list[str] = []

            async def serve(leases: Leases, name: str) -> None:
                while True:
                    async with leases.hold(job) as lease:
                        order.append(name)
                        await lease.wanted.wait()

            services = [asyncio.create_task(serve(a, "a"))]
            async with asyncio.timeout(5):
                while not order:
                    await asyncio.sleep(0.01)
            services.append(asyncio.create_task(serve(b, "b")))
            await asyncio.sleep(0.2)
            asked = time.monotonic()
            async with asyncio.timeout(10), c.hold(job, ask=True) as lease:
                order.append("c")
                waited = time.monotonic() - asked
                await asyncio.sleep(0.5)
                assert not lease.wanted.is_set()
            await asyncio.sleep(1.0)
            assert order[:2] == ["a", "c"]
            assert order[2] in {"a", "b"}
            assert len(order) == 3
            assert waited < 3.2  # a beat, and a look
            for task in services:
                task.cancel()
            await asyncio.gather(*services, return_exceptions=True)

    asyncio.run(run())


@pytest.mark.parametrize("how", ["cancelled", "gone"])
def test_a_wish_of_somebody_who_is_not_there_any_more_keeps_nobody_waiting(
    server: Attached, quick: float, job: str, how: str
) -> None:
    async def run() -> None:
        where = address(server)
        async with replica(where, "a") as a, replica(where, "b") as b, replica(where, "c") as c:
            first, second = Work(), Work()
            one = asyncio.create_task(first.run(a, job))
            await asyncio.wait_for(first.begun.wait(), 5)
            asker = asyncio.create_task(Work().run(c, job, ask=True))
            async with asyncio.timeout(5):
                while not a._view.wishes(job):
                    await asyncio.sleep(0.01)
            if how == "gone":
                die(c)
            asker.cancel()
            await asyncio.gather(asker, return_exceptions=True)
            two = asyncio.create_task(second.run(b, job))
            one.cancel()
            await asyncio.wait_for(second.begun.wait(), 0.8 if how == "cancelled" else 4)
            two.cancel()
            await asyncio.gather(one, two, return_exceptions=True)

    asyncio.run(run())


def test_what_is_lost_is_told_before_anybody_can_have_it(
    server: Attached, quick: float, job: str
) -> None:
    """The connection is there, and the log says nothing: nothing tells the holder but his clock."""

    async def run(proxy: LossyProxy) -> None:
        where = address(server, port=proxy.port)
        async with replica(where, "a") as a, replica(address(server), "b") as b:
            first, second = Work(), Work()
            one = asyncio.create_task(first.run(a, job))
            await asyncio.wait_for(first.begun.wait(), 5)
            two = asyncio.create_task(second.run(b, job))
            await asyncio.sleep(0.3)
            proxy.hold()
            await asyncio.wait_for(second.begun.wait(), 10)
            assert first.lost
            assert first.times[1] < second.times[0]
            proxy.go_on()  # what a had sent arrives now, and changes nothing
            await asyncio.sleep(0.5)
            assert not second.ended.is_set()
            third = Work()
            three = asyncio.create_task(third.run(a, job))
            two.cancel()
            await asyncio.wait_for(third.begun.wait(), 5)
            three.cancel()
            await asyncio.gather(one, two, three, return_exceptions=True)

    with LossyProxy(server.server.port) as proxy:
        asyncio.run(run(proxy))


@pytest.mark.parametrize("hang_up", [True, False], ids=["disconnect", "silence"])
def test_a_lost_acknowledgement_neither_loses_a_lease_nor_makes_two(
    server: Attached, quick: float, job: str, hang_up: bool
) -> None:
    """Of a beat, of the taking and of the giving back."""

    async def run(proxy: LossyProxy) -> None:
        where = address(server, port=proxy.port)
        async with replica(where, "a") as a, replica(address(server), "b") as b:
            first, second = Work(), Work()
            proxy.lose(ACK, hang_up=hang_up)
            one = asyncio.create_task(first.run(a, job))
            await asyncio.wait_for(first.begun.wait(), 5)
            for lost in (1, 2):
                await asyncio.sleep(0.6)
                assert proxy.lost == lost
                proxy.lose(ACK, hang_up=hang_up)
            await asyncio.sleep(0.6)
            assert not first.lost
            two = asyncio.create_task(second.run(b, job))
            proxy.lose(ACK, hang_up=hang_up)
            one.cancel()
            await asyncio.wait_for(second.begun.wait(), 5)
            two.cancel()
            await asyncio.gather(one, two, return_exceptions=True)

    with LossyProxy(server.server.port) as proxy:
        asyncio.run(run(proxy))


def test_a_loss_is_told_as_one_also_where_something_had_failed_before(
    server: Attached, quick: float, job: str
) -> None:
    """A TaskGroup that failed leaves its task half cancelled (CPython gh-116720): a loss that then
    came as a cancellation could not be told from a stop, and ended the job for good."""

    async def fail() -> None:
        await asyncio.sleep(0)
        raise ValueError("broken")

    async def run() -> None:
        async with replica(address(server), "a") as a, a.hold(job) as lease:
            with pytest.raises(ExceptionGroup):
                async with asyncio.TaskGroup() as group:
                    group.create_task(fail())
            die(a)
            while lease.held:
                await asyncio.sleep(0.02)
            with pytest.raises(LeaseLostError):
                lease.check()

    asyncio.run(asyncio.wait_for(run(), 10))


@pytest.mark.parametrize("value", [None, b"by hand"], ids=["deleted", "nonsense"])
def test_what_somebody_did_to_the_bucket_keeps_nobody_from_the_job(
    server: Attached, job: str, value: bytes | None
) -> None:
    """``nats kv del`` and ``nats kv put``, of a job and of whoever holds it."""

    async def run() -> None:
        async with replica(address(server), "a") as a, connected(address(server)) as client:
            headers = {KV_OP: KV_DEL} if value is None else {}
            async with asyncio.timeout(5), a.hold(job):
                name = rules.key("job", job)
            js = client.jetstream()
            await js.publish(module.PREFIX + name, value or b"", headers=headers)
            async with asyncio.timeout(5), a.hold(job) as lease:
                assert a._tenure is not None
                holder = rules.key("holder", a._tenure.name)
                await js.publish(module.PREFIX + holder, value or b"", headers=headers)
                await lease.lost.wait()
            async with asyncio.timeout(5), a.hold(job):
                pass

    asyncio.run(run())


@pytest.mark.parametrize("how", ["ended", "gone"])
def test_a_session_that_is_over_is_forgotten_and_does_not_come_back(
    own_server: Attached, quick: float, job: str, how: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every command has one: years of them would be read every two seconds, and asked for jobs."""
    monkeypatch.setattr(module, "_FORGOTTEN_S", 1)

    async def run() -> None:
        async with replica(address(own_server), "b"), connected(address(own_server)) as client:
            async with replica(address(own_server), "a") as a, a.hold(job):
                await asyncio.sleep(1.0)  # some beats
                if how == "gone":
                    die(a)
                    await asyncio.sleep(quick)
            await asyncio.sleep(2.5)
            found = [one.subject for one in await module._everything(client)]
            assert len([subject for subject in found if ".holder." in subject]) == 1

    asyncio.run(run())


def test_two_tasks_of_one_process_do_not_do_a_job_at_once(server: Attached, job: str) -> None:
    async def run() -> None:
        async with replica(address(server), "a") as a:
            at_work = 0

            async def work() -> None:
                nonlocal at_work
                async with a.hold(job):
                    at_work += 1
                    assert at_work == 1
                    await asyncio.sleep(0.05)
                    at_work -= 1

            await asyncio.wait_for(asyncio.gather(*(work() for _ in range(5))), 10)

    asyncio.run(run())


def test_a_failure_of_the_work_is_told_as_it_is_and_gives_the_job_back(
    server: Attached, job: str
) -> None:
    """Also a time-out of the work itself is not taken for the end of the lease."""

    async def run() -> None:
        async with replica(address(server), "a") as a, replica(address(server), "b") as b:

            async def failing(error: Exception) -> None:
                async with a.hold(job) as lease:
                    assert lease.held
                    raise error

            for error in (ValueError("broken"), TimeoutError("slow")):
                with pytest.raises(type(error), match=str(error)):
                    await failing(error)
                async with asyncio.timeout(2), b.hold(job):
                    pass

    asyncio.run(run())


def test_who_has_what_is_told_and_nobody_where_there_never_was_a_service(
    server: Attached, own_server: Attached, job: str
) -> None:
    async def run() -> None:
        async with connected(address(own_server)) as client:
            assert await standing(client) == ()
        async with replica(address(server), "host:1") as a, a.hold(job):
            async with connected(address(server)) as client:
                (one,) = [found for found in await standing(client) if found.job == job]
            assert (one.holder, one.wanted) == ("host:1", False)
            assert 0 <= one.age < 3
            assert 0 <= time.time() - one.since < 3
        async with connected(address(server)) as client:
            assert job not in {found.job for found in await standing(client)}

    asyncio.run(run())
