"""Mapping: from entries to what is kept of them, and from that to records. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable
from datetime import UTC, datetime
from typing import Any

import msgspec
from msgspec import UNSET, UnsetType

from adapters.ldap.accounts import Accounts
from adapters.ldap.dn import above, first, is_below, normal, same
from adapters.ldap.settings import LdapSettings
from adapters.ldap.source_profiles import Names, Profile
from adapters.ldap.wire import Entry
from domain.records import MemberRecord

TEXTS = ("email", "mobile", "job_number", "title", "avatar")
"""Fields of a person that are one text each."""

ACCOUNT_DISABLED = 0x2
"""userAccountControl, ADS_UF_ACCOUNTDISABLE. The bit for a lock-out (0x10) says nothing: AD keeps
that elsewhere, and it passes by itself."""

NEVER = (0, 0x7FFFFFFFFFFFFFFF)
"""accountExpires of accounts that never do (MS-ADA1 2.1)."""

EPOCH_1601, TICKS = 11_644_473_600, 10_000_000
"""Seconds from 1601 to 1970, and parts of accountExpires in one second."""

NEEDS_MEMBERS = frozenset(["groupofnames", "groupofuniquenames"])
"""Object classes of which every entry has a member (RFC 4519, 3.5 and 3.6)."""

LOGIN = "login:"
"""Before a reference that is a login, not a DN; no normalised DN begins with it."""


class Person(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What is kept of one person's entry. DNs are normalised, but ``container``, which is above it.

    ``number`` is what a person keeps under a new entry. ``active`` is None where it can't be told;
    ``group`` is the RID of the primary group (AD).
    """

    id: str
    dn: str
    container: str
    name: str
    texts: tuple[str | None, ...]
    login: str | None
    number: str | None
    manager: str | None
    active: bool | None
    group: int | None
    details: tuple[Any, ...]


class Unit(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What is kept of a department, a group or a role. ``members`` and ``leaders`` are references.

    ``open``: it shows no member, and its object class says that it has one. ``rid`` is the number
    by which people name it as their primary group (AD).
    """

    id: str
    dn: str
    raw_dn: str
    name: str
    members: tuple[str, ...]
    leaders: tuple[str, ...]
    open: bool
    rid: int | None


def text_of(entry: Entry, names: Iterable[str]) -> str | None:
    """The first value there is. Of several values, the one in the entry's own name counts."""
    for name in names:
        values = [text for text in entry.texts(name) if text.strip()]
        if len(values) > 1:
            attribute, value = first(entry.dn)
            return value if attribute.lower() == name.lower() else values[0]
        if values:
            return values[0]
    return None


def reference(text: str) -> str:
    """A DN or a login (``memberUid``), in the form in which it is compared."""
    return normal(text) if "=" in text else login_reference(text)


def login_reference(login: str) -> str:
    """The reference that a login is (``memberUid``, RFC 2307)."""
    return LOGIN + same(login)


def references(entry: Entry, names: Iterable[str]) -> tuple[str, ...]:
    """All values of several attributes, as references."""
    return tuple(dict.fromkeys(reference(t) for name in names for t in entry.texts(name)))


def id_of(entry: Entry, names: Names) -> str:
    """The stable id; empty where the entry shows none."""
    given = names.get("id")
    return (text_of(entry, given) or "") if given else entry.uuid


class Reader:
    """Turns entries of people into what is kept of them, at the moment ``now``.

    ``left`` is the normalised DN below which accounts are closed, if there is one.
    """

    def __init__(self, settings: LdapSettings, profile: Profile, now: datetime) -> None:
        self._names, self._details = profile.attributes["member"], profile.details
        self._accounts, self._now = Accounts(settings), now.astimezone(UTC).timestamp()
        self.windows = settings.profile == "active-directory"
        moved = settings.is_written and settings.disabled == "ou"
        self.left = normal(self._accounts.leavers) if moved or settings.leavers_ou else None
        self._containers: dict[str, str] = {}

    @property
    def state(self) -> tuple[str, ...]:
        """The attributes that say whether an account is open."""
        if self.windows:
            return ("userAccountControl",)
        return {"shadowExpire": ("shadowExpire",)}.get(
            self._accounts.way, self._accounts.attributes
        )

    @property
    def attributes(self) -> tuple[str, ...]:
        """All attributes to ask for."""
        named = [name for names in self._names.values() for name in names]
        windows = ("accountExpires", "primaryGroupID") if self.windows else ()
        return tuple(dict.fromkeys((*named, *self._details, *self.state, *windows)))

    def person(self, entry: Entry) -> Person:
        """One person. An empty id says that the entry shows none."""
        names = self._names
        manager = next(iter(references(entry, names.get("manager", ()))), None)
        container = above(entry.dn)
        return Person(
            id=id_of(entry, names),
            dn=normal(entry.dn),
            container=self._containers.setdefault(container, container),
            name=text_of(entry, names["name"]) or "",
            texts=tuple(text_of(entry, names.get(field, ())) for field in TEXTS),
            login=text_of(entry, names.get("login", ())),
            number=text_of(entry, names.get("number", ())),
            manager=manager,
            active=self._is_active(entry),
            group=number(entry, "primaryGroupID"),
            details=tuple(_detail(entry, name) for name in self._details),
        )

    def _is_active(self, entry: Entry) -> bool | None:
        if self.left is not None and is_below(normal(entry.dn), self.left):
            return False
        if self.windows:
            flags = number(entry, "userAccountControl")
            if flags is None:
                return None
            expires = number(entry, "accountExpires") or 0
            expired = expires not in NEVER and expires / TICKS - EPOCH_1601 <= self._now
            return not flags & ACCOUNT_DISABLED and not expired
        return True if self._accounts.way in ("ou", "none") else self._accounts.is_active(entry)


def unit_of(entry: Entry, names: Names) -> Unit:
    """A department, a group or a role."""
    named = names.get("members", ())
    members = references(entry, named)
    told = any(name.lower() in entry.values for name in named)
    classes = {text.lower() for text in entry.texts("objectClass")}
    return Unit(
        id=id_of(entry, names),
        dn=normal(entry.dn),
        raw_dn=entry.dn,
        name=text_of(entry, names["name"]) or "",
        members=members,
        leaders=references(entry, names.get("leaders", ())),
        open=not told and bool(classes & NEEDS_MEMBERS),
        rid=_rid(entry),
    )


def number(entry: Entry, name: str) -> int | None:
    """A whole number, None where there is none."""
    text = next(iter(entry.texts(name)), "").strip()
    return int(text) if text.removeprefix("-").isdecimal() else None


def _rid(entry: Entry) -> int | None:
    """The last part of a security identifier: four bytes, the low one first (MS-DTYP 2.4.2.2)."""
    sid = next(iter(entry.values.get("objectsid", ())), b"")
    return int.from_bytes(sid[-4:], "little") if len(sid) > 8 else None


def _detail(entry: Entry, name: str) -> Any:
    values = [text for text in entry.texts(name) if text.strip()]
    return sorted(values) if len(values) > 1 else next(iter(values), None)


class Records:
    """Makes member records. ``hidden`` are fields that nobody shows, ``blind`` such details."""

    def __init__(
        self, profile: Profile, people: Collection[Person], hidden: set[str], blind: set[str]
    ) -> None:
        self._profile, self._hidden, self._blind = profile, hidden, blind
        self._fields = profile.attributes["member"]
        numbers = Counter(person.number for person in people)
        self._numbers = {n for n, count in numbers.items() if n is not None and count == 1}

    def _is_known(self, field: str) -> bool:
        return bool(self._fields.get(field)) and field not in self._hidden

    def record(
        self,
        person: Person,
        departments: tuple[str, ...],
        manager: Callable[[str], str | UnsetType | None],
    ) -> MemberRecord:
        """One record; ``manager`` finds the id of the person at a DN."""
        texts = dict(zip(TEXTS, person.texts, strict=True))
        fields: dict[str, Any] = {f: v for f, v in texts.items() if self._is_known(f)}
        if self._is_known("manager"):
            fields["manager"] = manager(person.manager) if person.manager else None
        if person.active is not None and "active" not in self._hidden:
            fields["active"] = person.active
        if person.number in self._numbers:
            fields["keys"] = {"number": person.number}
        details = {
            name: value
            for name, value in zip(self._profile.details, person.details, strict=True)
            if name not in self._blind
        }
        if self._is_known("login"):
            details["login"] = person.login
        return MemberRecord(
            id=person.id, name=person.name, departments=departments,
            details=details or UNSET, **fields,
        )  # fmt: skip
