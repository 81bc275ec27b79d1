"""Profiles: where the fields of a record come from, in the directories that there are.

Sources: RFC 2798 (inetOrgPerson), RFC 4519, RFC 2307 (posixGroup), what our own target writes, what
go-ldap-admin writes (9e621c8a), and Microsoft's Active Directory schema (MS-ADA1 to MS-ADA3).
"""

from __future__ import annotations

from typing import Literal

import msgspec

from adapters.ldap.settings import LdapSettings

Names = dict[str, tuple[str, ...]]
"""Fields, and for each the attributes it may come from, the best one first."""

ALTERNATIVE = "||"

USERS = "(&(sAMAccountType=805306368)(!(isCriticalSystemObject=TRUE)))"
"""Accounts of people: SAM_NORMAL_USER_ACCOUNT leaves computers, trusts, service accounts and
contacts out (MS-ADA3 2.223), the second part Administrator, Guest and krbtgt."""

NOT_SYSTEM = "(&(objectClass={})(!(isCriticalSystemObject=TRUE)))"

ANY_GROUP = "(|(objectClass=groupOfNames)(objectClass=groupOfUniqueNames)(objectClass=posixGroup))"

_PERSON = {
    "name": "displayName || cn", "email": "mail", "mobile": "mobile", "title": "title",
    "job_number": "employeeNumber", "manager": "manager", "login": "uid",
    "number": "employeeNumber",
}  # fmt: skip
_OURS = {"name": "description || cn", "members": "uniqueMember"}


class Profile(msgspec.Struct, frozen=True, kw_only=True):
    """How one directory is read.

    ``inside`` says what a person's departments are: the one that the entry lies in (``place``), or
    those that name it as a member (``own``), or whose group at ``groups`` does (``apart``).
    ``naming`` are the attributes in the name of an entry that is a department, or should be one:
    what is called so and cannot be seen is a hidden department, anything else a mere container.
    ``groups`` finds all groups there are, as a role may have some within; empty where it has none.
    """

    inside: Literal["place", "own", "apart"]
    naming: frozenset[str]
    filters: dict[str, str]
    attributes: dict[str, Names]
    details: tuple[str, ...] = ()
    groups: str = ""


def profile_of(settings: LdapSettings) -> Profile:
    """The profile that the settings ask for, with their filters and attributes in it."""
    found = _chosen(settings)
    attributes = {
        kind: {**names, **_split(settings.attributes.get(kind, {}))}
        for kind, names in found.attributes.items()
    }
    details = found.details if settings.details is None else settings.details
    return msgspec.structs.replace(
        found, filters={**found.filters, **settings.filters}, attributes=attributes, details=details
    )


def reads_roles(settings: LdapSettings) -> bool:
    """Whether roles are read: in a directory of another hand only where it is said which."""
    return settings.is_written or bool(settings.roles) or "role" in settings.filters


def _split(fields: dict[str, str]) -> Names:
    return {
        field: tuple(name.strip() for name in text.split(ALTERNATIVE) if name.strip())
        for field, text in fields.items()
    }


def _profile(
    inside: Literal["place", "own", "apart"],
    naming: tuple[str, ...],
    filters: tuple[str, str, str],
    fields: tuple[dict[str, str], dict[str, str], dict[str, str]],
    details: tuple[str, ...] = (),
    groups: str = "",
) -> Profile:
    """Filters and fields are those of members, departments and roles."""
    kinds = ("member", "department", "role")
    return Profile(
        inside=inside,
        naming=frozenset(naming),
        filters=dict(zip(kinds, filters, strict=True)),
        attributes={k: _split(f) for k, f in zip(kinds, fields, strict=True)},
        details=details,
        groups=groups,
    )


TREE = _profile(
    "apart",
    ("ou",),
    (
        "(objectClass=inetOrgPerson)",
        "(objectClass=organizationalUnit)",
        "(objectClass=groupOfUniqueNames)",
    ),
    (_PERSON, {**_OURS, "name": "description || ou", "leaders": "owner"}, _OURS),
)
GO_LDAP_ADMIN = _profile(
    "own",
    ("cn", "ou"),
    (
        "(objectClass=inetOrgPerson)",
        "(|(objectClass=groupOfUniqueNames)(objectClass=organizationalUnit))",
        "(objectClass=groupOfUniqueNames)",
    ),
    (
        {**_PERSON, "name": "displayName || sn", "title": "departmentNumber"},
        {**_OURS, "name": "cn || ou", "leaders": "owner"},
        _OURS,
    ),
)

_MEMBERS = {"name": "cn", "members": "member || uniqueMember || memberUid"}
UNITS = _profile(
    "place",
    ("ou",),
    ("(objectClass=inetOrgPerson)", "(objectClass=organizationalUnit)", ANY_GROUP),
    (_PERSON, {"name": "ou"}, _MEMBERS),
    ("departmentNumber", "employeeType"),
    groups=ANY_GROUP,
)
GROUPS = _profile(
    "own",
    (),
    ("(objectClass=inetOrgPerson)", ANY_GROUP, ANY_GROUP),
    (_PERSON, {**_MEMBERS, "leaders": "owner"}, _MEMBERS),
    ("departmentNumber", "employeeType"),
    groups=ANY_GROUP,
)

_NUMBER = "employeeID || employeeNumber"
_USER = {**_PERSON, "job_number": _NUMBER, "number": _NUMBER, "login": "sAMAccountName"}
_AD_DETAILS = ("userPrincipalName", "department", "company", "physicalDeliveryOfficeName")
AD_UNITS = _profile(
    "place",
    ("ou",),
    (USERS, NOT_SYSTEM.format("organizationalUnit"), NOT_SYSTEM.format("group")),
    (_USER, {"name": "ou", "leaders": "managedBy"}, {"name": "cn", "members": "member"}),
    _AD_DETAILS,
    groups=NOT_SYSTEM.format("group"),
)
AD_GROUPS = _profile(
    "own",
    (),
    (USERS, NOT_SYSTEM.format("group"), NOT_SYSTEM.format("group")),
    (
        _USER,
        {"name": "cn", "leaders": "managedBy", "members": "member"},
        {"name": "cn", "members": "member"},
    ),
    _AD_DETAILS,
    groups=NOT_SYSTEM.format("group"),
)

_PROFILES = {
    ("", "ou"): TREE,
    ("", "groups"): GROUPS,
    ("tree", "ou"): TREE,
    ("go-ldap-admin", "ou"): GO_LDAP_ADMIN,
    ("inetorgperson", "ou"): UNITS,
    ("inetorgperson", "groups"): GROUPS,
    ("active-directory", "ou"): AD_UNITS,
    ("active-directory", "groups"): AD_GROUPS,
}


def _chosen(settings: LdapSettings) -> Profile:
    return _PROFILES[settings.profile, settings.tree]
