"""The one bridge between the synchronous library and asyncio's nats-py.

A background thread owns an event loop and one connection; synchronous methods
submit coroutines to it. One bridge serves a process for each set of servers and
credentials. Why so: docs/adr/0002-nats-bridge.md.
"""

from __future__ import annotations

import asyncio
import os
import threading
import weakref
from collections.abc import Coroutine, Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field
from time import monotonic
from typing import Any, TypeVar
from urllib.parse import urlsplit

from nats.errors import AuthorizationError
from nats.errors import Error as NatsError

from adapters.nats.session import Refused, Reply, Session, Unanswered
from domain.errors import ConfigError, LogError

T = TypeVar("T")

PATIENCE_S = 15.0
"""How long an operation tries, over reconnects, before it gives up."""

_ATTEMPT_S = 2.0
"""How long one attempt (a dial, a request) may take before the next is made."""


@dataclass(frozen=True, slots=True)
class Address:
    """Where the log is and how to log in. ``patience`` in seconds bounds every operation."""

    servers: tuple[str, ...]
    user: str | None = field(default=None, repr=False)
    password: str | None = field(default=None, repr=False)
    token: str | None = field(default=None, repr=False)
    credentials: str | None = None
    patience: float = PATIENCE_S

    @classmethod
    def of(cls, env: Mapping[str, str]) -> Address:
        """The address in ``NATS_URL``, ``NATS_USER``, …; raises ConfigError without a server."""
        servers = [part.strip() for part in (env.get("NATS_URL") or "").split(",")]
        if not any(servers):
            raise ConfigError(
                "NATS_URL is not set",
                fix="Set it to the servers of the log, such as nats://127.0.0.1:4222.",
            )
        return cls(
            servers=tuple(server for server in servers if server),
            user=env.get("NATS_USER"),
            password=env.get("NATS_PASSWORD"),
            token=env.get("NATS_TOKEN"),
            credentials=env.get("NATS_CREDENTIALS"),
            patience=float(env.get("NATS_PATIENCE") or PATIENCE_S),
        )

    @property
    def where(self) -> str:
        """Hosts and ports for messages, without user information."""
        parts = (urlsplit(server if "//" in server else f"//{server}") for server in self.servers)
        return ", ".join(part.netloc.rpartition("@")[2] for part in parts)

    def options(self) -> dict[str, Any]:
        """The login as nats-py's keyword arguments."""
        given = {
            "user": self.user,
            "password": self.password,
            "token": self.token,
            "user_credentials": self.credentials,
        }
        return {key: value for key, value in given.items() if value is not None}


class UnreachableError(LogError):
    """The log stayed silent for as long as the operation was willing to wait."""


class _Dialler:
    """What lives on the event loop. It must not refer to the :class:`Connection`."""

    def __init__(self, address: Address) -> None:
        self.address = address
        self.loop = asyncio.new_event_loop()
        self.why = "no server has answered yet"
        self._session: Session | None = None
        self._lock = asyncio.Lock()
        self.thread = threading.Thread(target=self._run, name="orgledger-nats", daemon=True)
        self.thread.start()

    def _run(self) -> None:
        asyncio.set_event_loop(self.loop)
        self.loop.run_forever()
        self.loop.close()

    async def session(self, deadline: float) -> Session:
        """The living connection; dials until ``deadline`` (monotonic) when there is none."""
        async with self._lock:
            pause = 0.02
            while self._session is None or not self._session.is_connected:
                try:
                    if self._session is not None:
                        await self._session.shut()
                    self._session = await self._dial()
                except (OSError, NatsError, TimeoutError) as error:
                    self._give_up_on(error)
                    if monotonic() + pause >= deadline:
                        raise self.unreachable() from None
                    await asyncio.sleep(pause)
                    pause = min(pause * 2, 0.5)
            return self._session

    def _give_up_on(self, error: Exception) -> None:
        text = str(error).lower()
        if isinstance(error, AuthorizationError) or "authorization violation" in text:
            raise ConfigError(
                f"The log at {self.address.where} does not accept the credential",
                why="authorization violation",
                fix="Correct the user and password, token or credentials file of [log].",
            ) from None
        # nats-py's summary says less than the reason that it reported just before.
        if "no servers available" not in text:
            self.why = text or type(error).__name__

    async def _dial(self) -> Session:
        session = Session()

        async def on_error(error: Exception) -> None:
            if "permissions violation" in str(error).lower():
                session.refused(str(error))
            elif str(error):
                self.why = str(error)

        async def on_end() -> None:
            session.ended()

        try:
            connecting = session.connect(
                servers=list(self.address.servers),
                name="orgledger",
                allow_reconnect=False,  # a new Session each time: no stale buffers, no replays
                max_reconnect_attempts=1,
                reconnect_time_wait=0,
                connect_timeout=2,
                ping_interval=10,
                error_cb=on_error,
                closed_cb=on_end,
                disconnected_cb=on_end,
                **self.address.options(),
            )
            await asyncio.wait_for(connecting, _ATTEMPT_S * 2)
            await session.open_inbox()
        except BaseException:
            await session.shut()
            raise
        return session

    def unreachable(self) -> UnreachableError:
        return UnreachableError(
            f"The log at {self.address.where} did not answer within {self.address.patience:g} s",
            why=self.why,
            fix="Start the server or correct [log] url, then run the command again; "
            "what has been recorded already is not recorded twice.",
        )

    async def hang_up(self) -> None:
        """Close the connection and end every task, so that the loop closes without a murmur."""
        if self._session is not None:
            await self._session.shut()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    def stop(self) -> None:
        """End the thread. Called once, from any thread but preferably not its own."""
        if self.loop.is_closed():
            return
        done = asyncio.run_coroutine_threadsafe(self.hang_up(), self.loop)
        if threading.current_thread() is self.thread:
            done.add_done_callback(lambda _: self.loop.stop())
            return
        try:
            done.result(5)
        finally:
            self.loop.call_soon_threadsafe(self.loop.stop)
            self.thread.join(5)


class Connection:
    """A synchronous handle on the log's connection. Make it with :func:`connect`."""

    def __init__(self, address: Address) -> None:
        self.address = address
        self._dialler = _Dialler(address)
        self._stop = weakref.finalize(self, self._dialler.stop)
        self.users = 0

    @property
    def closed(self) -> bool:
        """Whether :meth:`release` ended it."""
        return not self._stop.alive

    def start(self, work: Coroutine[Any, Any, T]) -> Future[T]:
        """Run a coroutine on the bridge's loop; its result will be in the future."""
        if self.closed:
            work.close()
            raise LogError(
                f"The connection to the log at {self.address.where} is closed",
                fix="Keep the application open for as long as its log is used.",
            )
        return asyncio.run_coroutine_threadsafe(work, self._dialler.loop)

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Run a coroutine on the bridge's loop and wait for its result."""
        future = self.start(work)
        try:
            return future.result()
        except BaseException:
            future.cancel()
            raise

    def post(self, callback: Any, *args: Any) -> None:
        """Call something on the loop soon, without waiting."""
        if not self.closed:
            self._dialler.loop.call_soon_threadsafe(callback, *args)

    def deadline(self) -> float:
        """The monotonic time at which an operation that begins now gives up."""
        return monotonic() + self.address.patience

    async def session(self, deadline: float) -> Session:
        """The living connection, dialled when necessary. For coroutines on the loop."""
        return await self._dialler.session(deadline)

    def unreachable(self, why: str = "") -> UnreachableError:
        """The error for a log that stays silent."""
        if why:
            self._dialler.why = why
        return self._dialler.unreachable()

    async def ask(self, subject: str, payload: bytes, deadline: float) -> Reply:
        """Ask something that may safely be asked twice, over as many connections as it takes."""
        while True:
            session = await self.session(deadline)
            try:
                left = max(0.25, min(_ATTEMPT_S, deadline - monotonic()))
                return await session.ask(subject, payload, timeout=left)
            except Refused:
                raise LogError(
                    f"The log at {self.address.where} does not permit {subject}",
                    why="the account's permissions exclude it",
                    fix="Give the account that right, or do without the operation.",
                ) from None
            except Unanswered as silence:
                if monotonic() >= deadline:
                    raise self.unreachable(str(silence)) from None
                await asyncio.sleep(0.05)

    def release(self) -> None:
        """One user less; the last one closes."""
        with _registry_lock:
            self.users -= 1
            if self.users > 0:
                return
        self._stop()


_registry: weakref.WeakValueDictionary[tuple[int, Address], Connection] = (
    weakref.WeakValueDictionary()
)
_registry_lock = threading.RLock()


def connect(address: Address) -> Connection:
    """The process's connection to ``address``; call :meth:`Connection.release` when done.

    Does not dial: the first operation does. A forked child gets its own.
    """
    with _registry_lock:
        key = (os.getpid(), address)
        connection = _registry.get(key)
        if connection is None or connection.closed:
            connection = _registry[key] = Connection(address)
        connection.users += 1
        return connection
