"""What must be known to read one LDAP directory, and to write to it."""

from __future__ import annotations

import re
from typing import Any, Literal, get_args
from urllib.parse import urlsplit

import msgspec

from adapters.ldap import dn
from adapters.ldap.wire import ENTRY_UUID, OBJECT_GUID
from domain.errors import ConfigError

Closing = Literal["ou", "shadowExpire", "pwdAccountLockedTime", "nsAccountLock", "none"]
Layout = Literal["", "tree", "go-ldap-admin", "inetorgperson", "active-directory"]

PLACES = {
    "people": "ou=people",
    "departments": "ou=departments",
    "groups": "ou=groups",
    "roles": "ou=roles",
    "leavers_ou": "ou=leavers",
}
"""Where things are in the profiles that we write."""

ATTRIBUTES = {
    "member": (
        "id", "name", "email", "mobile", "job_number", "title", "avatar", "manager", "login",
        "number",
    ),
    "department": ("id", "name", "leaders", "members"),
    "role": ("id", "name", "members"),
}  # fmt: skip
"""What can be told to come from another attribute, per kind."""

CHOICES: dict[str, Any] = {
    "profile": Layout, "disabled": Closing, "tree": Literal["ou", "groups"],
}  # fmt: skip

_RELATIVE = re.compile(r"\w+=[^,]+(,\w+=[^,]+)*")


def _or(words: tuple[str, ...]) -> str:
    """A list of choices, as a person says it."""
    quoted = [f'"{word}"' for word in words if word]
    return f"{', '.join(quoted[:-1])} or {quoted[-1]}"


def _is_filter(text: str) -> bool:
    """Whether it looks like an LDAP filter (RFC 4515): brackets around it, as many open as shut."""
    return text[:1] == "(" and text[-1:] == ")" and text.count("(") == text.count(")")


class LdapSettings(msgspec.Struct, frozen=True, kw_only=True):
    """One directory, and the places in it that are ours.

    ``url`` is ``ldap://host`` or ``ldaps://host``, with ``:port`` where it is not the usual one;
    ``start_tls`` turns the former into an encrypted connection. ``ca_file`` has the certificates
    of the authorities to trust instead of the machine's; ``tls_verify = false`` trusts anybody.
    ``people``, ``departments``, ``groups``, ``roles`` and ``leavers_ou`` are DNs relative to
    ``base_dn``; in the profiles that are written, an empty one is ``ou=people`` and so on, and
    those that are absent are made before the first write; in the others it is ``base_dn`` itself
    (roles and leavers: none).
    ``profile`` is the shape of the tree: ``tree`` keeps stable ids in the names of entries,
    ``go-ldap-admin`` the shape that this tool writes; ``inetorgperson`` and ``active-directory``
    are directories of another hand, which are only read. Without it, a target has ``tree``, and a
    source the one that the directory looks like.
    ``disabled`` says how an account is closed: moved to ``leavers_ou`` (``ou``), by one of three
    attributes, or not at all (``none``). Active Directory has its own way (userAccountControl).

    As a source: ``tree`` says what the departments of those two profiles are, organizational
    units with people in them (``ou``) or groups (``groups``). ``filters`` are LDAP filters per
    kind (``member``, ``department``, ``role``) instead of the profile's; ``attributes`` say, per
    kind and field, which attribute it comes from (``"displayName || cn"``: the first that has a
    value; empty: none); ``details`` names further attributes of people to take along.
    ``connections`` is how many are open at one time, ``timeout`` the seconds for one answer.
    """

    url: str
    bind_dn: str
    bind_password: str
    base_dn: str
    start_tls: bool = False
    ca_file: str = ""
    tls_verify: bool = True
    people: str = ""
    departments: str = ""
    groups: str = ""
    roles: str = ""
    leavers_ou: str = ""
    profile: Layout = ""
    disabled: Closing = "ou"
    tree: Literal["ou", "groups"] = "ou"
    filters: dict[str, str] = {}
    attributes: dict[str, dict[str, str]] = {}
    details: tuple[str, ...] | None = None
    connections: int = 4
    timeout: int = 30

    def __post_init__(self) -> None:
        problems = [
            f"{name} must not be empty"
            for name in ("bind_dn", "bind_password", "base_dn")
            if not getattr(self, name)
        ]
        problems += self._address_problems()
        problems += [
            f"{name} is {_or(get_args(kind))}, not {getattr(self, name)!r}"
            for name, kind in CHOICES.items()
            if getattr(self, name) not in get_args(kind)
        ]
        problems += self._source_problems()
        if self.connections < 1:
            problems.append("connections must be at least 1")
        if self.timeout < 1:
            problems.append("timeout must be at least 1 second")
        problems += self._place_problems()
        if problems:
            raise ConfigError("These LDAP settings cannot be used", why="; ".join(problems))

    def _address_problems(self) -> list[str]:
        try:
            parts = urlsplit(self.url)
            usable = parts.scheme in ("ldap", "ldaps") and bool(parts.hostname)
            usable = usable and (parts.port is None or parts.port > 0)
        except ValueError:
            usable = False
        if not usable:
            return ["url must look like ldap://host, ldap://host:389 or ldaps://host"]
        if self.start_tls and parts.scheme == "ldaps":
            return ["start_tls is for ldap:// addresses; ldaps:// is encrypted from the start"]
        return []

    def _place_problems(self) -> list[str]:
        problems = [
            f"{name} must be a relative DN like {usual}"
            for name, usual in PLACES.items()
            if (given := getattr(self, name)) and not _RELATIVE.fullmatch(given)
        ]
        if not self.profile or not self.is_written:
            return problems
        seen: dict[str, str] = {}
        for name in PLACES:
            place = dn.normal(self.place(name))
            if place in seen:
                problems.append(f"{seen[place]} and {name} must be different places")
            seen.setdefault(place, name)
        return problems

    def _source_problems(self) -> list[str]:
        problems = [
            f"filters.{kind} must be a filter in brackets, for one of {', '.join(ATTRIBUTES)}"
            for kind, text in self.filters.items()
            if kind not in ATTRIBUTES or not _is_filter(text)
        ]
        for kind, fields in self.attributes.items():
            known = ATTRIBUTES.get(kind, ())
            problems += [
                f"attributes.{kind}.{name} is not a field; there are {', '.join(known) or 'none'}"
                for name in fields
                if name not in known
            ]
        if self.profile and self.is_written and self.tree != "ou":
            problems.append(f'tree = "{self.tree}" is for the other profiles, not {self.profile!r}')
        return problems

    @property
    def is_written(self) -> bool:
        """Whether the profile is one that we can write."""
        return self.profile in ("", "tree", "go-ldap-admin")

    @property
    def id_attribute(self) -> str:
        """The attribute by which entries are known, whatever they are called and wherever."""
        return OBJECT_GUID if self.profile == "active-directory" else ENTRY_UUID

    def place(self, name: str) -> str:
        """The whole DN of one of the places (``people``, ``departments`` …)."""
        given = getattr(self, name) or (PLACES[name] if self.is_written else "")
        return f"{given},{self.base_dn}" if given else self.base_dn

    def __repr__(self) -> str:
        return f"LdapSettings(url={self.url!r}, base_dn={self.base_dn!r})"
