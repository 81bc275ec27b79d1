"""A lane: items of one kind, done by a bounded number of workers; lanes run side by side."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Generic, TypeVar

from domain.errors import CredentialFault

T = TypeVar("T")


class Lane(Generic[T]):
    """Does ``work`` on each item put in, with at most ``size`` workers in ``group``.

    Workers come when there is something to do and go when there is not, so that the group ends
    by itself when all its lanes are empty. An item costs no task of its own.
    """

    def __init__(
        self, group: asyncio.TaskGroup, work: Callable[[T], Awaitable[None]], *, size: int
    ) -> None:
        self._group, self._work, self._size = group, work, size
        self._items: deque[T] = deque()
        self._workers = 0

    def put(self, item: T) -> None:
        """Queue ``item``; its work may itself put more, here or in another lane."""
        self._items.append(item)
        if self._workers < self._size:
            self._workers += 1
            self._group.create_task(self._run())

    async def _run(self) -> None:
        try:
            while self._items:
                await self._work(self._items.popleft())
        finally:
            self._workers -= 1


@asynccontextmanager
async def together() -> AsyncIterator[asyncio.TaskGroup]:
    """A group for lanes. A CredentialFault in one of them stops all, and is raised alone."""
    try:
        async with asyncio.TaskGroup() as group:
            yield group
    except* CredentialFault as several:
        raise _first(several) from None


def _first(several: BaseException) -> BaseException:
    while isinstance(several, BaseExceptionGroup):
        several = several.exceptions[0]
    return several
