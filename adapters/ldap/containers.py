"""Containers: the entries at ``people``, ``departments`` … below which ours are put."""

from __future__ import annotations

import threading

from adapters.ldap.client import LdapClient
from adapters.ldap.dn import above, first, normal
from adapters.ldap.mapping import encoded
from domain.errors import ExistsFault, TerminalFault


class Containers:
    """Makes the places that are absent, once, before the first write."""

    def __init__(self, client: LdapClient, names: tuple[str, ...]) -> None:
        self._client, self._names = client, names
        self._lock, self._there = threading.Lock(), False

    def ensure(self) -> None:
        """Make what is absent. Raises TerminalFault where ``base_dn`` itself is, or it can't be."""
        if self._there:
            return
        with self._lock:
            if not self._there:
                base = normal(self._client.settings.base_dn)
                for name in self._names:
                    self._make(name, self._client.settings.place(name), base)
                self._there = True

    def _make(self, name: str, dn: str, base: str) -> None:
        what = f"LDAP add, {name}"
        if self._client.get(what, dn, ()) is not None:
            return
        if normal(dn) == base:
            raise no_base(what, self._client.settings.base_dn)
        self._make(name, above(dn), base)
        attribute, value = first(dn)
        if attribute.lower() != "ou":
            raise TerminalFault(
                f"{what} was not sent",
                why=f"{dn} does not exist, and only organizational units (ou=…) are made here",
                fix=f"Make it by hand, or set {name} to a place that exists.",
            )
        try:
            self._client.add(
                what, dn, {"objectClass": [b"organizationalUnit"], "ou": encoded(value)}
            )
        except ExistsFault:
            return  # another process was quicker


def no_base(what: str, base_dn: str) -> TerminalFault:
    """The entry from which everything hangs is not there, or not for us to see."""
    return TerminalFault(
        f"{what} was refused",
        why=f"there is no entry {base_dn}, or bind_dn may not see it",
        fix="Check base_dn with: ldapsearch -x -H URL -b '' -s base namingContexts",
        code="32",
    )
