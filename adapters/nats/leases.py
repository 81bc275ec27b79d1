"""Leases: of all the replicas of a service, one does a job.

``async with leases.hold("read.dingtalk-main") as lease`` waits until the job is ours, and sets
``lease.lost`` when it is not any more: before anybody else can have it, see
:mod:`adapters.nats.standing`. A process that cannot reach the log for six seconds stops its jobs;
one that is killed is replaced within ten; one that lets go, at once.

Nobody is cancelled by a loss: what ends a task from within, as asyncio.timeout does, comes out as
a bare CancelledError where a TaskGroup failed in that task before (CPython gh-116720, mended in
3.13), and then nothing tells it from a stop.

Only a program that runs can be told. One that was frozen (suspended, swapped out, a loop that
somebody blocked) may take another step when it thaws, and so may a thread: what must not happen
twice asks :meth:`Lease.check` first, and relies on the log's own condition on every append.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from types import TracebackType
from uuid import uuid4

import msgspec
from msgspec.structs import replace
from nats.aio.client import Client
from nats.errors import Error as NatsError
from nats.js.api import DiscardPolicy, Header, StorageType, StreamConfig
from nats.js.errors import APIError, NotFoundError
from nats.js.kv import KV_OP, KV_PURGE, MSG_ROLLUP_SUBJECT

from adapters.nats.asking import Message, batch, ensure, publish, silent
from adapters.nats.standing import BEAT_S, HELD_S, TAKEN_S, Job, Session, Standing, View, key
from domain.errors import LogError

log = logging.getLogger("orgledger.leases")

UNANSWERED = (NatsError, OSError, TimeoutError)
"""JetStream did not do what was asked, or did not say so."""

BUCKET = "ORGLEDGER_LEASES"
STREAM, PREFIX = f"KV_{BUCKET}", f"$KV.{BUCKET}."
"""A key-value bucket is a stream of that name with these subjects (ADR-8): ``nats kv`` shows it."""

LOOK_S = 0.4
"""How often is looked while somebody waits for a job; otherwise with every beat."""

_ATTEMPT_S = 1.0
_PAUSE_S = 0.1
_WRONG_REVISION = 10071
_FORGOTTEN_S = 3600
"""How long the bucket remembers that a session was ended."""


class LeaseLostError(LogError):
    """A job is not ours any more; somebody else may have it."""


def _now() -> float:
    """Seconds that also pass while the machine is suspended, where the system counts them."""
    return time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))


class Lease:
    """One job that is ours for as long as we are inside of :meth:`Leases.hold`."""

    def __init__(self, job: str, tenure: Tenure) -> None:
        self.job, self._tenure = job, tenure
        self.wanted = asyncio.Event()
        """Somebody asks for the job: finish the piece of work, and leave."""
        self.lost = asyncio.Event()
        """It is not ours any more, and never is again: stop the work, and leave."""
        self._end: asyncio.TimerHandle | None = None
        self.limit()

    @property
    def held(self) -> bool:
        """Whether it is ours at this moment. May be asked from any thread."""
        return not self.lost.is_set() and self._tenure.until > _now()

    def check(self) -> None:
        """Raises LeaseLostError unless it is ours at this moment. May be called in any thread."""
        if not self.held:
            raise LeaseLostError(
                f"The job {self.job} is not ours any more",
                why="the log did not answer in time, or somebody ended our session",
                fix="It goes on wherever it is taken up next.",
            )

    def limit(self) -> None:
        """It is lost by itself if no further beat succeeds."""
        self.close()
        left = self._tenure.until - _now()
        if left > 0:
            self._end = asyncio.get_running_loop().call_later(left, self.limit)
        else:
            self.lost.set()

    def close(self) -> None:
        """Nobody is to be told any more."""
        if self._end is not None:
            self._end.cancel()


class Tenure:
    """One session, from its first beat until it is lost, with the jobs that are held under it."""

    def __init__(self, name: str, until: float) -> None:
        self.name, self.revision, self.until = name, 0, until
        self.leases: dict[str, Lease] = {}

    def last_until(self, until: float) -> None:
        """It has been renewed, or is over (0)."""
        self.until = until
        for lease in self.leases.values():
            lease.limit()


class Leases:
    """The jobs of one process. Used as a context: leaving it gives everything back at once.

    ``holder`` is what others see, such as host and process id.
    """

    def __init__(self, client: Client, *, holder: str, replicas: int = 1) -> None:
        self._client, self._holder, self._replicas = client, holder, replicas
        self._js = client.jetstream(timeout=_ATTEMPT_S)
        self._view = View()
        self._tenure: Tenure | None = None
        self._turns: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._writing = asyncio.Lock()
        self._asking: set[str] = set()
        self._looked, self._look = asyncio.Condition(), asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> Leases:
        """Raises ConfigError or LogError when there can be no bucket."""
        await ensure(self._client, _bucket(self._replicas))
        self._tasks = [asyncio.create_task(self._beating()), asyncio.create_task(self._looking())]
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        working = set(self._tasks)
        while working:  # Python 3.11's wait_for, in nats-py, may swallow a cancellation
            for task in working:
                task.cancel()
            working = (await asyncio.wait(working, timeout=_PAUSE_S))[1]
        tenure, self._tenure = self._tenure, None
        if tenure is not None and tenure.until > _now():
            tenure.last_until(0)
            try:
                await self._write(key("holder", tenure.name), None, tenure.revision)
            except UNANSWERED:
                pass  # then the others wait until it has been silent for long enough

    @asynccontextmanager
    async def hold(self, job: str, *, ask: bool = False) -> AsyncIterator[Lease]:
        """Wait until the job is ours, and give it back afterwards.

        ``ask`` asks whoever has it to leave it to us first. What is inside has to end when
        ``lost`` is set. Whoever does the job for good begins anew, also after he has left because
        somebody asked.
        """
        async with self._turns[job]:  # of one process, only one task
            tenure = await self._won(job, ask=ask)
            lease = tenure.leases[job] = Lease(job, tenure)
            try:
                yield lease
            finally:
                lease.close()
                tenure.leases.pop(job, None)
                if tenure.until > _now():
                    await self._tidy()

    async def _won(self, job: str, *, ask: bool) -> Tenure:
        """Look and try until the job is ours."""
        self._asking.add(job)
        try:
            while True:
                tenure = self._tenure
                if tenure is not None and await self._try(job, tenure, ask=ask):
                    return tenure
                self._look.set()
                async with self._looked:
                    await self._looked.wait()
        finally:
            self._asking.discard(job)

    async def _try(self, job: str, tenure: Tenure, *, ask: bool) -> bool:
        """Take a job, or ask for it, and say whether it is ours.

        One that is in our name already, because an acknowledgement was lost, is written once more:
        that undoes whatever of ours may still be on its way.
        """
        async with self._writing:
            known = self._view.job(job)[1]
            others = tuple(one for one in self._view.wishes(job) if one != tenure.name)
            if known.session == tenure.name or self._view.free(job, tenure.name, _now()):
                mine = Job(session=tenure.name, since=time.time(), wishes=others)
                return await self._rewrite(job, mine) and tenure.until > _now()
            if ask and tenure.name not in known.wishes:
                await self._rewrite(job, replace(known, wishes=(*others, tenure.name)))
            return False

    async def _tidy(self) -> None:
        """Give back what is in our name and nobody does, and take back wishes of the past."""
        for job in list(self._view.jobs):
            async with self._writing:
                tenure, known = self._tenure, self._view.job(job)[1]
                if tenure is None or job in tenure.leases or job in self._asking:
                    continue
                if tenure.name in (known.session, *known.wishes):
                    held = "" if known.session == tenure.name else known.session
                    wishes = tuple(one for one in self._view.wishes(job) if one != tenure.name)
                    await self._rewrite(job, replace(known, session=held, wishes=wishes))

    async def _rewrite(self, job: str, value: Job) -> bool:
        """Whether a job's record was as we know it, and now is ``value``."""
        try:
            revision = await self._write(key("job", job), value, self._view.job(job)[0])
        except UNANSWERED:
            return False
        if revision is None:
            return False
        self._view.wrote(job, revision, value)
        return True

    async def _beating(self) -> None:
        """One session after the other; there is a next one only when the last was lost."""
        while True:
            began, session = _now(), Session(holder=self._holder, since=time.time())
            tenure = Tenure(uuid4().hex[:16], began + HELD_S)
            while await self._beat(tenure, session, began):
                if self._tenure is None:
                    self._tenure = tenure
                    self._look.set()
                await asyncio.sleep(max(0.0, began + BEAT_S - _now()))
                began, session = _now(), replace(session, beat=session.beat + 1)
            if self._tenure is not None:
                log.warning("%s has lost its leases; it begins anew", self._holder)
            self._tenure = None
            tenure.last_until(0)

    async def _beat(self, tenure: Tenure, session: Session, began: float) -> bool:
        """Show that we live. It counts from when the first try was sent, not from its answer."""
        where = key("holder", tenure.name)
        while (left := tenure.until - _now()) > 0:
            try:
                revision = await self._write(where, session, tenure.revision, min(_ATTEMPT_S, left))
                if revision is None:  # somebody has ended it, or the acknowledgement was lost
                    revision = await self._written(where, session)
            except UNANSWERED:
                await asyncio.sleep(_PAUSE_S)
                continue
            if revision is None:
                return False
            tenure.revision = revision
            tenure.last_until(began + HELD_S)
            return True
        return False

    async def _written(self, where: str, session: Session) -> int | None:
        """The revision of a beat, if it is what the leader has."""
        try:
            found = await self._js.get_last_msg(STREAM, PREFIX + where)
        except NotFoundError:
            return None
        return found.seq if found.data == msgspec.json.encode(session) else None

    async def _looking(self) -> None:
        while True:
            self._look.clear()
            try:
                await self._view_anew()
                await self._tend()
            except UNANSWERED as error:
                log.debug("The leases cannot be read: %s", error)
            except Exception:  # whatever it is: who does not look any more, waits for ever
                log.exception("The leases cannot be read")
            async with self._looked:
                self._looked.notify_all()
            if self._asking:
                await asyncio.sleep(LOOK_S)
                continue
            try:
                async with asyncio.timeout(BEAT_S):
                    await self._look.wait()
            except TimeoutError:
                pass  # nobody waits for anything

    async def _view_anew(self) -> None:
        self._view.take(PREFIX, await _everything(self._client), _now())

    async def _tend(self) -> None:
        tenure = self._tenure
        for name, revision in self._view.silent(_now()):
            if tenure is None or name != tenure.name:
                if await self._write(key("holder", name), None, revision) is None:
                    self._view.heard(name, _now())
                else:
                    log.warning("The session of %s has ended: no beat for %g s", name, TAKEN_S)
                await self._view_anew()
        if tenure is not None:
            for job, lease in tenure.leases.items():
                if self._view.wishes(job):
                    lease.wanted.set()
        await self._tidy()

    async def _write(
        self,
        where: str,
        value: Session | Job | None,
        revision: int,
        seconds: float = _ATTEMPT_S,
    ) -> int | None:
        """The new revision, or None if the key does not have ``revision`` any more.

        ``value`` None deletes the key. Raises what UNANSWERED names; then it may be written, or
        may still be on its way.
        """
        if not self._client.is_connected:
            raise NatsError("not connected")  # else it would be sent when the connection is back
        headers: dict[str, str] = {Header.EXPECTED_LAST_SUBJECT_SEQUENCE: str(revision)}
        if value is None:
            ttl = str(_FORGOTTEN_S)  # with the values before it, or they would be there again then
            headers |= {KV_OP: KV_PURGE, Header.ROLLUP: MSG_ROLLUP_SUBJECT, Header.MSG_TTL: ttl}
        data = b"" if value is None else msgspec.json.encode(value)
        try:
            ack = await publish(self._js, PREFIX + where, data, headers, seconds)
        except APIError as error:
            if error.err_code == _WRONG_REVISION:
                return None
            raise
        return ack.seq


async def standing(client: Client) -> tuple[Standing, ...]:
    """Who has which job, for people; nobody where there never was a service. Raises LogError."""
    try:
        view = View()
        view.take(PREFIX, await _everything(client), _now())
    except UNANSWERED as error:
        try:
            await client.jetstream().stream_info(STREAM)
        except NotFoundError:
            return ()
        except UNANSWERED:
            pass  # the first reason is the better one
        raise silent(STREAM, error) from None
    return view.standing(time.time())


async def _everything(client: Client) -> list[Message]:
    return await batch(client, STREAM, {"multi_last": [f"{PREFIX}>"]}, 2.0)


def _bucket(replicas: int) -> StreamConfig:
    """What nats-py and the nats command line make a bucket of (ADR-8), with two additions.

    Keys may be forgotten after a while, and three values of each are kept, so that one which is
    replaced while it is being told can be told all the same.
    """
    return StreamConfig(
        name=STREAM,
        subjects=[f"{PREFIX}>"],
        storage=StorageType.FILE,
        num_replicas=replicas,
        max_msgs_per_subject=3,
        discard=DiscardPolicy.NEW,
        allow_direct=True,
        allow_rollup_hdrs=True,
        allow_msg_ttl=True,
        deny_delete=True,
    )
