"""Jobs: what runs at one place at a time, each in a thread with an event loop of its own.

A job that computes for a second, or waits for a slow provider, keeps nobody else waiting: neither
the receiver, which must answer within its callers' limits, nor the heartbeat of its lease.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress
from threading import Thread
from typing import Protocol

log = logging.getLogger("orgledger.live")


Check = Callable[[], None]
"""Raises LeaseLostError when the job is not ours any more; may be called in any thread."""


class Job(Protocol):
    """Something to be done as long as the service runs."""

    @property
    def name(self) -> str:
        """Of its lease and of its thread, such as ``deliver.casdoor``."""

    async def run(self, leave: asyncio.Event, check: Check) -> None:
        """Until ``leave`` is set and the piece of work under way is done, or until cancelled.

        ``check`` is asked before anything is done that must not be done twice.
        """


class Running:
    """A job at work in its thread."""

    def __init__(self, job: Job, check: Check) -> None:
        self.job, self._check = job, check
        self._here = asyncio.get_running_loop()
        self.done: asyncio.Future[None] = self._here.create_future()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._task: asyncio.Task[None] | None = None
        self._leave = asyncio.Event()
        self._stopping = False
        self._thread = Thread(target=self._main, name=job.name, daemon=True)
        self._thread.start()

    def _main(self) -> None:
        error: BaseException | None = None
        try:
            asyncio.run(self._run())
        except BaseException as raised:
            error = raised
        with suppress(RuntimeError):  # the service did not wait for it, and has ended
            self._here.call_soon_threadsafe(self._ended, error)

    async def _run(self) -> None:
        self._loop, self._task = asyncio.get_running_loop(), asyncio.current_task()
        if self._stopping:
            return
        try:
            await self.job.run(self._leave, self._check)
        except asyncio.CancelledError:
            if not self._stopping:
                raise

    def _ended(self, error: BaseException | None) -> None:
        if self.done.done():
            return
        if error is None:
            self.done.set_result(None)
        elif isinstance(error, Exception):
            self.done.set_exception(error)
        else:
            self.done.set_exception(RuntimeError(f"{self.job.name} ended by {error!r}"))
        self.done.exception()  # a service that stops does not ask any more

    def leave(self) -> None:
        """Ask it to come to an end when its piece of work is done."""
        self._tell(self._leave.set)

    async def stop(self) -> None:
        """End it now. Its failure is left in ``done``."""
        self._stopping = True
        self.leave()  # Python 3.11's wait_for, in nats-py, may swallow a cancellation
        if self._task is not None:
            self._tell(self._task.cancel)
        await asyncio.wait([self.done])

    def _tell(self, what: Callable[[], object]) -> None:
        if self._loop is not None and not self.done.done():
            try:
                self._loop.call_soon_threadsafe(what)
            except RuntimeError:
                pass  # the loop has just ended
        elif self._loop is None:
            what()
