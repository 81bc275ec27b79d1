"""Why nothing could be sent, in words that name what to mend."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator

import httpx

from adapters.http.pool import UnspokenProxyError
from adapters.http.trust import distrust
from domain.errors import CredentialFault, SystemFault, TerminalFault, TransientFault

NEVER_SENT = "connect"
"""Code of a failure that happened before anything was sent."""


UNSENDABLE = (
    httpx.UnsupportedProtocol,
    UnspokenProxyError,
    httpx.LocalProtocolError,
    UnicodeEncodeError,
)
"""What no other attempt would fare better with."""


def unsendable(what: str, error: Exception) -> SystemFault:
    """The fault of one of ``UNSENDABLE``: something in the settings or the environment."""
    called = f"{what} cannot be called"
    if isinstance(error, httpx.UnsupportedProtocol):
        return TerminalFault(called, why="the address is no http address", code="address")
    if isinstance(error, UnspokenProxyError):
        why = f"the environment names a proxy of the kind {error}, which is not spoken here"
        fix = "Set HTTPS_PROXY to an HTTP proxy, or name the host in NO_PROXY."
        return CredentialFault(called, why=why, fix=fix, code="proxy")
    why = "the token or secret has a character that no header can carry"  # h11, httpx
    fix = "Enter it anew, without line ends and with plain letters only."
    return CredentialFault(called, why=why, fix=fix, code="header")


def unreached(what: str, url: httpx.URL, error: Exception) -> SystemFault:
    """The fault of a connection to ``url`` that did not come about; only its host is named.

    A server that is not trusted stops the run: no other call would fare better.
    """
    causes = tuple(_causes(error))
    refused = next((e for e in causes if isinstance(e, ssl.SSLError)), None)
    if refused is not None:
        found = distrust(refused, authority="SSL_CERT_FILE", plain="http://")
        why = f"{url.host}: {found.why}"
        return CredentialFault(f"{what} was not sent", why=why, fix=found.fix, code="tls")
    return TransientFault(
        f"{what} cannot be reached",
        why=f"no connection to {url.host}, {_said(url, error, causes)}",
        fix="Check the network, the proxy and the address in the configuration.",
        code=NEVER_SENT,
    )


def _said(url: httpx.URL, error: Exception, causes: tuple[BaseException, ...]) -> str:
    if any(isinstance(e, socket.gaierror) for e in causes):
        return "the name cannot be looked up"
    if any(isinstance(e, ConnectionRefusedError) for e in causes):
        return f"nobody listens at port {url.port or (443 if url.scheme == 'https' else 80)}"
    if isinstance(error, httpx.TimeoutException | TimeoutError):
        return "it does not answer"
    return type(error).__name__


def _causes(error: BaseException) -> Iterator[BaseException]:
    """An error and what led to it, as asyncio, httpcore and httpx hand it on."""
    found: BaseException | None = error
    while found is not None:
        yield found
        found = found.__cause__ or found.__context__
