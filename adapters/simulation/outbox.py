"""What a simulated provider has to tell, and those who follow it: one place for every transport.

A change puts its events here, on whatever thread it is made. Whoever carries them to somebody, by
HTTP calls or through a socket, follows from where the box stands then::

    with provider.outbox.follow() as events:
        while True:
            event = await events.take()
"""

from __future__ import annotations

import asyncio
from types import TracebackType
from typing import Any

Event = dict[str, Any]
"""One event as the provider's journal writes it, with its ``number``."""


class Outbox:
    """Every event, in the order in which they happened; numbers start at 1 and have no gaps."""

    def __init__(self) -> None:
        self._events: list[Event] = []
        self._followers: list[Follower] = []

    @property
    def last(self) -> int:
        """The number of the last event, 0 before the first."""
        return len(self._events)

    def put(self, event: Event) -> None:
        """Append one event, under the next number, and wake whoever follows."""
        self._events.append({"number": self.last + 1, **event})
        for follower in tuple(self._followers):
            follower.wake()

    def after(self, number: int) -> list[Event]:
        """The events with a greater number."""
        return self._events[number:]

    def at(self, number: int) -> Event:
        """The event of this number."""
        return self._events[number - 1]

    def forget(self) -> None:
        """Start again from number 1: what came before is not news."""
        self._events.clear()
        for follower in self._followers:
            follower.seen = 0

    def follow(self) -> Follower:
        """A follower that begins with what comes next. To be called in a running event loop."""
        follower = Follower(self)
        self._followers.append(follower)
        return follower

    def leave(self, follower: Follower) -> None:
        """Wake ``follower`` no more."""
        if follower in self._followers:
            self._followers.remove(follower)


class Follower:
    """One reader of an outbox; ``seen`` is the number of the last event that it has taken."""

    def __init__(self, outbox: Outbox) -> None:
        self._outbox, self.seen = outbox, outbox.last
        self._loop, self._news = asyncio.get_running_loop(), asyncio.Event()

    def __enter__(self) -> Follower:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._outbox.leave(self)

    async def take(self) -> Event:
        """The next event, as soon as there is one. To be cancelled at any time without a loss."""
        while self.seen >= self._outbox.last:
            self._news.clear()
            if self.seen >= self._outbox.last:  # not in between, on another thread
                await self._news.wait()
        self.seen += 1
        return self._outbox.at(self.seen)

    @property
    def behind(self) -> int:
        """How many events wait to be taken."""
        return self._outbox.last - self.seen

    def wake(self) -> None:
        """Say that there is news; from any thread."""
        if not self._news.is_set() and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._news.set)
