"""What the service says of itself: its resources, what it can do, and what it tolerates."""

from typing import Annotated, Any, Union

from pydantic import Field
from scim2_models import (
    AuthenticationScheme,
    Bulk,
    CaseExact,
    ChangePassword,
    ComplexAttribute,
    EnterpriseUser,
    ETag,
    Filter,
    Mutability,
    Patch,
    Reference,
    ResourceType,
    ScimPolicy,
    ScimProvider,
    ServiceProviderConfig,
    Sort,
)
from scim2_models import Group as StandardGroup
from scim2_models import User as StandardUser
from scim2_models.resources.resource import AnyExtension
from scim2_models.resources.user import Email

LARGEST = 4 * 1024 * 1024
"""Bytes of a request's body; a group of 20,000 members has about 2 MB."""


class Mail(Email):
    """An address as it is sent: it is neither normalised nor refused for its domain.

    Microsoft: "Values sent should be stored in the same format they were sent." Okta's own
    examples have addresses at ``okta.local``, which the standard class refuses.
    """

    value: str | None = None


class User(StandardUser[AnyExtension]):
    """A user with its addresses as they are sent. A password is taken and forgotten."""

    emails: list[Mail] | None = None  # type: ignore[assignment]


class GroupMember(ComplexAttribute):
    """A member as RFC 7643, section 8.7.1, has it: without a display name of its own."""

    value: Annotated[str | None, Mutability.immutable, CaseExact.true] = None
    ref: Annotated[
        Reference[Union["User", "Group"]] | None,  # type: ignore[type-arg]
        Mutability.immutable,
    ] = Field(None, serialization_alias="$ref", validation_alias="$ref")
    type: Annotated[str | None, Mutability.immutable] = Field(None, examples=["User", "Group"])

    def __deepcopy__(self, memo: dict[int, Any] | None = None) -> "GroupMember":
        """It holds texts alone; the usual way takes most of the time for a large group."""
        return self.__copy__()


class Group(StandardGroup):
    """A group whose members are named by their ids alone."""

    members: list[GroupMember] | None = None  # type: ignore[assignment]


def provider() -> ScimProvider:
    """The description that discovery serves and requests are read by."""
    return ScimProvider(
        models=[User, EnterpriseUser, Group],
        resource_types=[
            ResourceType.from_resource(User[EnterpriseUser]),
            ResourceType.from_resource(Group),
        ],
        config=ServiceProviderConfig(
            patch=Patch(supported=True),
            bulk=Bulk(supported=True, max_operations=1000, max_payload_size=LARGEST),
            filter=Filter(supported=True, max_results=1000),
            change_password=ChangePassword(supported=False),
            sort=Sort(supported=True),
            etag=ETag(supported=True),
            authentication_schemes=[
                AuthenticationScheme(
                    type=AuthenticationScheme.Type.oauthbearertoken,
                    name="Bearer token",
                    description="A token of the system's configuration, RFC 6750",
                    primary=True,
                )
            ],
        ),
        policy=ScimPolicy(
            unknown=ScimPolicy.Unknown.ignore,
            remove_value_as_filter=ScimPolicy.RemoveValue.apply,
            unmatched_path_filter=ScimPolicy.UnmatchedPathFilter.create,
        ),
    )
