"""What must be known to write to one LDAP directory."""

from __future__ import annotations

import re
from typing import Literal
from urllib.parse import urlsplit

import msgspec

from adapters.ldap import dn
from domain.errors import ConfigError

Closing = Literal["ou", "shadowExpire", "pwdAccountLockedTime", "none"]

_RELATIVE = re.compile(r"\w+=[^,]+(,\w+=[^,]+)*")


class LdapSettings(msgspec.Struct, frozen=True, kw_only=True):
    """One directory, and the places in it that are ours.

    ``url`` is ``ldap://host`` or ``ldaps://host``, with ``:port`` where it is not the usual one;
    ``start_tls`` turns the former into an encrypted connection. ``ca_file`` has the certificates
    of the authorities to trust instead of the machine's; ``tls_verify = false`` trusts anybody.
    ``people``, ``departments``, ``groups``, ``roles`` and ``leavers_ou`` are DNs relative to
    ``base_dn``; those that are absent are made before the first write.
    ``profile`` is the shape of the tree: ``tree`` keeps stable ids in the names of entries,
    ``go-ldap-admin`` the shape that this tool writes.
    ``disabled`` says how an account is closed: moved to ``leavers_ou`` (``ou``), by one of two
    attributes, or not at all (``none``).
    ``connections`` is how many are open at one time, ``timeout`` the seconds for one answer.
    """

    url: str
    bind_dn: str
    bind_password: str
    base_dn: str
    start_tls: bool = False
    ca_file: str = ""
    tls_verify: bool = True
    people: str = "ou=people"
    departments: str = "ou=departments"
    groups: str = "ou=groups"
    roles: str = "ou=roles"
    leavers_ou: str = "ou=leavers"
    profile: Literal["tree", "go-ldap-admin"] = "tree"
    disabled: Closing = "ou"
    connections: int = 4
    timeout: int = 30

    def __post_init__(self) -> None:
        problems = [
            f"{name} must not be empty"
            for name in ("bind_dn", "bind_password", "base_dn")
            if not getattr(self, name)
        ]
        problems += self._address_problems()
        if self.profile not in ("tree", "go-ldap-admin"):
            problems.append(f'profile is "tree" or "go-ldap-admin", not {self.profile!r}')
        if self.disabled not in ("ou", "shadowExpire", "pwdAccountLockedTime", "none"):
            problems.append(
                'disabled is "ou", "shadowExpire", "pwdAccountLockedTime" or "none",'
                f" not {self.disabled!r}"
            )
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
        names = ("people", "departments", "groups", "roles", "leavers_ou")
        problems = [
            f"{name} must be a relative DN like ou={name}"
            for name in names
            if not _RELATIVE.fullmatch(getattr(self, name))
        ]
        seen: dict[str, str] = {}
        for name in names:
            place = dn.normal(getattr(self, name))
            if place in seen:
                problems.append(f"{seen[place]} and {name} must be different places")
            seen.setdefault(place, name)
        return problems

    def place(self, name: str) -> str:
        """The whole DN of one of the places (``people``, ``departments`` …)."""
        return f"{getattr(self, name)},{self.base_dn}"

    def __repr__(self) -> str:
        return f"LdapSettings(url={self.url!r}, base_dn={self.base_dn!r})"
