"""Places: where the entry with an entryUUID is, remembered for the length of a run.

An entryUUID (RFC 4530) stays with its entry through renames and moves, so it is the id under
which the ledger knows an entry; calls need the entry's DN.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable

from adapters.ldap.client import NO_ATTRIBUTES, LdapClient
from adapters.ldap.dn import is_below, normal
from domain.errors import AbsentFault

SLOW_SECONDS = 2.0
"""A server without an index for entryUUID reads everything for each look-up. After this much time
spent on looking up, all names are fetched at once instead."""


class Places:
    """The DNs of one kind of entries. Used from several threads.

    ``bases`` are the places where this kind is.
    """

    def __init__(self, client: LdapClient, kind: str, bases: tuple[str, ...]) -> None:
        self._client, self._kind, self._bases = client, kind, bases
        self._known: dict[str, str] = {}
        self._lock = threading.Lock()
        self._spent, self._fetched = 0.0, False

    def put(self, uuid: str, dn: str) -> None:
        """Remember a place that we have just seen."""
        self._known[uuid] = dn

    def forget(self, uuids: Iterable[str]) -> bool:
        """Forget places that may be out of date; False if none of them was known."""
        return [uuid for uuid in uuids if self._known.pop(uuid, None) is not None] != []

    def moved(self, uuid: str, old: str, new: str) -> None:
        """An entry has another DN now, and so has everything below it."""
        top = normal(old)
        with self._lock:
            below = [u for u, dn in list(self._known.items()) if is_below(normal(dn), top)]
            self.forget(below)
        self._known[uuid] = new

    def of(self, uuid: str) -> str:
        """The DN of one entry. Raises AbsentFault where it is not there any more."""
        found = self.find((uuid,))
        if uuid not in found:
            raise AbsentFault(
                f"the {self._kind} with entryUUID {uuid} is not in the directory any more",
                why="somebody else removed it",
                code="32",
            )
        return found[uuid]

    def find(self, uuids: Iterable[str]) -> dict[str, str]:
        """The DNs of those entries that are there."""
        uuids = tuple(uuids)
        missing = [uuid for uuid in uuids if uuid not in self._known]
        if missing:
            self._look_up(missing)
        known = self._known
        return {uuid: known[uuid] for uuid in uuids if uuid in known}

    def _look_up(self, uuids: list[str]) -> None:
        if self._spent > SLOW_SECONDS:
            self._fetch_all()
            uuids = [uuid for uuid in uuids if uuid not in self._known]
        began = time.monotonic()
        for entry in self._client.by_uuid(f"LDAP search, {self._kind}", uuids):
            self._known[entry.uuid] = entry.dn
        self._spent += time.monotonic() - began

    def _fetch_all(self) -> None:
        """All names at once, the first time only."""
        with self._lock:
            if self._fetched:
                return
            for base in self._bases:
                for entry in self._client.search(
                    f"LDAP search, {self._kind}", base, "(objectClass=*)", (NO_ATTRIBUTES,)
                ):
                    self._known[entry.uuid] = entry.dn
            self._fetched = True
