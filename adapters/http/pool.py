"""Connections: many small pools instead of one big one, and no client around them.

httpcore walks all connections of a pool for each request. Measured here against a loopback server:
one pool of 64 connections 390 requests/s, 64 pools of one connection 1,500/s. What httpx's client
adds (cookies, redirects, default headers, its log of whole addresses) is not wanted here.
"""

from __future__ import annotations

import asyncio
import ssl
import urllib.request

import httpx

_ONE = httpx.Limits(max_connections=1, max_keepalive_connections=1)


class UnspokenProxyError(Exception):
    """The environment names a proxy that does not speak HTTP; ``args`` has its scheme."""


class Pool:
    """Sends requests over at most ``size`` connections, or through ``transport``.

    Proxies and certificates come from the environment (``HTTPS_PROXY``, ``NO_PROXY``,
    ``SSL_CERT_FILE``). Redirects are not followed and cookies are not kept: an API that redirects
    is not the API.
    """

    def __init__(self, *, size: int, transport: httpx.AsyncBaseTransport | None = None) -> None:
        self._transport = transport
        self._slots = asyncio.Semaphore(size)
        self._proxies: dict[tuple[str, str], str | None] = {}
        self._idle: dict[str | None, list[httpx.AsyncBaseTransport]] = {}
        self._all: list[httpx.AsyncBaseTransport] = []
        self._ssl: ssl.SSLContext | None = None  # made when it is needed: it takes 80 ms

    async def send(self, request: httpx.Request) -> httpx.Response:
        """Send and read the whole answer; raises httpx.RequestError, or UnspokenProxyError."""
        async with self._slots:
            proxy = self._proxy_for(request.url)
            idle = self._idle.setdefault(proxy, [])
            transport = idle.pop() if idle else self._open(proxy)
            try:
                response = await transport.handle_async_request(request)
                try:
                    await response.aread()
                finally:
                    await response.aclose()
            finally:
                idle.append(transport)
            return response

    def _proxy_for(self, url: httpx.URL) -> str | None:
        """The proxy that the environment names for ``url``."""
        if self._transport is not None:
            return None
        place = url.scheme, url.host
        if place not in self._proxies:
            self._proxies[place] = _proxy_of(*place)
        return self._proxies[place]

    def _open(self, proxy: str | None) -> httpx.AsyncBaseTransport:
        if self._transport is not None:
            transport = self._transport
        else:
            scheme = proxy.partition("://")[0].lower() if proxy else ""
            if scheme not in ("", "http", "https"):
                raise UnspokenProxyError(scheme)
            self._ssl = self._ssl or httpx.create_ssl_context()
            transport = httpx.AsyncHTTPTransport(
                verify=self._ssl, limits=_ONE, proxy=proxy, trust_env=False
            )
        self._all.append(transport)
        return transport

    async def close(self) -> None:
        """Close all connections."""
        for transport in self._all:
            await transport.aclose()
        self._all.clear()
        self._idle.clear()


def _proxy_of(scheme: str, host: str) -> str | None:
    if urllib.request.proxy_bypass(host):
        return None
    named = urllib.request.getproxies()
    proxy = named.get(scheme) or named.get("all")
    return f"http://{proxy}" if proxy and "://" not in proxy else proxy
