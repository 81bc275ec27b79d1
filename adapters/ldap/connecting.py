"""Connecting: from settings to a signed-in connection, on which no wait is without an end."""

from __future__ import annotations

import socket
import time
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

import ldap3
from ldap3.core import exceptions as trouble

from adapters.http.trust import distrust
from adapters.ldap import errors
from adapters.ldap.settings import LdapSettings
from adapters.ldap.tls import CheckedTls

CONNECT_SECONDS = 5

NONSENSE = (LookupError, TypeError, ValueError)
"""What ldap3 stumbles over where the other side does not speak LDAP: it decodes without checks."""

WHOLE = 10
"""One answer, from its first byte to its last, takes at most so many times ``timeout``."""


class Bounded:
    """A socket that gives up on an answer which never ends, however steadily it comes.

    ldap3 bounds the wait for the next bytes only.
    """

    def __init__(self, inner: socket.socket) -> None:
        self._inner, self._end = inner, 0.0

    def begin(self, seconds: float) -> None:
        """The next answer begins, and ends in so many seconds."""
        self._end = time.monotonic() + seconds

    def recv(self, size: int) -> bytes:
        if time.monotonic() > self._end:
            raise TimeoutError("the answer does not end")
        return self._inner.recv(size)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)


def sign_in(name: str, settings: LdapSettings) -> ldap3.Connection:
    """A connection that is open, encrypted where that is asked for, and bound.

    Raises CredentialFault where nothing better can come of another try, else TransientFault.
    """
    parts = urlsplit(settings.url)
    tls = CheckedTls(ca_file=settings.ca_file, verify=settings.tls_verify)
    secure = parts.scheme == "ldaps"
    server = ldap3.Server(
        parts.hostname, port=parts.port or (636 if secure else 389), use_ssl=secure, tls=tls,
        get_info=ldap3.NONE, connect_timeout=CONNECT_SECONDS,
    )  # fmt: skip
    connection = ldap3.Connection(
        server, settings.bind_dn, settings.bind_password, check_names=False, auto_referrals=False,
        receive_timeout=settings.timeout, raise_exceptions=False, return_empty_attributes=False,
        auto_range=False,  # ldap3's own way of fetching the rest of the values may never end
    )  # fmt: skip
    what = f"LDAP sign-in to {parts.hostname} ({name})"
    try:
        connection.open(read_server_info=False)
        if settings.start_tls:
            connection.start_tls(read_server_info=False)
        connection.socket = Bounded(connection.socket)
        connection.socket.begin(settings.timeout)
        connection.bind(read_server_info=False)
    except (trouble.LDAPExceptionError, *NONSENSE) as error:
        leave(connection)
        if tls.failure is not None:
            found = distrust(tls.failure, authority="ca_file", plain="ldap://")
            raise errors.untrusted(what, found.why, found.fix) from None
        if isinstance(error, trouble.LDAPStartTLSError) and not tls.began:
            why = "the server does not offer StartTLS"
            raise errors.untrusted(what, why, "Is there an ldaps:// url?") from None
        if isinstance(error, trouble.LDAPSocketOpenError):
            raise errors.unreachable(what) from error
        raise errors.unanswered(what) from error
    result: dict[str, Any] = connection.result
    if str(result["result"]) != errors.SUCCESS:
        leave(connection)
        raise errors.sign_in_fault(what, result)
    return connection


def leave(connection: ldap3.Connection) -> None:
    """Say good-bye if it can still be said; ldap3 leaves the socket of a failed attempt open."""
    inner = connection.socket
    with suppress(trouble.LDAPExceptionError, OSError):
        connection.unbind()
    if inner is not None:
        inner.close()


def sever(connection: ldap3.Connection) -> None:
    """End a connection under whoever waits for an answer on it; any thread may."""
    inner = connection.socket
    if inner is not None:
        with suppress(OSError):
            inner.shutdown(socket.SHUT_RDWR)
