"""The vendor's own frames and client of the long connection, as lark-oapi has them."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import lark_oapi as lark
from lark_oapi.ws import client as vendor
from lark_oapi.ws.pb.google.protobuf.message import DecodeError
from lark_oapi.ws.pb.pbbp2_pb2 import Frame

# The module makes an event loop when it is imported, and never closes it.
vendor.loop.close()
asyncio.set_event_loop(None)

__all__ = ["DecodeError", "Frame", "connected_vendor"]


@contextmanager
def connected_vendor(app_id: str, secret: str, handler: Any, url: str) -> Iterator[None]:
    """The vendor's client in a thread; it has no way to stop but that of its loop."""
    loop = vendor.loop = asyncio.new_event_loop()

    def run() -> None:
        asyncio.set_event_loop(loop)
        made = lark.ws.Client(
            app_id, secret, event_handler=handler, domain=url, log_level=lark.LogLevel.CRITICAL
        )
        with suppress(RuntimeError):  # the loop was stopped
            made.start()
        made._auto_reconnect = False
        loop.run_until_complete(made._disconnect())
        left = asyncio.all_tasks(loop)
        for task in left:
            task.cancel()
        loop.run_until_complete(asyncio.gather(*left, return_exceptions=True))
        loop.close()

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    try:
        yield
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        assert not thread.is_alive()
