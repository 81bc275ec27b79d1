"""Entries as they come over the wire, and the mark by which we know our own. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from struct import unpack
from typing import Any, NamedTuple
from urllib.parse import quote, unquote

import msgspec

MARK = "labeledURI"
MARK_CLASS = "labeledURIObject"
"""The auxiliary class that lets any entry carry ``labeledURI`` (RFC 2079)."""

ENTRY_UUID, OBJECT_GUID = "entryUUID", "objectGUID"
GUID_BYTES = 16

_WINDOWS_OWN = re.compile(r"/(CN=Configuration|DC=(Domain|Forest)DnsZones),", re.IGNORECASE)
_RANGE = re.compile(r"([^;]+);range=\d+-(\d+|\*)")


class Entry(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One entry. ``values`` are the attributes by their lower-case names.

    An attribute that is shown without a value is there: lldap says in this way that a group is
    empty, and Active Directory that the values come in parts under another name.
    ``uuid`` is its entryUUID, or in Active Directory its objectGUID, as text.
    """

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
    given = response["raw_attributes"].items()
    values = {name.lower(): list(found) for name, found in given}
    uuid, guid = values.pop(ENTRY_UUID.lower(), None), values.pop(OBJECT_GUID.lower(), None)
    text = uuid[0].decode() if uuid else guid_text(guid[0]) if guid else ""
    return Entry(dn=response["dn"], uuid=text, values=values)


def guid_text(value: bytes) -> str:
    """An objectGUID as text: its first three fields have the low byte first (MS-DTYP, 2.3.4)."""
    if len(value) != GUID_BYTES:
        return ""
    low, middle, high = unpack("<IHH", value[:8])  # little-endian, the rest as it stands
    return f"{low:08x}-{middle:04x}-{high:04x}-{value[8:10].hex()}-{value[10:].hex()}"


class Part(NamedTuple):
    """A part of an attribute's values: ``key`` is ``member;range=0-1499``, ``last`` 1499.

    None is the end of the values.
    """

    key: str
    attribute: str
    last: int | None


def parts(values: dict[str, list[bytes]]) -> list[Part]:
    """The attributes of which the server gave a part (range retrieval, MS-ADTS 3.1.1.3.1.3.3)."""
    found = ((key, _RANGE.fullmatch(key)) for key in values if ";range=" in key)
    return [Part(key, m[1], None if m[2] == "*" else int(m[2])) for key, m in found if m]


def elsewhere(addresses: Iterable[str]) -> set[str]:
    """The addresses of other servers, but for what Active Directory keeps for itself.

    A search from a domain's top refers to its configuration and its DNS, where nobody is.
    """
    return {address for address in addresses if not _WINDOWS_OWN.search(unquote(address))}


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
