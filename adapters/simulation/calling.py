"""Calling back: a provider's events, sent to the address that was entered for them.

Every event of the outbox becomes a letter, or several, to be taken within the provider's time
limit, and is sent again by the provider's schedule until it is taken or given up. Each try is
signed anew. Nothing is kept over a restart, and where no address was entered nothing is sent.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable, Coroutine, Mapping, Sequence
from types import TracebackType
from typing import Any, NamedTuple, Protocol

import httpx

from adapters.simulation.call_stats import CallStats
from adapters.simulation.clock import Clock
from adapters.simulation.disturbance import Disturbed, Told
from adapters.simulation.faults import FaultDials
from adapters.simulation.outbox import Event, Outbox
from adapters.simulation.settings import CallingSettings
from domain.errors import InputError
from domain.hints import Answer, Callback

KEPT_ALIVE = 2.0
"""Seconds for which an idle connection is used again; less than servers wait before they end it."""

REMEMBERED = 256
"""Calls that are kept to be replayed."""


class Letter(NamedTuple):
    """One call to be made. ``write(now, forged)`` signs it, ``taken`` judges the answer."""

    url: str
    write: Callable[[float, bool], Callback]
    taken: Callable[[Answer], bool]


class Manner(NamedTuple):
    """How a provider calls, in seconds. ``waits`` is the pause before each further try.

    ``check_limit`` is for the check of an address, ``at_once`` how many events may be in one call.
    With ``only_silence`` a call that was answered is not repeated, whatever the answer.
    """

    limit: float
    check_limit: float
    waits: tuple[float, ...]
    connect: float | None = None
    at_once: int = 1
    only_silence: bool = False


class Entry(NamedTuple):
    """An address as the console takes it: its check, and what ``save`` does if that goes well."""

    check: Letter
    save: Callable[[], None]


class Calling(Protocol):
    """What a provider brings to be able to call."""

    manner: Manner
    clock: Clock

    @property
    def outbox(self) -> Outbox:
        """Where its events are."""

    @property
    def settings(self) -> CallingSettings:
        """The settings in force."""

    def name(self, event: Event) -> str:
        """The provider's name of what happened."""

    def letters(self, events: Sequence[Event]) -> Sequence[Letter]:
        """What is to be sent of ``events``, to whom; nothing where no address was entered."""

    def entry(self, given: Mapping[str, Any]) -> Entry:
        """An address to be entered with its secrets. Raises InputError."""


class Caller:
    """Calls for as long as it is entered as a context; ``transport`` is httpx's, for tests."""

    def __init__(
        self,
        calling: Calling,
        dials: FaultDials,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._calling, self._dials, self._transport = calling, dials, transport
        self.stats = CallStats()
        self._sent: deque[tuple[Letter, Callback]] = deque(maxlen=REMEMBERED)
        self._disturbed: Disturbed | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Caller:
        settings = self._calling.settings
        self._slots = asyncio.Semaphore(settings.callback_concurrency)
        self._over = asyncio.Event()
        self._client = self._open()
        self._follower = self._calling.outbox.follow()
        self._disturbed = Disturbed(
            self._follower,
            self._dials,
            settings.callback_seed,
            self._calling.name,
            self.stats.struck,
        )
        self._running = asyncio.create_task(self._run(self._disturbed))
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Calls under way get their answer; what waits to be sent or repeated is dropped."""
        self._running.cancel()
        self._over.set()
        left = {self._running, *self._tasks}
        _, late = await asyncio.wait(left, timeout=self._limit(self._calling.manner.limit))
        for task in late:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)
        self._calling.outbox.leave(self._follower)
        self._disturbed = None
        await self._client.aclose()

    async def enter(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """Check an address as the console does, and save it. Raises InputError and saves nothing.

        The outcome is ``url`` and ``seconds``, how long the answer took.
        """
        entry = self._calling.entry(given)
        started = time.perf_counter()
        async with self._open() as client:
            answer = await self._ask(client, entry.check, self._calling.manner.check_limit)
        seconds = time.perf_counter() - started
        if answer is None or not entry.check.taken(answer):
            limit = self._limit(self._calling.manner.check_limit)
            told = f"it answered {answer.status}" if answer else f"no answer within {limit:g} s"
            raise InputError(
                "The provider checked the address and does not save it",
                (told if answer is None or answer.status != 200 else "its answer is not right",),
                fix="See what the receiver refused, and compare the secrets.",
            )
        entry.save()
        return {"url": entry.check.url, "seconds": round(seconds, 4)}

    def report(self) -> dict[str, Any]:
        """What was sent and what became of it, for ``GET /_sim/stats``."""
        waiting = len(self._tasks) + (self._disturbed.waiting if self._disturbed else 0)
        return {**self.stats.report(), "waiting": waiting}

    async def ask(self, letter: Letter, limit: float) -> Answer | None:
        """One call outside of the events, such as a check; None without an answer in time."""
        async with self._open() as client:
            return await self._ask(client, letter, limit)

    async def _run(self, disturbed: Disturbed) -> None:
        while True:
            waiting = [await disturbed.take()]
            while len(waiting) < self._calling.manner.at_once:
                try:
                    async with asyncio.timeout(0):
                        waiting.append(await disturbed.take())
                except TimeoutError:
                    break
            true = [told.event for told in waiting if told.manner == "true"]
            for told in waiting:
                if told.manner != "true":
                    await self._strange(told)
            for letter in self._calling.letters(true):
                await self._slots.acquire()
                self._start(self._deliver(letter))

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _strange(self, told: Told) -> None:
        """Somebody else's call: forged, or an old one once more; nobody repeats it."""
        now = self._calling.clock.now()
        if told.manner == "forged":
            calls = [(one, one.write(now, True)) for one in self._calling.letters([told.event])]
        else:
            calls = [told.chance.choice(self._sent)] if self._sent else []
        for letter, call in calls:
            await self._slots.acquire()
            self._start(self._intrude(letter, call, forged=told.manner == "forged"))

    async def _intrude(self, letter: Letter, call: Callback, *, forged: bool) -> None:
        try:
            answer = await self._call(self._client, letter.url, call, self._calling.manner.limit)
        finally:
            self._slots.release()
        if forged and answer is not None and letter.taken(answer):
            self.stats.forged_taken += 1

    async def _deliver(self, letter: Letter) -> None:
        """Send until it is taken; begins with a slot and has none while it waits."""
        manner, stats = self._calling.manner, self.stats
        for wait in (*manner.waits, None):
            try:
                answer, taken = await self._try(letter)
            finally:
                self._slots.release()
            if taken:
                return
            stats.failed += 1
            if wait is None or (answer is not None and manner.only_silence):
                break
            if await self._stopped_within(wait * self._calling.settings.callback_pace):
                break
            await self._slots.acquire()
            stats.retried += 1
        stats.given_up += 1

    async def _try(self, letter: Letter) -> tuple[Answer | None, bool]:
        call = letter.write(self._calling.clock.now(), False)
        started = time.perf_counter()
        self.stats.sent += 1
        answer = await self._call(self._client, letter.url, call, self._calling.manner.limit)
        taken = answer is not None and letter.taken(answer)
        if taken:
            self.stats.acknowledge(time.perf_counter() - started)
            self._sent.append((letter, call))
        return answer, taken

    async def _stopped_within(self, seconds: float) -> bool:
        try:
            async with asyncio.timeout(seconds):
                await self._over.wait()
        except TimeoutError:
            return False
        return True

    async def _ask(self, client: httpx.AsyncClient, letter: Letter, limit: float) -> Answer | None:
        call = letter.write(self._calling.clock.now(), False)
        return await self._call(client, letter.url, call, limit)

    async def _call(
        self, client: httpx.AsyncClient, url: str, call: Callback, limit: float
    ) -> Answer | None:
        """The answer; None without one in time. Redirects are not followed (dingtalk.md, 6.3)."""
        try:
            async with asyncio.timeout(self._limit(limit)):
                reply = await client.request(
                    call.method,
                    httpx.URL(url).copy_merge_params(call.query),
                    headers=call.headers,
                    content=call.body,
                )
        except (TimeoutError, httpx.HTTPError, httpx.InvalidURL):
            return None
        kind = reply.headers.get("content-type", "")
        return Answer(status=reply.status_code, body=reply.content, content_type=kind)

    def _limit(self, limit: float) -> float:
        chosen = self._calling.settings.callback_limit
        return limit if chosen is None else chosen

    def _open(self) -> httpx.AsyncClient:
        concurrency = self._calling.settings.callback_concurrency
        return httpx.AsyncClient(
            transport=self._transport,
            timeout=httpx.Timeout(None, connect=self._calling.manner.connect),
            limits=httpx.Limits(
                max_connections=concurrency,
                max_keepalive_connections=concurrency,
                keepalive_expiry=KEPT_ALIVE,
            ),
            trust_env=False,
        )


def address(given: object) -> str:
    """An address that can be called. Raises InputError."""
    if isinstance(given, str):
        try:
            url = httpx.URL(given)
        except httpx.InvalidURL:
            url = httpx.URL()
        if url.scheme in ("http", "https") and url.host:
            return given
    raise InputError(
        "This is no address that can be called",
        fix="Enter one such as https://sync.example.com/callbacks/<system>.",
    )
