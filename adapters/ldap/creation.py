"""Creation: an entry with our mark, made once even if it is asked for twice. Blocking."""

from __future__ import annotations

from adapters.ldap.client import LdapClient
from adapters.ldap.wire import MARK, key_of, mark
from domain.delivery.operation import Change
from domain.errors import ExistsFault


def put(
    client: LdapClient,
    change: Change,
    kind: str,
    dn: str,
    attributes: dict[str, list[bytes]],
    *,
    again: bool,
) -> str:
    """Add an entry and return its entryUUID.

    With ``again`` an entry of that name which carries our mark is the one that an earlier try
    made. Raises ExistsFault for any other.
    """
    what = said("add", change)
    sign = mark(client.name, kind, change.key)
    try:
        return client.add(what, dn, {**attributes, MARK: [sign.encode()]})
    except ExistsFault:
        found = client.get(what, dn, (MARK,)) if again else None
        if found is None or key_of(found, client.name, kind) != change.key:
            raise
        return found.uuid


def said(operation: str, change: Change) -> str:
    """How an operation is called in errors."""
    return f"LDAP {operation}, {change.kind} {change.key}"
