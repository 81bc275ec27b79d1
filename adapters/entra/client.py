"""Typed calls of Microsoft Graph, with the token looked after.

Pages are followed by their whole link, as Graph demands (Graph v1.0, paging); the link is only
followed on the host of ``base_url``, because the token goes with it.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from email.utils import parsedate_to_datetime
from typing import Any, Generic, TypeVar
from urllib.parse import quote

import httpx
import msgspec

from adapters.entra import errors, wire
from adapters.entra.parts import Parts
from adapters.entra.settings import GRAPH, EntraSettings
from adapters.http import (
    AccessToken,
    Budget,
    HttpClient,
    Outgoing,
    Patience,
    Reply,
    decoded,
    decoder,
)
from adapters.http.budget import Clock, Sleep
from domain.errors import CredentialFault, SystemFault, TerminalFault

T = TypeVar("T")

LARGEST_PAGE = 999
"""Most rows of a page (Graph v1.0, user-list); with $expand Graph gives at most 100."""

BATCH = 20
"""Most requests in one batch (Graph v1.0, json-batching)."""

RESTARTS = 3
"""So often a listing whose page links expire is begun anew."""

MOST_PAGES = 100_000
"""A list longer than this many pages never ends."""

CLOUDS = ("microsoft.com", "microsoft.us", "chinacloudapi.cn")
"""Ends of the hosts of Graph in the national clouds (Graph docs, national cloud deployments)."""

Headers = tuple[tuple[str, str], ...]

ADVANCED: Headers = (("ConsistencyLevel", "eventual"),)
MINIMAL: Headers = (("Prefer", "return=minimal"),)
"""Of what changed, only the properties that changed (Graph v1.0, delta query)."""

_FORM = (("Content-Type", "application/x-www-form-urlencoded"), ("Accept", "application/json"))


class Listing(Generic[T]):
    """What a listing brought. ``fault`` ended it early; ``bad`` rows had another shape.

    ``anew`` says that it was begun again, so that nothing read before it counts. ``delta`` is the
    link that ends a delta query.
    """

    def __init__(self) -> None:
        self.rows: list[T] = []
        self.bad = 0
        self.fault: SystemFault | None = None
        self.anew = False
        self.delta = ""


class EntraClient:
    """Calls for one app. ``patience`` says how long to keep trying."""

    def __init__(
        self,
        settings: EntraSettings,
        *,
        transport: httpx.AsyncBaseTransport | None = None,
        patience: Patience | None = None,
        clock: Clock = time.monotonic,
        sleep: Sleep = asyncio.sleep,
        wall: Clock = time.time,
    ) -> None:
        self._wall = wall
        budget = Budget(settings.rate, max_rate=settings.max_rate, clock=clock, sleep=sleep)
        self.http = HttpClient(
            "Entra",
            budget,
            transport=transport,
            patience=patience,
            quota_header="x-ms-throttle-limit-percentage",
            clock=clock,
            sleep=sleep,
        )
        self._settings = settings
        self._base = httpx.URL(settings.base_url.rstrip("/"))
        self.token = AccessToken(self._fetch_token, clock)

    @property
    def calls(self) -> int:
        """Requests that reached the wire so far; a batch is one."""
        return self.http.calls

    @property
    def now(self) -> float:
        """Seconds since 1970: by Graph's clock as of its last answer, if it told, else by ours."""
        try:
            return parsedate_to_datetime(self.http.date).timestamp()
        except ValueError:
            return self._wall()

    async def close(self) -> None:
        """Give connections back."""
        await self.http.close()

    async def _fetch_token(self) -> tuple[str, float]:
        settings = self._settings
        tenant = quote(settings.tenant_id, safe="")
        url = httpx.URL(f"{settings.login_url.rstrip('/')}/{tenant}/oauth2/v2.0/token")
        form = {
            "client_id": settings.client_id,
            "client_secret": settings.client_secret,
            "scope": settings.scope or f"{_resource(self._base)}/.default",
            "grant_type": "client_credentials",
        }
        body = str(httpx.QueryParams(form)).encode()
        found = await self.http.call("token", Outgoing("POST", url, body, _FORM), _judge_token)
        return found.access_token, float(found.expires_in)

    async def get(self, name: str, url: httpx.URL, shape: type[T], headers: Headers = ()) -> T:
        """One GET of the interface ``name``, decoded as ``shape``. Raises SystemFault."""
        return await self._send(
            name,
            lambda token: Outgoing("GET", url, None, (*_bearer(token), *headers)),
            lambda reply: _judge(name, reply, shape),
        )

    async def write(self, method: str, name: str, path: str, body: object = None) -> None:
        """One call of the interface ``name`` that changes something. Raises SystemFault."""
        url = httpx.URL(f"{self._base}/{path}")
        content = None if body is None else msgspec.json.encode(body)
        json = () if body is None else (("Content-Type", "application/json"),)
        await self._send(
            name,
            lambda token: Outgoing(method, url, content, (*_bearer(token), *json)),
            lambda reply: _done(name, reply),
        )

    async def _send(
        self, name: str, request: Callable[[str], Outgoing], judge: Callable[[Reply], T]
    ) -> T:
        """One call; a refused token is fetched anew and the call made once more."""
        try:
            return await self._once(name, request, judge)
        except errors.TokenRefused:
            return await self._once(name, request, judge)

    async def _once(
        self, name: str, request: Callable[[str], Outgoing], judge: Callable[[Reply], T]
    ) -> T:
        token = await self.token.get()
        try:
            return await self.http.call(name, lambda: request(token), judge)
        except errors.TokenRefused:
            self.token.drop(token)
            raise

    def url(self, path: str, **options: str) -> httpx.URL:
        """The address of ``path`` with OData options; ``select`` stands for ``$select``."""
        params = {f"${name}": value for name, value in options.items() if value}
        return httpx.URL(f"{self._base}/{path}", params=params)

    async def listing(
        self,
        name: str,
        url: httpx.URL,
        shape: type[T],
        *,
        headers: Headers = (),
        first: httpx.URL | None = None,
        note: Callable[[int], None] = lambda rows: None,
    ) -> Listing[T]:
        """All pages from ``url`` on. ``note`` is told how many rows there are so far.

        A listing whose links expire is begun anew, at its ``first`` page where ``url`` is a later
        one, and what came before is dropped. A failure after the first page is the listing's
        ``fault``; one at the first page is raised.
        """
        found: Listing[T] = Listing()
        for attempt in range(RESTARTS):
            found = Listing()
            found.anew = attempt > 0
            try:
                await self._pages(name, url, shape, found, headers, note)
            except errors.PageExpired as expired:
                found.fault = expired
                url = first or url
            else:
                break
        return found

    async def _pages(
        self,
        name: str,
        url: httpx.URL,
        shape: type[T],
        found: Listing[T],
        headers: Headers,
        note: Callable[[int], None],
    ) -> None:
        rows, seen = decoder(shape), {url}
        while True:
            try:
                page = await self.get(name, url, wire.Page, headers)
                for raw in page.value or ():
                    try:
                        found.rows.append(decoded(rows, raw))
                    except msgspec.ValidationError:
                        found.bad += 1
                note(len(found.rows))
                if not page.following:
                    found.delta = page.delta or ""
                    return
                url = self._following(name, page.following, seen)
            except (CredentialFault, errors.PageExpired):
                raise
            except SystemFault as fault:
                if len(seen) == 1 and not found.rows:
                    raise
                found.fault = fault
                return
            seen.add(url)

    def link(self, name: str, link: str) -> httpx.URL:
        """The address of a next page; raises TerminalFault if it leads to another host."""
        try:
            url = httpx.URL(link)
        except httpx.InvalidURL:
            url = httpx.URL()
        if _origin(url) != _origin(self._base):
            raise TerminalFault(
                f"Entra {name} was given up",
                why=f"its next page is at {url.host or 'no address'}, not at {self._base.host}",
                fix="Set base_url to the address that Graph itself uses.",
                code="elsewhere",
            )
        return url

    def _following(self, name: str, link: str, seen: set[httpx.URL]) -> httpx.URL:
        """The address of a next page that was not there before."""
        url = self.link(name, link)
        if url in seen or len(seen) >= MOST_PAGES:
            raise TerminalFault(
                f"Entra {name} was given up",
                why="its pages do not get on: the same link comes again",
                fix="Try again later; if it stays so, report it to Microsoft.",
                code="endless",
            )
        return url

    async def batch(self, names: Sequence[str], paths: Sequence[str], shape: type[T]) -> Parts[T]:
        """Up to 20 answers of one ``shape`` in one call; ``names`` are their interfaces.

        Those that are throttled or fail in passing are asked for again, the others are kept.
        Where Graph takes no batch, each is asked for by itself: what is said of the batch says
        nothing of a listing in it.
        """
        parts = Parts(names, paths, shape)
        url = httpx.URL(f"{self._base}/$batch")
        json = ("Content-Type", "application/json")
        try:
            await self._send(
                "$batch",
                lambda token: Outgoing("POST", url, parts.body(), (*_bearer(token), json)),
                parts.judge,
            )
        except TerminalFault:
            for number, path in parts.left:
                parts.put(number, await self._alone(names[number], path, shape))
        except CredentialFault:
            raise
        except SystemFault as fault:
            parts.give_up(fault)
        return parts

    async def _alone(self, name: str, path: str, shape: type[T]) -> T | SystemFault:
        try:
            return await self.get(name, httpx.URL(f"{self._base}/{path}"), shape)
        except CredentialFault:
            raise
        except SystemFault as fault:
            return fault

    async def count(self, path: str, condition: str = "") -> int | None:
        """How many objects ``path`` (``users``) has, if Graph tells.

        Counting is an advanced query, and told on the first page (Graph v1.0, query parameters).
        """
        url = self.url(path, select="id", filter=condition, count="true", top="1")
        return (await self.get(path, url, wire.Page, ADVANCED)).count


def _resource(base: httpx.URL) -> str:
    """What a token is asked for: Graph of the cloud of ``base``, the worldwide one elsewhere.

    A proxy or a simulator has no token of its own name.
    """
    return _origin(base if base.host.endswith(CLOUDS) else httpx.URL(GRAPH))


def _origin(url: httpx.URL) -> str:
    return f"{url.scheme}://{url.netloc.decode('ascii')}"


def _bearer(token: str) -> tuple[tuple[str, str], ...]:
    return (("Authorization", f"Bearer {token}"), ("Accept", "application/json"))


def _judge(name: str, reply: Reply, shape: Any) -> Any:
    _done(name, reply)
    return reply.decode(decoder(shape), f"Entra {name}")


def _done(name: str, reply: Reply) -> None:
    fault = errors.fault_of(name, reply)
    if fault is not None:
        raise fault


def _judge_token(reply: Reply) -> wire.Token:
    fault = errors.token_fault(reply)
    if fault is not None:
        raise fault
    found: wire.Token = reply.decode(decoder(wire.Token), "Entra token")
    if not found.access_token:
        raise CredentialFault("Entra token gave no token", code="no_token")
    return found
