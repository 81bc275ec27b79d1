"""Publishing: what other programs publish, whichever way it comes.

Of each organization one publication at a time is looked at, in a thread of its own in which the
organization is kept folded. Any replica may do it: the log's own condition on every append, and
the sender's key in it, make it safe.
"""

from __future__ import annotations

import asyncio
import re
from concurrent.futures import ThreadPoolExecutor
from threading import Lock

from domain.errors import ConfigError, InputError
from orgledger.api import Published
from orgledger.config import Config
from orgledger.engine.documents import changes_of
from orgledger.engine.publications import Publisher
from orgledger.ledger import Ledger
from orgledger.live.problems import RefusalError

LARGEST = 1024 * 1024
"""Bytes of a publication."""

WAITING = 64
"""Publications to one organization that may wait; with bodies of LARGEST bytes they take 64 MB."""

_KEY = re.compile(r"[!-~]([ -~]{0,198}[!-~])?")
"""A key is printable ASCII, which every way of sending one lets through."""


class _Line:
    """The publications to one organization, one after the other."""

    def __init__(self, ledger: Ledger, org: str, name: str) -> None:
        self._ledger, self._org, self._name = ledger, org, name
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix=f"publish-{org}")
        self._publisher: Publisher | None = None
        self._waiting, self._lock = 0, Lock()

    async def take(self, body: bytes, actor: str, key: str | None) -> Published:
        with self._lock:
            if self._waiting >= WAITING:
                raise RefusalError(
                    503, "too many publications wait to be recorded", fix="Try again later."
                )
            self._waiting += 1
        future = self._thread.submit(self._publish, body, actor, key)
        future.add_done_callback(lambda _: self._gone())
        return await asyncio.wrap_future(future)

    def _gone(self) -> None:
        with self._lock:
            self._waiting -= 1

    def _publish(self, body: bytes, actor: str, key: str | None) -> Published:
        try:
            changes = changes_of(body, "the body")
        except InputError as error:
            raise RefusalError(400, error.what, fix=error.fix, errors=error.problems) from None
        if self._publisher is None:
            self._publisher = Publisher(self._ledger, self._org, name=self._name)
        return self._publisher.publish(changes, actor=actor, key=key)

    def close(self) -> None:
        self._thread.shutdown(cancel_futures=True)


class Publishing:
    """Every organization's publications; from any event loop."""

    def __init__(self, config: Config, ledger: Ledger) -> None:
        self._config, self._ledger = config, ledger
        self._lines: dict[str, _Line] = {}
        self._lock = Lock()

    async def take(self, org: str, body: bytes, *, actor: str, key: str | None) -> Published:
        """Record what is in ``body``: JSON (an event, or a list of them) or JSON lines.

        Raises RefusalError, InputError, ConfigError or LogError, and nothing is recorded then;
        but for a LogError, after which it may have been: publish again under the same key.
        """
        if org not in self._config.orgs:
            raise RefusalError(404, f"there is no organization {org!r}")
        source = self._config.orgs[org].source
        if source is not None:
            raise ConfigError(
                f"the organization {org!r} is kept in {source!r} and is read-only here",
                fix="Make the change there; the next sync brings it.",
            )
        if len(body) > LARGEST:
            raise RefusalError(
                413, f"a publication has at most {LARGEST} bytes", fix="Cut it into several."
            )
        if key is not None and not _KEY.fullmatch(key):
            raise RefusalError(400, "a key has 1 to 200 printable characters of ASCII")
        return await self._line(org).take(body, actor, key)

    def _line(self, org: str) -> _Line:
        with self._lock:
            if org not in self._lines:
                name = self._config.orgs[org].name or org
                self._lines[org] = _Line(self._ledger, org, name)
            return self._lines[org]

    def close(self) -> None:
        """What waits is given up, what is under way is finished."""
        for line in self._lines.values():
            line.close()
