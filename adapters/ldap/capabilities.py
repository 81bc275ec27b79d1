"""What an LDAP directory can hold, and the two shapes that its tree can have."""

from __future__ import annotations

import msgspec
from msgspec.structs import replace

from adapters.ldap.settings import LdapSettings
from domain.delivery.capabilities import Field, TargetCapabilities
from domain.errors import ConfigError

_LOGIN = Field(
    name="uid", default="id", required=True, fixed=True, identity=True, numbered=True,
    note="names the entry",
)  # fmt: skip
_ROLE = (
    Field(name="cn", default="id", required=True, numbered=True, note="names the entry"),
    Field(name="description", default="name", required=True),
)

_NEVER_CLOSED = 'Accounts are not closed (disabled = "none"): whoever leaves is deleted.'

CAPABILITIES = TargetCapabilities(
    fields={
        "department": (
            Field(
                name="ou", default="id", required=True, fixed=True, numbered=True,
                note="names the entry and its group",
            ),
            Field(name="description", default="name", required=True),
        ),
        "member": (
            _LOGIN,
            Field(name="cn", default="name", required=True),
            Field(name="sn", default="name", required=True, note="no family name is made up"),
            Field(name="displayName", default="name"),
            Field(name="mail", default="email", identity=True),
            Field(name="mobile", default="mobile"),
            Field(name="title", default="title"),
            Field(name="employeeNumber", default="job_number"),
            Field(name="departmentNumber", default="departments"),
        ),
        "role": _ROLE,
    },
    open_fields=True,
    memberships="department",
    managers=True,
    manager_with_record=True,
    leaders=None,
    concurrency=8,
    chunk=200,
    adopt={
        "department": ("description",),
        "member": ("employeeNumber", "mail"),
        "role": ("description",),
    },
    why={
        "role_group": "LDAP has no role groups.",
        "main_department": "LDAP has no main department.",
        "primary_leader": "The values of an attribute have no order (RFC 4511, 4.1.7).",
    },
    notes=(
        "LDAP has no order among departments.",
        "Attribute values that differ only in upper and lower case, or in spaces, are equal.",
    ),
)  # fmt: skip
"""The profile ``tree``."""

GO_LDAP_ADMIN = replace(
    CAPABILITIES,
    fields={
        "department": (
            Field(name="cn", default="name", required=True, note="names the entry"),
            Field(name="description"),
        ),
        "member": (
            _LOGIN,
            Field(name="cn", default="id", required=True),
            Field(name="sn", default="name", required=True),
            Field(name="displayName", default="name"),
            Field(name="givenName", default="name"),
            Field(name="mail", default="email", identity=True),
            Field(name="mobile", default="mobile"),
            Field(name="employeeNumber", default="job_number"),
            Field(name="departmentNumber", default="title", note="as go-ldap-admin has it"),
            Field(name="businessCategory", default="join(',', department_names)"),
        ),
        "role": _ROLE,
    },
    sibling_names="cn",
    why={
        **CAPABILITIES.why,
        "sibling_names": "A department's name names its entry; below one parent they differ.",
    },
    adopt={
        "department": ("cn",),
        "member": ("employeeNumber", "mail"),
        "role": ("description",),
    },
)
"""The profile ``go-ldap-admin``: what that tool writes (9e621c8a), escaped and renamed in place."""


class Shape(msgspec.Struct, frozen=True, kw_only=True):
    """How a profile lays out departments.

    ``naming`` is the attribute in the RDN of a department. ``grouped``: its members and leaders
    are in an entry of their own, ``cn=<the same name>`` at ``groups``; else in the department.
    ``placeholder`` is the member that keeps a group from being empty, which the schema forbids.
    """

    naming: str
    grouped: bool
    placeholder: str
    capabilities: TargetCapabilities


def shape_of(settings: LdapSettings) -> Shape:
    """The shape that the settings ask for. Raises ConfigError for one that is only read."""
    if not settings.is_written:
        raise ConfigError(
            f"the profile {settings.profile!r} cannot be written to",
            fix='A target has profile = "tree" or "go-ldap-admin".',
        )
    tree = settings.profile != "go-ldap-admin"
    if not settings.profile:
        settings = replace(settings, profile="tree")  # which asks more of the places
    capabilities = CAPABILITIES if tree else GO_LDAP_ADMIN
    if settings.disabled == "none":
        why = {**capabilities.why, "deactivates": _NEVER_CLOSED}
        capabilities = replace(capabilities, deactivates=False, why=why)
    return Shape(
        naming="ou" if tree else "cn",
        grouped=tree,
        placeholder=f"cn=nobody,{settings.base_dn}" if tree else settings.bind_dn,
        capabilities=capabilities,
    )
