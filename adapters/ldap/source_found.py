"""Which kind of directory it is, where the settings leave that open. Blocking."""

from __future__ import annotations

from msgspec.structs import replace

from adapters.ldap.client import LdapClient
from adapters.ldap.settings import LdapSettings
from adapters.ldap.wire import MARK

ACTIVE_DIRECTORY = "1.2.840.113556.1.4.800"
"""In ``supportedCapabilities`` of every domain controller (LDAP_CAP_ACTIVE_DIRECTORY_OID, MS-ADTS
3.1.1.3.4.3.1)."""

FLAT = "LLDAP"
"""``vendorName`` of lldap, which has people and groups, and no units."""


def as_found(client: LdapClient) -> LdapSettings:
    """The settings with a profile: the given one, or what the directory looks like.

    Active Directory and lldap say who they are, our own targets have a place of their own for
    departments or leave their mark, and all others are read as ``inetorgperson``.
    """
    settings = client.settings
    if settings.profile:
        return settings
    root = client.root()
    if root is not None and ACTIVE_DIRECTORY in root.texts("supportedCapabilities"):
        return replace(settings, profile="active-directory")
    if root is not None and FLAT in root.texts("vendorName"):
        return replace(settings, profile="inetorgperson", tree="groups")
    if settings.tree == "ou" and _is_ours(client):
        return replace(settings, profile="tree")
    return replace(settings, profile="inetorgperson")


def _is_ours(client: LdapClient) -> bool:
    what, place = "LDAP search, departments", client.settings.place("departments")
    if client.settings.departments:
        return client.is_any(what, place, f"({MARK}=orgledger:*)")
    return client.get(what, place, ()) is not None
