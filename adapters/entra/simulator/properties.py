"""Which properties users, groups and units have, and which of them come without being asked.

Source: Graph v1.0, resources user, group and administrativeUnit (entra.md, sections 2 and 4).
"""

from __future__ import annotations

from typing import Any, Literal

Kind = Literal["user", "group", "unit"]

USER_DEFAULT = (
    "businessPhones", "displayName", "givenName", "id", "jobTitle", "mail", "mobilePhone",
    "officeLocation", "preferredLanguage", "surname", "userPrincipalName",
)  # fmt: skip
USER_MORE = (
    "accountEnabled", "city", "companyName", "country", "createdDateTime", "deletedDateTime",
    "department", "employeeHireDate", "employeeId", "employeeOrgData", "employeeType",
    "mailNickname", "onPremisesExtensionAttributes", "onPremisesImmutableId",
    "onPremisesSyncEnabled", "otherMails", "proxyAddresses", "usageLocation", "userType",
)  # fmt: skip
GROUP = (
    "id", "displayName", "description", "mail", "mailEnabled", "mailNickname", "securityEnabled",
    "groupTypes", "visibility", "membershipRule", "createdDateTime", "deletedDateTime",
    "onPremisesSyncEnabled", "resourceProvisioningOptions",
)  # fmt: skip
UNIT = (
    "id", "displayName", "description", "visibility", "membershipType", "membershipRule",
    "isMemberManagementRestricted", "deletedDateTime",
)  # fmt: skip

DEFAULT: dict[Kind, tuple[str, ...]] = {"user": USER_DEFAULT, "group": GROUP, "unit": UNIT}
ALL: dict[Kind, frozenset[str]] = {
    "user": frozenset(USER_DEFAULT + USER_MORE),
    "group": frozenset(GROUP),
    "unit": frozenset(UNIT),
}
BASIC = frozenset({"id", "displayName", "givenName", "surname", "mail", "userPrincipalName"})
"""What User.ReadBasic.All shows of a person (Graph permissions reference)."""

UNLISTABLE = frozenset({"aboutMe", "birthday", "hireDate", "interests", "mySite", "skills"})
"""Properties that only a single user has; a listing answers 501."""

LISTS = frozenset(
    {"businessPhones", "groupTypes", "otherMails", "proxyAddresses", "resourceProvisioningOptions"}
)
"""Properties that are empty lists where there is nothing."""

LONGEST = {
    "displayName": 256, "department": 64, "companyName": 64, "jobTitle": 128, "givenName": 64,
    "surname": 64, "mailNickname": 64, "mobilePhone": 64, "officeLocation": 128,
    "employeeId": 16,
}  # fmt: skip

ODATA = {
    "user": "#microsoft.graph.user",
    "group": "#microsoft.graph.group",
    "unit": "#microsoft.graph.administrativeUnit",
}

Props = dict[str, Any]


def shown(props: Props, names: tuple[str, ...]) -> Props:
    """The properties ``names``; those without a value are null, or an empty list."""
    return {name: props.get(name, [] if name in LISTS else None) for name in names}
