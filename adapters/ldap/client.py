"""The LDAP client: a few connections, each in a worker thread of its own (ldap3 is blocking).

Everything but ``run`` and ``close`` blocks and belongs into ``run``.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any, ParamSpec, TypeVar
from urllib.parse import urlsplit

import ldap3
from ldap3.core import exceptions as trouble
from ldap3.protocol.rfc4527 import post_read_control

from adapters.http.trust import distrust
from adapters.ldap import errors
from adapters.ldap.dn import escape_filter
from adapters.ldap.settings import LdapSettings
from adapters.ldap.tls import CheckedTls
from adapters.ldap.wire import ENTRY_UUID, OBJECT_GUID, Entry, entry_of, parts
from domain.errors import AbsentFault, TerminalFault

P = ParamSpec("P")
T = TypeVar("T")

ADD, DELETE, REPLACE = ldap3.MODIFY_ADD, ldap3.MODIFY_DELETE, ldap3.MODIFY_REPLACE
BASE, ONE, SUBTREE = ldap3.BASE, ldap3.LEVEL, ldap3.SUBTREE

Modifications = Sequence[tuple[str, str, list[bytes]]]
"""Operation (``ADD``, ``DELETE``, ``REPLACE``), attribute, values."""

CONNECT_SECONDS = 5
PAGE = 500
"""Entries per page of a search (RFC 2696). Active Directory gives up to 1,000 (MaxPageSize)."""

PAGING = "1.2.840.113556.1.4.319"
"""The control for paged results (RFC 2696)."""

EMPTY_PAGES = 1000
"""So many pages in a row may be empty; Active Directory ends a page when its time is up."""

CUT = (errors.SIZE_LIMIT, errors.ADMIN_LIMIT)
"""Results that come after a part of the entries."""

POST_READ = "1.3.6.1.1.13.2"
"""The control by which an add tells the new entry's entryUUID (RFC 4527)."""

UUIDS_PER_FILTER = 100
NO_ATTRIBUTES = "1.1"


class LdapClient:
    """Calls of one directory. ``name`` is the system's id in the configuration.

    Every call raises the fault that its result code means (:mod:`adapters.ldap.errors`):
    TransientFault with code ``connect`` or ``lost`` where the connection is the trouble.
    """

    def __init__(self, name: str, settings: LdapSettings) -> None:
        self.name, self.settings = name, settings
        self._threads = ThreadPoolExecutor(settings.connections, thread_name_prefix="ldap")
        self._mine = threading.local()
        self._open: set[ldap3.Connection] = set()
        self._lock = threading.Lock()
        self.writes_post_read = True
        self.calls = 0
        active_directory = settings.profile == "active-directory"
        self.id_attribute = OBJECT_GUID if active_directory else ENTRY_UUID

    async def run(self, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run a blocking call in one of the worker threads."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads, lambda: call(*args, **kwargs))

    async def close(self) -> None:
        """Wait for what is under way (at most ``timeout`` seconds) and close the connections."""
        await asyncio.to_thread(self._threads.shutdown, wait=True, cancel_futures=True)
        with self._lock:
            connections, self._open = self._open, set()
        for connection in connections:
            await asyncio.to_thread(_leave, connection)

    def add(self, what: str, dn: str, attributes: dict[str, list[bytes]]) -> str:
        """Create an entry; returns its entryUUID."""
        controls = [post_read_control(["entryUUID"])] if self.writes_post_read else None
        result = self._call(what, "add", dn, None, attributes, controls=controls)
        said = (result.get("controls") or {}).get(POST_READ)
        if said is not None:
            uuids = said["value"]["result"].get("entryUUID") or [""]
            return str(uuids[0])
        self.writes_post_read = False
        found = self.get(what, dn, ())
        return found.uuid if found is not None else ""

    def modify(self, what: str, dn: str, modifications: Modifications) -> None:
        """Change attributes of an entry, all or none; replacing by nothing removes."""
        changes: dict[str, list[tuple[str, list[bytes]]]] = {}
        for operation, attribute, values in modifications:
            changes.setdefault(attribute, []).append((operation, values))
        self._call(what, "modify", dn, changes)

    def rename(self, what: str, dn: str, step: str, above: str | None = None) -> None:
        """Give an entry another RDN, and with ``above`` another place, with all below it."""
        self._call(what, "modify_dn", dn, step, new_superior=above)

    def delete(self, what: str, dn: str) -> None:
        """Delete an entry that has nothing below it."""
        self._call(what, "delete", dn)

    def get(self, what: str, dn: str, attributes: Sequence[str]) -> Entry | None:
        """One entry with these attributes, or None where there is none."""
        return next(self.search(what, dn, "(objectClass=*)", attributes, scope=BASE), None)

    def by_uuid(self, what: str, uuids: Sequence[str]) -> Iterator[Entry]:
        """The entries with these entryUUIDs that are anywhere below ``base_dn``; names only."""
        for start in range(0, len(uuids), UUIDS_PER_FILTER):
            terms = [f"(entryUUID={escape_filter(u)})" for u in uuids[start:][:UUIDS_PER_FILTER]]
            text = terms[0] if len(terms) == 1 else f"(|{''.join(terms)})"
            yield from self.search(what, self.settings.base_dn, text, (NO_ATTRIBUTES,))

    def search(
        self,
        what: str,
        base: str,
        filter_: str,
        attributes: Sequence[str],
        *,
        scope: str = SUBTREE,
        page: int = PAGE,
    ) -> Iterator[Entry]:
        """All entries that match, page by page; nothing where ``base`` does not exist.

        Where the server stops at a limit, the entries before it come, and then the fault.
        Belongs to one thread from the first entry to the last: a page's cookie is bound to its
        connection.
        """
        wanted = [*attributes, self.id_attribute]
        cookie: bytes | None = None
        first, empty = "", 0
        while True:
            paging: dict[str, Any] = {}
            if scope != BASE:
                paging = {"paged_size": page, "paged_cookie": cookie}
            cut: TerminalFault | None = None
            result: dict[str, Any] = {}
            try:
                result = self._call(
                    what, "search", base, filter_, search_scope=scope, attributes=wanted, **paging
                )
            except AbsentFault:
                return
            except TerminalFault as fault:
                if fault.code not in CUT:
                    raise
                cut = fault
            response = self._connection(what).response or ()
            found = [entry_of(entry) for entry in response if entry["type"] == "searchResEntry"]
            for entry in found:
                yield self._whole(what, entry)
            if cut is not None:
                raise cut
            paged = (result.get("controls") or {}).get(PAGING)
            cookie = paged["value"]["cookie"] if paged else None
            if not cookie:
                return
            empty = 0 if found else empty + 1
            if (found and found[0].dn == first) or empty > EMPTY_PAGES:
                raise errors.stuck(what)
            first = found[0].dn if found else first

    def is_any(self, what: str, base: str, filter_: str) -> bool:
        """Whether an entry matches."""
        return any(True for _ in self.search(what, base, filter_, (NO_ATTRIBUTES,), page=1))

    def _whole(self, what: str, entry: Entry) -> Entry:
        """Fetch the rest where the server gave a part of an attribute's values."""
        for part in parts(entry.values):
            values, last = entry.values.pop(part.key), part.last
            while last is not None:
                wanted = f"{part.attribute};range={last + 1}-*"
                self._call(
                    what, "search", entry.dn, "(objectClass=*)", search_scope=BASE,
                    attributes=[wanted],
                )  # fmt: skip
                response = self._connection(what).response or ()
                rest = next((entry_of(r) for r in response if r["type"] == "searchResEntry"), None)
                more = next(iter(parts(rest.values)), None) if rest is not None else None
                if rest is None or more is None:
                    break  # values were removed meanwhile
                if more.last is not None and more.last <= last:
                    raise errors.stuck(what)
                values += rest.values[more.key]
                last = more.last
            entry.values[part.attribute] = values
        return entry

    def root(self) -> Entry | None:
        """The server's description of itself (rootDSE)."""
        return self.get("LDAP rootDSE", "", ("+", "*"))

    def _call(self, what: str, method: str, *args: Any, **kwargs: Any) -> dict[str, Any]:
        connection = self._connection(what)
        with self._lock:
            self.calls += 1
        try:
            getattr(connection, method)(*args, **kwargs)
        except (trouble.LDAPCommunicationError, trouble.LDAPResponseTimeoutError) as error:
            self._drop(connection)
            raise errors.lost(what) from error
        except trouble.LDAPExceptionError as error:
            raise TerminalFault(
                f"{what} was not sent", why=f"ldap3 refuses it ({type(error).__name__})"
            ) from error
        result: dict[str, Any] = connection.result
        if str(result["result"]) != errors.SUCCESS:
            raise errors.fault_of(what, result)
        return result

    def _connection(self, what: str) -> ldap3.Connection:
        """This thread's connection, opened when there is none."""
        connection = getattr(self._mine, "connection", None)
        if connection is None:
            connection = self._sign_in(what)
            self._mine.connection = connection
            with self._lock:
                self._open.add(connection)
        return connection

    def _sign_in(self, what: str) -> ldap3.Connection:
        place, parts = self.settings, urlsplit(self.settings.url)
        tls = CheckedTls(ca_file=place.ca_file, verify=place.tls_verify)
        secure = parts.scheme == "ldaps"
        server = ldap3.Server(
            parts.hostname, port=parts.port or (636 if secure else 389), use_ssl=secure, tls=tls,
            get_info=ldap3.NONE, connect_timeout=CONNECT_SECONDS,
        )  # fmt: skip
        connection = ldap3.Connection(
            server, place.bind_dn, place.bind_password, check_names=False, auto_referrals=False,
            receive_timeout=place.timeout, raise_exceptions=False,
        )  # fmt: skip
        what = f"LDAP sign-in to {parts.hostname} ({self.name})"
        try:
            connection.open(read_server_info=False)
            if place.start_tls:
                connection.start_tls(read_server_info=False)
            connection.bind(read_server_info=False)
        except trouble.LDAPExceptionError as error:
            _leave(connection)
            if tls.failure is not None:
                found = distrust(tls.failure, authority="ca_file", plain="ldap://")
                raise errors.untrusted(what, found.why, found.fix) from None
            if isinstance(error, trouble.LDAPStartTLSError):
                why = "the server does not offer StartTLS"
                raise errors.untrusted(what, why, "Is there an ldaps:// url?") from None
            if isinstance(error, trouble.LDAPSocketOpenError):
                raise errors.unreachable(what) from error
            raise errors.unanswered(what) from error
        if str(connection.result["result"]) != errors.SUCCESS:
            result = connection.result
            _leave(connection)
            raise errors.sign_in_fault(what, result)
        return connection

    def _drop(self, connection: ldap3.Connection) -> None:
        self._mine.connection = None
        with self._lock:
            self._open.discard(connection)
        _leave(connection)


def _leave(connection: ldap3.Connection) -> None:
    """Say good-bye if it can still be said; ldap3 leaves the socket of a failed attempt open."""
    socket = connection.socket
    with suppress(trouble.LDAPExceptionError, OSError):
        connection.unbind()
    if socket is not None:
        socket.close()
