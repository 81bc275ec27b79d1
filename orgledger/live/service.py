"""The live service of one process: it receives, and does the jobs whose leases it gets."""

from __future__ import annotations

import asyncio
import logging
import os
import socket
from collections.abc import Callable
from contextlib import AsyncExitStack
from functools import partial
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Any

import msgspec
from nats.errors import Error as NatsError
from prometheus_client import CONTENT_TYPE_LATEST

from adapters.nats.client import connect
from adapters.nats.embedded import attach
from adapters.nats.inbox import Inbox
from adapters.nats.leases import Lease, LeaseLostError, Leases
from adapters.nats.server import running
from domain.errors import CredentialFault, OrgledgerError
from domain.hints import Callbacks
from orgledger.live import tracing
from orgledger.live.answering import Answering
from orgledger.live.auditing import Auditing
from orgledger.live.backlog import Backlog
from orgledger.live.counters import Counters
from orgledger.live.delivering import Delivering
from orgledger.live.following import Following
from orgledger.live.jobs import Job, Running
from orgledger.live.metrics import Metrics
from orgledger.live.notifying import Notifying
from orgledger.live.organization import Organizations
from orgledger.live.orgs import PATH as ORGS
from orgledger.live.orgs import Orgs
from orgledger.live.publishing import Publishing
from orgledger.live.receiver import PATH, Receiver
from orgledger.serving import Application, Receive, Scope, Send, answer
from orgledger.systems import TYPES

if TYPE_CHECKING:
    from nats.aio.client import Client

    from orgledger.bootstrap import Service

log = logging.getLogger("orgledger.live")

AGAIN_S = (1.0, 60.0)
"""Pauses before a job that failed is begun anew: the first, and the longest."""

REFUSED_S = 1800.0
"""The longest of them where a credential is refused: each try is two facts in the log, and nothing
gets better until a person has mended it."""

GRACE_S = 6.0
"""How long a stop waits for the pieces of work that are under way."""

REVIVE_S = 1.0
"""How often it is looked whether the embedded server still runs."""

LEAVE_S = 2.0
"""How long a job may take to leave when it was told to end at once."""


class JobState(msgspec.Struct, frozen=True, kw_only=True):
    """What this process knows of a job. ``trouble`` is why it ended the last time."""

    name: str
    here: bool = False
    trouble: str = ""


class Live:
    """Receiver and jobs. Used as a context, in the event loop that answers HTTP."""

    def __init__(self, opened: Service) -> None:
        self.opened = opened
        self.tracing = tracing.begin(os.environ)
        self.counters = Counters()
        self.metrics = Metrics(self.counters)
        self.organizations = Organizations(opened.ledger)
        self.jobs: dict[str, JobState] = {}
        self.callbacks = self._callbacks()
        self.publishing = Publishing(opened.config, opened.ledger)
        self.orgs = Orgs(opened, self.publishing, self.organizations, self._connected)
        self._receiver: Receiver | None = None
        self._backlog: Backlog | None = None
        self._client: Client | None = None
        self._stack = AsyncExitStack()

    def _makers(self) -> dict[str, Callable[[], Job]]:
        """How each job is made, by the name of its lease; those without one run everywhere."""
        opened, config = self.opened, self.opened.config
        found: dict[str, Callable[[], Job]] = {}
        for source in config.sources():
            if not config.pushes(source):
                found[f"read.{source.id}"] = partial(
                    Following, opened, source, self.metrics, self.tracing
                )
        for name, subscriber in config.subscribers.items():
            tell = partial(self._hindered, f"notify.{name}")
            found[f"notify.{name}"] = partial(
                Notifying, opened, name, subscriber, self.metrics, tell
            )
        for target in config.targets():
            organization = self.organizations.of(target.org)
            found[f"deliver.{target.id}"] = partial(
                Delivering, opened, target, organization, self.metrics, self.tracing
            )
        return found

    async def __aenter__(self) -> Live:
        """Raises OrgledgerError when the log cannot be reached or used."""
        try:
            await self._begin()
        except BaseException:
            await self._stack.aclose()
            raise
        return self

    async def _begin(self) -> None:
        opened = self.opened
        replicas = opened.config.log.replicas
        self._stack.callback(self.tracing.close)
        client = self._client = await connect(opened.address, name="orgledger service")
        self._stack.push_async_callback(_closed, client)
        inbox = Inbox(client, replicas=replicas)
        await inbox.ensure()
        self._backlog = Backlog(client, opened.config, self.metrics)
        if self.tracing.on:
            self.tracing.inbox = await inbox.identity()
        self._receiver = Receiver(self.callbacks, inbox, self.counters, tracing=self.tracing)
        holder = f"{socket.gethostname()}:{os.getpid()}"
        leases = await self._stack.enter_async_context(
            Leases(client, holder=holder, replicas=replicas)
        )
        tasks = [
            asyncio.create_task(self._kept(name, make, leases))
            for name, make in self._makers().items()
        ]
        everywhere: dict[str, Callable[[], Job]] = {
            Auditing.name: lambda: Auditing(opened),
            Answering.name: lambda: Answering(opened, self.publishing, self.organizations),
        }
        tasks += [
            asyncio.create_task(self._kept(name, make, None)) for name, make in everywhere.items()
        ]
        if opened.config.log.url == "embedded":
            tasks.append(asyncio.create_task(self._revived(opened.config.data)))
        self._stack.callback(self.publishing.close)
        self._stack.push_async_callback(_over, tasks, opened)

    async def __aexit__(self, *error: object) -> None:
        await self._stack.aclose()

    @property
    def doors(self) -> dict[str, Application]:
        """What is answered over HTTP, by path."""
        return {
            PATH: self._receive,
            ORGS: self.orgs,
            "/metrics": self._numbers,
            "/readyz": self._readiness,
        }

    def _connected(self) -> Client:
        assert self._client is not None, "the service is answered for before it has begun"
        return self._client

    def _hindered(self, name: str, what: str) -> None:
        """A job goes on, but says what hinders it."""
        self.jobs[name] = JobState(name=name, here=True, trouble=what)

    async def _receive(self, scope: Scope, receive: Receive, send: Send) -> None:
        assert self._receiver is not None, "the service is answered for before it has begun"
        await self._receiver(scope, receive, send)

    async def _numbers(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self._backlog is not None:
            await self._backlog.look()
        await answer(send, 200, self.metrics.page(), CONTENT_TYPE_LATEST)

    async def _readiness(self, scope: Scope, receive: Receive, send: Send) -> None:
        """200 while callbacks can be stored. What hinders a job is named by its error's class."""
        ready = self._backlog is not None and await self._backlog.storable()
        body = msgspec.json.encode({"ready": ready, "jobs": list(self.jobs.values())})
        await answer(send, 200 if ready else 503, body, "application/json")

    def _callbacks(self) -> dict[str, Callbacks]:
        found: dict[str, Callbacks] = {}
        for source in self.opened.config.sources():
            make = TYPES[source.type].callbacks
            callbacks = make(source.settings) if make is not None else None
            if callbacks is not None:
                found[source.id] = callbacks
        return found

    async def _kept(self, name: str, make: Callable[[], Job], leases: Leases | None) -> None:
        """Do a job for as long as the service runs, whenever its lease is ours."""
        pause = AGAIN_S[0]
        self.jobs[name] = JobState(name=name)
        while True:
            begun, longest = monotonic(), AGAIN_S[1]
            try:
                if leases is None:
                    await self._done(name, make, None)
                else:
                    async with leases.hold(name) as lease:
                        await self._done(name, make, lease)
                pause = AGAIN_S[0]
                continue
            except LeaseLostError as lost:
                log.warning("%s: %s", name, lost)
                continue
            except OrgledgerError as error:
                why = str(error).rstrip(".")
                log.error("%s: %s; begun anew in %g s", name, why, pause)  # noqa: TRY400
                longest = REFUSED_S if isinstance(error, CredentialFault) else longest
                await self._rest(name, type(error).__name__, pause)
            except Exception as error:
                log.exception("%s failed and is begun anew in %g s", name, pause)
                await self._rest(name, type(error).__name__, pause)
            lasted = monotonic() - begun - pause
            pause = AGAIN_S[0] if lasted > longest else min(pause * 2, longest)

    async def _revived(self, data: Path) -> None:
        """Start the embedded server again when it was killed, unless somebody just does."""
        ended = False
        while True:
            await asyncio.sleep(REVIVE_S)
            before, ended = ended, not (self._connected().is_connected or running(data))
            if not (before and ended):
                continue
            log.warning("The log's server in %s has ended; it is started again", data)
            try:
                await asyncio.to_thread(lambda: attach(data).close())  # a hold on it is ours
            except (OrgledgerError, OSError) as error:
                log.error("%s", error)  # noqa: TRY400

    async def _rest(self, name: str, trouble: str, pause: float) -> None:
        self.jobs[name] = JobState(name=name, trouble=trouble)
        self.metrics.restarts.labels(name).inc()
        await asyncio.sleep(pause)

    async def _done(self, name: str, make: Callable[[], Job], lease: Lease | None) -> None:
        """One time at a job: until it fails, somebody wants it, it is lost, or we are cancelled."""
        running = Running(make(), _anybody if lease is None else lease.check)
        self.jobs[name] = JobState(name=name, here=True)
        self.metrics.running.labels(name).set(1)
        wanted, lost = (
            asyncio.ensure_future(event.wait())
            for event in ((lease.wanted, lease.lost) if lease else (asyncio.Event(),) * 2)
        )
        either: list[asyncio.Future[Any]] = [running.done, lost]
        try:
            await asyncio.wait([*either, wanted], return_when=asyncio.FIRST_COMPLETED)
            running.leave()
            await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
        except asyncio.CancelledError:  # the service stops, and has a moment to do so
            running.leave()
            await asyncio.wait(either, timeout=GRACE_S, return_when=asyncio.FIRST_COMPLETED)
            raise
        finally:
            wanted.cancel()
            lost.cancel()
            try:
                await running.stop()
            finally:
                self.metrics.running.labels(name).set(0)
                self.jobs[name] = JobState(name=name)
        running.done.result()
        if lease is not None:
            lease.check()


def _anybody() -> None:
    """A job that has no lease is done everywhere."""


async def _over(tasks: list[asyncio.Task[None]], opened: Service) -> None:
    """Every job had its moment; what still waits then, waits for a log that is away."""
    for task in tasks:
        task.cancel()
    _ended, late = await asyncio.wait(tasks, timeout=GRACE_S + LEAVE_S)
    if late:
        log.warning("%d jobs did not come to their end; what they did comes again", len(late))
        try:
            opened.ledger.close()
        except TimeoutError:
            log.warning("the connection to the log did not end in time")
        await asyncio.wait(late, timeout=LEAVE_S)


async def _closed(client: Client) -> None:
    try:
        await client.close()
    except (NatsError, OSError) as error:  # it was lost already
        log.debug("the connection to the log was not closed: %s", error)
