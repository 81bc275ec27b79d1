"""Bookmarks: how far a reader is, moved by one hand at a time."""

from __future__ import annotations

import asyncio

import pytest

from adapters.nats.bookmarks import BUCKET, Bookmark, Bookmarks
from adapters.nats.embedded import Attached
from domain.errors import LogError
from tests.adapters.nats.service_desk import address, connected


def test_a_bookmark_is_kept_and_moved(server: Attached) -> None:
    """There is none before the first; making the bucket again changes nothing."""

    async def work() -> None:
        async with connected(address(server)) as client:
            bookmarks = Bookmarks(client)
            await bookmarks.ensure()
            assert await bookmarks.get("notify.a") is None
            first = await bookmarks.put("notify.a", 7, 0)
            await bookmarks.ensure()
            assert await bookmarks.get("notify.a") == first
            second = await bookmarks.put("notify.a", 9, first.revision)
            assert second.revision > first.revision
            assert await Bookmarks(client).get("notify.a") == Bookmark(9, second.revision)

    asyncio.run(work())


def test_who_does_not_know_the_newest_one_cannot_move_it(server: Attached) -> None:
    """A worker that was frozen learns that another one has its job."""

    async def work() -> None:
        async with connected(address(server)) as client:
            bookmarks = Bookmarks(client)
            await bookmarks.ensure()
            first = await bookmarks.put("notify.b", 1, 0)
            second = await bookmarks.put("notify.b", 2, first.revision)
            with pytest.raises(LogError, match="was moved by somebody else"):
                await bookmarks.put("notify.b", 3, first.revision)
            assert await bookmarks.put("notify.b", 2, first.revision) == second

    asyncio.run(work())


def test_the_nats_command_can_move_it(server: Attached) -> None:
    """It is a key of a bucket like any other; what is no position is told as such."""

    async def work() -> None:
        async with connected(address(server)) as client:
            bookmarks = Bookmarks(client)
            await bookmarks.ensure()
            bucket = await client.jetstream().key_value(BUCKET)
            await bucket.put("notify.c", b"41")
            found = await bookmarks.get("notify.c")
            assert found is not None
            assert (await bookmarks.put("notify.c", 42, found.revision)).position == 42
            await bucket.put("notify.c", b"x")
            with pytest.raises(LogError, match="nats kv put ORGLEDGER_BOOKMARKS"):
                await bookmarks.get("notify.c")

    asyncio.run(work())


def test_one_that_was_deleted_is_none_and_can_be_put_anew(server: Attached) -> None:
    """``nats kv del``: a subscriber begins where it is configured to, not with the first event."""

    async def run() -> None:
        async with connected(address(server)) as client:
            bookmarks, name = Bookmarks(client), "notify.deleted"
            await bookmarks.ensure()
            await bookmarks.put(name, 7, 0)
            bucket = await client.jetstream().key_value(BUCKET)
            await bucket.delete(name)
            assert await bookmarks.get(name) is None
            mark = await bookmarks.put(name, 9, 0)
            assert await bookmarks.get(name) == mark

    asyncio.run(run())
