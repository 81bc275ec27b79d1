"""Accounts: the ways in which an account can be closed, and seen to be closed."""

from __future__ import annotations

from datetime import UTC, datetime

from adapters.ldap.client import REPLACE
from adapters.ldap.dn import is_below, normal
from adapters.ldap.settings import LdapSettings
from adapters.ldap.wire import Entry

SHADOW_CLASS = "shadowAccount"
EXPIRED = b"1"
"""The day after 1970-01-01 (shadow(5)); 0 has no agreed meaning."""
LOCKED = b"000001010000Z"
"""Locked until an administrator opens it (draft-behera-ldap-password-policy, 5.3.3)."""

TRUE = b"true"
"""``nsAccountLock`` of a closed account (389 Directory Server, dsidm account lock)."""

SECONDS_PER_DAY = 86_400


class Accounts:
    """How this directory closes accounts: by place, by an attribute, or not at all."""

    def __init__(self, settings: LdapSettings) -> None:
        self.way = settings.disabled
        self.people, self.leavers = settings.place("people"), settings.place("leavers_ou")
        self._left = normal(self.leavers)

    @property
    def attributes(self) -> tuple[str, ...]:
        """Operational attributes that have to be asked for by name."""
        return (self.way,) if self.way in ("pwdAccountLockedTime", "nsAccountLock") else ()

    @property
    def classes(self) -> tuple[str, ...]:
        """Further object classes of a new account."""
        return (SHADOW_CLASS,) if self.way == "shadowExpire" else ()

    def place(self, *, active: bool) -> str:
        """Where an account belongs."""
        return self.leavers if self.way == "ou" and not active else self.people

    def change(self, *, active: bool) -> list[tuple[str, str, list[bytes]]]:
        """The modifications that open or close an account where it is."""
        if self.way == "shadowExpire":
            return [(REPLACE, "shadowExpire", [] if active else [EXPIRED])]
        if self.way == "pwdAccountLockedTime":
            return [(REPLACE, "pwdAccountLockedTime", [] if active else [LOCKED])]
        if self.way == "nsAccountLock":
            return [(REPLACE, "nsAccountLock", [] if active else [TRUE])]
        return []

    def moves(self, dn: str, *, active: bool) -> str | None:
        """The DN of the place to move the account to; None if it is on the right side."""
        if self.way != "ou" or is_below(normal(dn), self._left) != active:
            return None
        return self.place(active=active)

    def is_active(self, entry: Entry) -> bool:
        """Whether the account is open."""
        if self.way == "ou":
            return not is_below(normal(entry.dn), self._left)
        if self.way == "pwdAccountLockedTime":
            return LOCKED not in entry.values.get("pwdaccountlockedtime", ())
        if self.way == "nsAccountLock":
            return TRUE not in map(bytes.lower, entry.values.get("nsaccountlock", ()))
        if self.way == "shadowExpire":
            days = next(iter(entry.texts("shadowExpire")), "-1")
            today = int(datetime.now(UTC).timestamp()) // SECONDS_PER_DAY
            return not (days.isdigit() and int(days) <= today)
        return True
