"""Entries as they come over the wire, and the mark by which we know our own. Pure."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote, unquote

import msgspec

MARK = "labeledURI"
MARK_CLASS = "labeledURIObject"
"""The auxiliary class that lets any entry carry ``labeledURI`` (RFC 2079)."""


class Entry(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One entry. ``values`` are the attributes by their lower-case names; ``uuid`` is entryUUID."""

    dn: str
    uuid: str
    values: dict[str, list[bytes]]

    def texts(self, attribute: str) -> list[str]:
        """The values of an attribute that are text."""
        found = []
        for value in self.values.get(attribute.lower(), ()):
            try:
                found.append(value.decode())
            except UnicodeDecodeError:
                continue
        return found


def entry_of(response: dict[str, Any]) -> Entry:
    """An entry from what ldap3 gives for a searchResEntry."""
    values = {name.lower(): list(found) for name, found in response["raw_attributes"].items()}
    uuid = values.pop("entryuuid", [])
    return Entry(dn=response["dn"], uuid=uuid[0].decode() if uuid else "", values=values)


def mark(system: str, kind: str, key: str) -> str:
    """What says that an entry is ours: a URI with our id, in ``labeledURI``."""
    return f"orgledger:{quote(system, safe='')}/{kind}/{quote(key, safe='')}"


def key_of(entry: Entry, system: str, kind: str) -> str | None:
    """Our id, if the mark says that the system of this name put the entry there."""
    begin = mark(system, kind, "")
    for text in entry.texts(MARK):
        if text.startswith(begin):
            return unquote(text[len(begin) :].split(" ", 1)[0])
    return None
