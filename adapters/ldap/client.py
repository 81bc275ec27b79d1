"""The LDAP client: a few connections, each in a worker thread of its own (ldap3 is blocking).

Everything but ``run`` and ``close`` blocks and belongs into ``run``.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, ParamSpec, TypeVar

import ldap3
from ldap3.core import exceptions as trouble
from ldap3.protocol.rfc4527 import post_read_control

from adapters.ldap import connecting, errors
from adapters.ldap.connecting import NONSENSE, leave, sever, sign_in
from adapters.ldap.dn import escape_filter
from adapters.ldap.settings import LdapSettings
from adapters.ldap.wire import Entry, entry_of, parts
from adapters.ldap.wire import elsewhere as referred
from domain.errors import AbsentFault, TerminalFault

P = ParamSpec("P")
T = TypeVar("T")

ADD, DELETE, REPLACE = ldap3.MODIFY_ADD, ldap3.MODIFY_DELETE, ldap3.MODIFY_REPLACE
BASE, ONE, SUBTREE = ldap3.BASE, ldap3.LEVEL, ldap3.SUBTREE

Modifications = Sequence[tuple[str, str, list[bytes]]]
"""Operation (``ADD``, ``DELETE``, ``REPLACE``), attribute, values."""

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

REFERENCE = "searchResRef"
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
        self._closing = False
        self.calls = 0

    async def run(self, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run a blocking call in one of the worker threads."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads, lambda: call(*args, **kwargs))

    def sign_in(self) -> None:
        """Open this thread's connection; the fault is the reason why it does not come about."""
        self._connection("LDAP sign-in")

    async def close(self) -> None:
        """Close the connections. A call that is under way gets ``timeout`` seconds to end.

        Longer work, such as a listing of which nobody waits for the end, is broken off.
        """
        self._closing = True
        severing = asyncio.get_running_loop().call_later(self.settings.timeout, self._sever)
        try:
            await asyncio.to_thread(self._threads.shutdown, wait=True, cancel_futures=True)
        finally:
            severing.cancel()
        with self._lock:
            connections, self._open = self._open, set()
        for connection in connections:
            await asyncio.to_thread(leave, connection)

    def _sever(self) -> None:
        with self._lock:
            for connection in self._open:
                sever(connection)

    def add(self, what: str, dn: str, attributes: dict[str, list[bytes]]) -> str:
        """Create an entry; returns its entryUUID."""
        controls = [post_read_control(["entryUUID"])] if self.writes_post_read else None
        result = self._call(what, "add", dn, None, attributes, controls=controls)
        said = (result.get("controls") or {}).get(POST_READ)
        shown = said["value"]["result"] if said is not None else {}
        uuids = next((v for name, v in shown.items() if name.lower() == "entryuuid"), None)
        if uuids:
            return str(uuids[0])
        self.writes_post_read = False
        found = self.get(what, dn, ())
        if found is None or not found.uuid:
            raise errors.unknown(what)
        return found.uuid

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
        there: bool = False,
        elsewhere: set[str] | None = None,
    ) -> Iterator[Entry]:
        """All entries that match, page by page; nothing where ``base`` does not exist.

        ``there``: it should exist, and AbsentFault is raised where it does not.
        Where the server stops at a limit, the entries before it come, and then the fault.
        ``elsewhere`` is given the addresses of other servers that are said to hold parts of the
        tree (continuation references, RFC 4511, 4.5.3); they are not asked.
        Belongs to one thread from the first entry to the last: a page's cookie is bound to its
        connection.
        """
        wanted = [*attributes, self.settings.id_attribute]
        cookie: bytes | None = None
        first, empty = "", 0
        while True:
            paging: dict[str, Any] = {}
            if scope != BASE:
                paging = {"paged_size": page, "paged_cookie": cookie}
            try:
                result, cut = self._page(
                    what, base, filter_, search_scope=scope, attributes=wanted, **paging
                )
            except AbsentFault:
                if there:
                    raise
                return
            response = self._connection(what).response or ()
            if elsewhere is not None:
                elsewhere |= referred(
                    u for r in response if r["type"] == REFERENCE for u in r["uri"]
                )
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

    def _page(
        self, what: str, base: str, filter_: str, **asked: Any
    ) -> tuple[dict[str, Any], TerminalFault | None]:
        """One page's result, and the fault if the server's limits end the list with it."""
        never = ldap3.DEREF_NEVER
        try:
            return self._call(
                what, "search", base, filter_, dereference_aliases=never, **asked
            ), None
        except TerminalFault as fault:
            if fault.code not in CUT:
                raise
            return {}, fault

    def is_any(self, what: str, base: str, filter_: str) -> bool:
        """Whether an entry matches."""
        return any(True for _ in self.search(what, base, filter_, (NO_ATTRIBUTES,), page=1))

    def _whole(self, what: str, entry: Entry) -> Entry:
        """Fetch the rest where the server gave a part of an attribute's values."""
        for part in parts(entry.values):
            values, last = entry.values.pop(part.key), part.last
            while last is not None:
                wanted = f"{part.attribute};range={last + 1}-*"
                rest = self._part(what, entry.dn, wanted)
                more = next(iter(parts(rest.values)), None)
                if more is None:
                    break  # values were removed meanwhile
                if more.last is not None and more.last <= last:
                    raise errors.stuck(what)
                values += rest.values[more.key]
                last = more.last
            entry.values[part.attribute] = values
        return entry

    def _part(self, what: str, dn: str, wanted: str) -> Entry:
        """A further part of the values of an entry that was there a moment ago."""
        try:
            self._call(
                what, "search", dn, "(objectClass=*)", search_scope=BASE, attributes=[wanted]
            )
        except AbsentFault:
            raise errors.moved(what) from None
        response = self._connection(what).response or ()
        rest = next((entry_of(r) for r in response if r["type"] == "searchResEntry"), None)
        if rest is None:
            raise errors.moved(what)
        return rest

    def root(self) -> Entry | None:
        """The server's description of itself (rootDSE)."""
        return self.get("LDAP rootDSE", "", ("+", "*"))

    def _call(self, what: str, method: str, *args: Any, **kwargs: Any) -> dict[str, Any]:
        if self._closing:
            raise errors.lost(what)
        connection = self._connection(what)
        with self._lock:
            self.calls += 1
        try:
            connection.socket.begin(connecting.WHOLE * self.settings.timeout)
            getattr(connection, method)(*args, **kwargs)
        except (
            trouble.LDAPCommunicationError,
            trouble.LDAPResponseTimeoutError,
            *NONSENSE,
        ) as error:
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
            connection = sign_in(self.name, self.settings)
            self._mine.connection = connection
            with self._lock:
                self._open.add(connection)
        return connection

    def _drop(self, connection: ldap3.Connection) -> None:
        self._mine.connection = None
        with self._lock:
            self._open.discard(connection)
        leave(connection)
