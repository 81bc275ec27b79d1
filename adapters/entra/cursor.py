"""From where the next reading goes on, as the log keeps it between two syncs. Pure.

A delta link of directory objects is good for seven days (Graph v1.0, delta query overview).
"""

from __future__ import annotations

import hashlib

import msgspec

from adapters.entra import mapping
from adapters.entra.settings import EntraSettings
from domain.ports import Reached

LIFETIME = 7 * 24 * 3600
"""Seconds for which a delta link is good."""

SHAPE = 1
"""To be raised when records come to be made in another way: then everything is read once more."""

SHAPING = (
    "tenant_id", "client_id", "base_url", "tree", "attributes", "separator", "renamed",
    "groups_filter", "roles_filter", "owners", "guests", "managers",
)  # fmt: skip
"""Settings that change what a reading shows."""


class Cursor(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """``settings`` is the fingerprint of those under which the ledger was read.

    ``full`` is when everything was read last, ``at`` when the links were made; both in seconds
    since 1970 by Graph's clock. ``links`` are delta links by kind (``users``, ``groups``,
    ``units``). ``unasked`` are the properties that this cloud did not know.
    """

    settings: str
    full: int
    at: int
    links: dict[str, str]
    unasked: tuple[str, ...] = ()

    def write(self) -> str:
        """The text for the log."""
        return msgspec.json.encode(self).decode()


def kinds(settings: EntraSettings) -> tuple[str, ...]:
    """What has to be asked for changes. People come last: see ``adapters.entra.changes``."""
    groups = settings.tree == "groups" or bool(settings.roles_filter)
    units = settings.tree == "units"
    return (*(("groups",) if groups else ()), *(("units",) if units else ()), "users")


def read(text: str, settings: EntraSettings) -> Cursor | None:
    """The cursor, if it goes with these settings; None: everything has to be read."""
    try:
        found = msgspec.json.decode(text, type=Cursor)
    except msgspec.DecodeError:
        return None
    fits = found.settings == fingerprint(settings) and set(kinds(settings)) == found.links.keys()
    return found if fits else None


def reached(cursor: Cursor, settings: EntraSettings) -> Reached:
    """How old a cursor is, and until when it is good."""
    due = min(cursor.full + settings.full_every * 3600, cursor.at + LIFETIME)
    return Reached(full=cursor.full, at=cursor.at, due=due)


def fingerprint(settings: EntraSettings) -> str:
    """Stands for the settings that shape a reading, and for the fields that we read."""
    shaping = [getattr(settings, name) for name in SHAPING]
    named = [SHAPE, mapping.select(settings.attributes, wide=True), sorted(mapping.DETAILS)]
    text = msgspec.json.encode([shaping, named], order="sorted")
    return hashlib.blake2b(text, digest_size=10).hexdigest()
