"""What writing to Casdoor can do."""

from __future__ import annotations

from adapters.casdoor.settings import CasdoorSettings
from domain.delivery.capabilities import Field, TargetCapabilities

CHUNK = 1000
"""People that one write of a role adds or removes: each writes the whole list anew."""

_LOGIN = (
    "The login: letters, digits and single - . _ between them. Anything else is replaced, and"
    " letters that stand for the whole value are added. Given once and never changed."
)
_ID = "Our own id. Casdoor lets nobody change it afterwards, so it is given once."

MEMBER = (
    Field(name="id", default="id", fixed=True, note=_ID),
    Field(
        name="name",
        default="job_number || userid",
        required=True,
        fixed=True,
        numbered=True,
        note=_LOGIN,
    ),
    Field(name="displayName", default="name", required=True),
    Field(name="email", default="email", identity=True, note="One account only."),
    Field(
        name="phone",
        default="mobile",
        identity=True,
        note="One account only; countryCode is written along.",
    ),
    Field(name="avatar", default="avatar", note="The address of a picture."),
    Field(name="title", default="title"),
    Field(name="properties.job_number", default="job_number"),
    Field(
        name="isForbidden",
        note='Written by itself when somebody is closed or opened; "!active" does the same.',
    ),
    *(
        Field(name=name)
        for name in (
            *("firstName", "lastName", "realName", "affiliation", "region", "location"),
            *("homepage", "bio", "tag", "language", "gender", "externalId"),
        )
    ),
    *(
        Field(name=name, note="The id at that provider, by which it signs the person in.")
        for name in ("dingtalk", "wecom", "lark", "azuread")
    ),
)

_NAME = Field(name="name", default="id", required=True, fixed=True, note="Given once.")

WHY = {
    "role_group": "Role groups have no place in Casdoor.",
    "main_department": "Main departments have no place in Casdoor.",
    "managers": "The direct manager's user name is kept in the account's properties, as manager.",
    "leaders": "A department has one leader: the first one becomes the group's manager.",
}
NOTES = (
    "An application of Casdoor may write to every organization of its site; there is no smaller"
    " right.",
    "The order of departments has no place in Casdoor.",
    "Accounts are made without a password.",
    "Roles of the same display name are not taken over: a role may be anything, administrators"
    " too.",
)


def capabilities(settings: CasdoorSettings) -> TargetCapabilities:
    """The capabilities that go with the settings."""
    return TargetCapabilities(
        fields={
            "department": (
                _NAME,
                Field(name="displayName", default="name", required=True),
                Field(name="contactEmail"),
            ),
            "member": MEMBER,
            "role": (
                _NAME,
                Field(name="displayName", default="name", required=True),
                Field(name="description"),
            ),
        },
        open_fields=True,
        nested=True,
        memberships="member",
        managers=True,
        manager_with_record=True,
        leaders=1,
        deactivates=True,
        concurrency=settings.concurrency,
        chunk=CHUNK,
        adopt={
            "department": ("displayName",),
            "member": ("email", "phone", "name", "displayName"),
        },
        why=WHY,
        notes=NOTES,
    )
