"""Jobs: what runs at one place at a time, each in a thread with an event loop of its own.

A job that computes for a second, or waits for a slow provider, keeps nobody else waiting: neither
the receiver, which must answer within its callers' limits, nor the heartbeat of its lease.
"""

from __future__ import annotations

import asyncio
import logging
from threading import Thread
from typing import Protocol

log = logging.getLogger("orgledger.live")


class Job(Protocol):
    """Something to be done as long as the service runs."""

    @property
    def name(self) -> str:
        """Of its lease and of its thread, such as ``deliver.casdoor``."""

    async def run(self) -> None:
        """Until cancelled; then what is under way is recorded."""


class Running:
    """A job at work in its thread."""

    def __init__(self, job: Job) -> None:
        self.job = job
        self._here = asyncio.get_running_loop()
        self.done: asyncio.Future[None] = self._here.create_future()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._task: asyncio.Task[None] | None = None
        self._stopping = False
        self._thread = Thread(target=self._main, name=job.name, daemon=True)
        self._thread.start()

    def _main(self) -> None:
        error: BaseException | None = None
        try:
            asyncio.run(self._run())
        except BaseException as raised:
            error = raised
        self._here.call_soon_threadsafe(self._ended, error)

    async def _run(self) -> None:
        self._loop, self._task = asyncio.get_running_loop(), asyncio.current_task()
        if self._stopping:
            return
        try:
            await self.job.run()
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

    async def stop(self) -> None:
        """Let it come to its end. Its failure is left in ``done``."""
        self._stopping = True
        loop, task = self._loop, self._task
        if loop is not None and task is not None and not self.done.done():
            try:
                loop.call_soon_threadsafe(task.cancel)
            except RuntimeError:
                pass  # the loop has just ended
        await asyncio.wait([self.done])
