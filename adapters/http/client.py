"""One call from permit to result: pace, send, judge, try again.

Nothing here writes a query, a header or a body into an error or a log.
"""

from __future__ import annotations

import asyncio
import codecs
import logging
import time
from collections.abc import Callable
from typing import TypeVar

import httpx
import msgspec

from adapters.http.budget import Budget, Clock, Sleep
from adapters.http.faults import HostThrottled
from adapters.http.patience import Patience
from adapters.http.pool import Pool
from adapters.http.reply import Reply
from adapters.http.unreached import NEVER_SENT, UNSENDABLE, unreached, unsendable
from domain.errors import TransientFault

T = TypeVar("T")

log = logging.getLogger("orgledger.http")

FIRST_BAN, LONGEST_BAN = 5.0, 160.0
"""Seconds to wait when the host refuses this address: one probe each, longer each time."""

FIRST_THROTTLE = 1.0
"""Seconds to wait after a throttled call where the system names no time, doubled each time."""


class Outgoing(msgspec.Struct, frozen=True):
    """A request to send. ``url`` may hold a token in its query; it is never shown."""

    method: str
    url: httpx.URL
    body: bytes | None = None
    headers: tuple[tuple[str, str], ...] = ()


class HttpClient:
    """Calls to one system. ``name`` is how errors call it.

    ``retry_header`` is the header in which this system says how many seconds to wait; what stands
    in front of it says so in Retry-After.
    ``quota_header`` is the one in which it says how much of its limit is used, if it does.
    ``calls`` counts attempts that reached the wire. ``date`` and ``quota`` are what the newest
    answer said in ``Date`` and in the header of the quota.
    """

    def __init__(
        self,
        name: str,
        budget: Budget,
        *,
        transport: httpx.AsyncBaseTransport | None = None,
        patience: Patience | None = None,
        connections: int = 64,
        retry_header: str = "retry-after",
        quota_header: str = "",
        clock: Clock = time.monotonic,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        self.name, self.budget = name, budget
        self._retry_header, self._quota_header = retry_header, quota_header
        self.calls = 0
        self.date = self.quota = ""
        self.patience = patience or Patience()
        self._pool = Pool(size=connections, transport=transport)
        self._clock, self._sleep = clock, sleep
        self._ban, self._answered = 0.0, False
        self._unheard: float | None = None
        limits = self.patience
        self._extensions = {
            "timeout": {
                "connect": limits.connect,
                "pool": limits.connect,
                "read": limits.read,
                "write": limits.read,
            }
        }

    async def call(
        self,
        api: str,
        outgoing: Outgoing | Callable[[], Outgoing],
        judge: Callable[[Reply], T],
        *,
        repeat: bool = True,
    ) -> T:
        """Send until ``judge`` accepts the answer; returns what it makes of it.

        A function in place of ``outgoing`` makes each attempt's request anew (a signed time).
        ``judge`` raises TransientFault for what is worth another try, any other fault for what
        is not. ``repeat=False`` is for writes that must not happen twice: a failure after which
        the system may have done what was asked is raised at once.
        Raises SystemFault.
        """
        sent = await self.budget.take(api)
        effort = _Effort(self.patience, sent)
        while True:
            try:
                request = outgoing if isinstance(outgoing, Outgoing) else outgoing()
                reply = await self._exchange(api, request)
                result = judge(reply)
            except TransientFault as fault:
                if not (repeat or fault.throttled or fault.code == NEVER_SENT):
                    raise
                await self._again(api, fault, sent, effort)
                sent = await self.budget.take(api)
            else:
                self._ban, self._answered = 0.0, True
                return result

    async def close(self) -> None:
        """Give connections back."""
        await self._pool.close()

    async def _exchange(self, api: str, outgoing: Outgoing) -> Reply:
        what, began = f"{self.name} {api}", self._clock()
        try:
            request = httpx.Request(
                outgoing.method,
                outgoing.url,
                content=outgoing.body,
                headers=outgoing.headers,
                extensions=self._extensions,
            )
            self.calls += 1
            response = await self._pool.send(request)
        except UNSENDABLE as error:
            raise unsendable(what, error) from None
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
            self.calls -= 1
            raise unreached(what, outgoing.url, error) from None
        except httpx.RequestError as error:
            why = f"no answer within {self.patience.read:g} s"
            if not isinstance(error, httpx.TimeoutException):
                why = f"the connection broke ({type(error).__name__})"
            elif self._unheard is None:
                self._unheard = began
            raise TransientFault(
                f"{what} did not answer",
                why=why,
                fix="Check that the system is well, and the proxy; the next run tries again.",
                code="connection",
            ) from None
        self._unheard = None
        headers = response.headers
        self.date = headers.get("date", "")
        self.quota = headers.get(self._quota_header, "")
        return Reply(
            response.status_code,
            headers.get("content-type", "").lower(),
            response.content.removeprefix(codecs.BOM_UTF8),
            headers.get(self._retry_header) or headers.get("retry-after", ""),
        )

    async def _again(self, api: str, fault: TransientFault, sent: float, effort: _Effort) -> None:
        """Wait before the next attempt, or raise ``fault`` when patience has ended."""
        banned = isinstance(fault, HostThrottled) and self._answered
        if banned:
            wait: float | None = effort.after_throttle(self._until_next_probe())
        elif fault.throttled and not isinstance(fault, HostThrottled):
            self.budget.throttled(api, sent)
            wait = effort.after_throttle(fault.retry_after)
        else:
            wait = effort.after_failure(fault.retry_after)
        if wait is None or effort.ended(self._clock() + wait, throttled=fault.throttled):
            raise fault
        if self._unheard is not None and self._clock() - self._unheard > self.patience.silence:
            raise fault  # it hangs, and not for this call alone
        if banned and self.budget.paused_for <= 0:
            self._ban = wait
            self.budget.pause(wait)
        log.debug("%s %s: %s, again in %.1f s", self.name, api, fault.code or "failed", wait)
        await self._sleep(wait)

    def _until_next_probe(self) -> float:
        """Seconds for which a host that refuses this address is left alone, longer each time."""
        left = self.budget.paused_for
        return left if left > 0 else min(max(self._ban * 2, FIRST_BAN), LONGEST_BAN)


class _Effort:
    """What one call has cost so far."""

    def __init__(self, patience: Patience, began: float) -> None:
        self._patience, self._began = patience, began
        self._failures = self._throttles = 0

    def after_throttle(self, asked: float | None) -> float:
        """Seconds to wait; what the system asked for, never less.

        Told to wait for no time, by a system that rounds down, a caller would hammer at it.
        """
        self._throttles += 1
        if asked is None:
            return self._patience.backoff(self._throttles, FIRST_THROTTLE)
        return asked or self._patience.backoff(self._throttles)

    def after_failure(self, asked: float | None) -> float | None:
        """Seconds to wait, or None when the tries are used up."""
        self._failures += 1
        if self._failures >= self._patience.tries:
            return None
        return asked or self._patience.backoff(self._failures)

    def ended(self, then: float, *, throttled: bool) -> bool:
        """Whether an attempt at ``then`` would come too late."""
        limit = self._patience.throttled if throttled or self._throttles else self._patience.total
        return then - self._began > limit
