"""References: the values that name an entry by its DN, kept right when that DN changes.

OpenLDAP's overlay refint does the same, some moments later, where it is set up; then there is
nothing left to do here, or nothing left to do there.
"""

from __future__ import annotations

from adapters.ldap import errors
from adapters.ldap.client import ADD, DELETE, LdapClient
from adapters.ldap.dn import escape_filter, normal
from domain.errors import AbsentFault, TerminalFault

ATTRIBUTES = ("uniqueMember", "member", "owner", "manager")

_OTHERWISE = (errors.CLASS_VIOLATION, errors.VALUE_EXISTS)
"""The last member of a group would go, or the new one is there already."""


def mend(client: LdapClient, old: str, new: str | None, placeholder: str) -> None:
    """Let everything that names ``old`` name ``new``, or nobody if that is None.

    Raises SystemFault when the directory cannot be searched or refuses the change.
    """
    was, value = normal(old), escape_filter(old)
    terms = "".join(f"({attribute}={value})" for attribute in ATTRIBUTES)
    base = client.settings.base_dn
    for entry in list(client.search("LDAP search, references", base, f"(|{terms})", ATTRIBUTES)):
        for attribute in ATTRIBUTES:
            for text in entry.texts(attribute):
                if normal(text) == was:
                    _replace(client, entry.dn, attribute, text, new, placeholder)


def _replace(
    client: LdapClient, dn: str, attribute: str, old: str, new: str | None, placeholder: str
) -> None:
    out, what = (DELETE, attribute, [old.encode()]), f"LDAP modify, {attribute}"
    into = (ADD, attribute, [(placeholder if new is None else new).encode()])
    tries = [[out], [into, out]] if new is None else [[into, out], [out]]
    for modifications in tries:
        try:
            client.modify(what, dn, modifications)
        except AbsentFault:
            return
        except TerminalFault as fault:
            if fault.code == errors.NO_SUCH_ATTRIBUTE:
                return
            if fault.code not in _OTHERWISE or modifications is tries[-1]:
                raise
        else:
            return
