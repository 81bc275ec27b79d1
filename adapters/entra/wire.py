"""Microsoft Graph's answers as they come over the wire (Graph v1.0: user, group, error, batch).

Decoded leniently: unknown fields are ignored, ``error`` may be an object, a text (the token
service's form) or missing (entra.md, sections 1 and 8).
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import msgspec


class GraphError(msgspec.Struct, gc=False):
    """What ``error`` holds on Graph."""

    code: str | None = None


class Failure(msgspec.Struct, gc=False):
    """A refusal of either host; ``error_codes`` are the numbers of AADSTS errors."""

    error: GraphError | str | None = None
    error_codes: list[int] | None = None


class Token(msgspec.Struct, gc=False):
    """Reply of the token endpoint; ``expires_in`` in seconds."""

    access_token: str = ""
    expires_in: int = 3599

    def __repr__(self) -> str:
        return "Token(…)"


class Ref(msgspec.Struct, gc=False):
    """A manager, as far as it was asked for."""

    id: str


class Extensions(msgspec.Struct, gc=False):
    """onPremisesExtensionAttributes."""

    extensionAttribute1: str | None = None  # noqa: N815 - the vendor's name
    extensionAttribute2: str | None = None  # noqa: N815
    extensionAttribute3: str | None = None  # noqa: N815
    extensionAttribute4: str | None = None  # noqa: N815
    extensionAttribute5: str | None = None  # noqa: N815
    extensionAttribute6: str | None = None  # noqa: N815
    extensionAttribute7: str | None = None  # noqa: N815
    extensionAttribute8: str | None = None  # noqa: N815
    extensionAttribute9: str | None = None  # noqa: N815
    extensionAttribute10: str | None = None  # noqa: N815
    extensionAttribute11: str | None = None  # noqa: N815
    extensionAttribute12: str | None = None  # noqa: N815
    extensionAttribute13: str | None = None  # noqa: N815
    extensionAttribute14: str | None = None  # noqa: N815
    extensionAttribute15: str | None = None  # noqa: N815


class OrgData(msgspec.Struct, gc=False):
    """employeeOrgData."""

    division: str | None = None
    costCenter: str | None = None  # noqa: N815 - the vendor's name


class User(msgspec.Struct, gc=False):
    """One row of ``/users``, as far as it is of use here."""

    id: str
    displayName: str | None = None  # noqa: N815 - the vendor's name
    userPrincipalName: str | None = None  # noqa: N815
    givenName: str | None = None  # noqa: N815
    surname: str | None = None
    mail: str | None = None
    mobilePhone: str | None = None  # noqa: N815
    businessPhones: list[str] | None = None  # noqa: N815
    accountEnabled: bool | None = None  # noqa: N815
    userType: str | None = None  # noqa: N815
    department: str | None = None
    companyName: str | None = None  # noqa: N815
    officeLocation: str | None = None  # noqa: N815
    jobTitle: str | None = None  # noqa: N815
    employeeId: str | None = None  # noqa: N815
    employeeType: str | None = None  # noqa: N815
    employeeHireDate: str | None = None  # noqa: N815
    usageLocation: str | None = None  # noqa: N815
    onPremisesImmutableId: str | None = None  # noqa: N815
    onPremisesExtensionAttributes: Extensions | None = None  # noqa: N815
    employeeOrgData: OrgData | None = None  # noqa: N815
    createdDateTime: str | None = None  # noqa: N815
    manager: Ref | None = None


class Group(msgspec.Struct, gc=False):
    """One row of ``/groups`` or ``/directory/administrativeUnits``."""

    id: str
    displayName: str | None = None  # noqa: N815 - the vendor's name
    description: str | None = None
    mail: str | None = None
    mailNickname: str | None = None  # noqa: N815
    visibility: str | None = None
    createdDateTime: str | None = None  # noqa: N815


class Holder(msgspec.Struct, gc=False):
    """A member or owner; ``kind`` such as ``#microsoft.graph.user``."""

    id: str
    kind: str = msgspec.field(name="@odata.type", default="")


class Page(msgspec.Struct, gc=False):
    """One page of any listing; rows are decoded one by one, so that a bad one harms no other.

    ``value`` must be there, which keeps a stranger's JSON from reading as nobody. ``count`` is of
    all pages, where it was asked for.
    """

    value: list[msgspec.Raw] | None
    count: int | None = msgspec.field(name="@odata.count", default=None)
    following: str | None = msgspec.field(name="@odata.nextLink", default=None)
    delta: str | None = msgspec.field(name="@odata.deltaLink", default=None)


class Tie(msgspec.Struct, gc=False):
    """A manager, member or owner that came, or went where it is ``removed``."""

    id: str
    kind: str = msgspec.field(name="@odata.type", default="")
    removed: dict[str, Any] | None = msgspec.field(name="@removed", default=None)


class Change(msgspec.Struct, gc=False):
    """One entry of a delta query, beside its properties; ``removed`` for either reason."""

    id: str
    removed: dict[str, Any] | None = msgspec.field(name="@removed", default=None)
    manager: list[Tie] | None = msgspec.field(name="manager@delta", default=None)
    members: list[Tie] | None = msgspec.field(name="members@delta", default=None)
    owners: list[Tie] | None = msgspec.field(name="owners@delta", default=None)


class Subscription(msgspec.Struct, gc=False):
    """One row of ``/subscriptions``; its clientState is not told."""

    id: str
    resource: str | None = None
    changeType: str | None = None  # noqa: N815 - the vendor's name
    notificationUrl: str | None = None  # noqa: N815
    lifecycleNotificationUrl: str | None = None  # noqa: N815
    expirationDateTime: str | None = None  # noqa: N815

    @property
    def until(self) -> datetime:
        """When it ends; long ago where that is not told."""
        try:
            found = datetime.fromisoformat(self.expirationDateTime or "")
        except ValueError:
            return datetime(1970, 1, 1, tzinfo=UTC)
        return found if found.tzinfo else found.replace(tzinfo=UTC)


class Part(msgspec.Struct, gc=False):
    """One answer of a batch."""

    id: str
    status: int = 0
    headers: dict[str, Any] = {}
    body: msgspec.Raw = msgspec.Raw(b"null")

    @property
    def retry_after(self) -> str:
        """The wait that it asks for, as it came."""
        found = {name.lower(): value for name, value in self.headers.items()}
        return str(found.get("retry-after", ""))


class Batch(msgspec.Struct, gc=False):
    """Reply of ``/$batch``; answers come in any order."""

    responses: list[Part] | None = None
