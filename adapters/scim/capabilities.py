"""What writing to a SCIM service can do: the same for all, but for what the settings turn off."""

from __future__ import annotations

from adapters.scim.settings import ScimSettings
from domain.delivery.capabilities import Field, TargetCapabilities

BATCH = 50
"""Changes that travel in one bulk request."""

_LOGIN = (
    "The login, unique and compared without case. Most services sign people in by mail;"
    " somebody without one gets the id. Given once, unless rename_users is set, because a hidden"
    " or changed mail must not change a login unasked."
)

_MEMBER = (
    Field(name="displayName", default="name"),
    Field(name="name.formatted", default="name"),
    Field(name="name.familyName", note="A name is not taken apart unasked."),
    Field(name="name.givenName"),
    Field(name="nickName"),
    Field(name="title", default="title"),
    Field(name="userType"),
    Field(name="preferredLanguage"),
    Field(name="locale"),
    Field(name="timezone"),
    Field(name="profileUrl"),
    Field(name="emails.work", default="email", identity=True, note="Marked as primary."),
    Field(name="emails.home", identity=True),
    Field(name="phoneNumbers.mobile", default="mobile"),
    Field(name="phoneNumbers.work"),
    Field(name="photos.photo", note="The address of a picture."),
    Field(name="enterprise.employeeNumber", default="job_number"),
    Field(name="enterprise.department", default="department_names[0]", note="As text."),
    Field(name="enterprise.division"),
    Field(name="enterprise.organization"),
    Field(name="enterprise.costCenter"),
)

_WHY = {
    "role_group": "A group of SCIM that is a role belongs to no group of roles.",
    "department": "SCIM has no departments: they are groups, with their id as externalId.",
    "role": 'Roles are groups with "role:" before their id as externalId.',
    "main_department": "Main departments have no place in SCIM.",
    "leaders": "Leaders of departments have no place in SCIM.",
}
_FLAT = 'All groups are side by side (nesting = "none"); a group\'s name is its whole path.'
_NOTES = (
    "The order of departments has no place in SCIM.",
    "Groups of the same name are not taken over: a group may be anything, administrators too.",
)


def capabilities(settings: ScimSettings) -> TargetCapabilities:
    """The capabilities that go with the settings."""
    nested = settings.nesting == "members"
    login = Field(
        name="userName",
        default="email || id",
        required=True,
        fixed=not settings.rename_users,
        identity=True,
        note=_LOGIN,
    )
    label = Field(name="displayName", default="name" if nested else "path", required=True)
    fields: dict[str, tuple[Field, ...]] = {"member": (login, *_MEMBER)}
    why = _WHY if nested else {**_WHY, "nested": _FLAT}
    if settings.departments:
        fields["department"] = (label,)
    else:
        why = {**why, "department": "Departments are left out (departments = false)."}
    if settings.roles:
        fields["role"] = (Field(name="displayName", default="name", required=True),)
    else:
        why = {**why, "role": "Roles are left out (roles = false)."}
    return TargetCapabilities(
        fields=fields,
        open_fields=True,
        nested=nested,
        memberships="department",
        managers=True,
        manager_with_record=True,
        leaders=0,
        deactivates=True,
        concurrency=4,
        batch=BATCH if settings.bulk else 1,
        adopt={
            "member": (
                "emails.work",
                "phoneNumbers.mobile",
                "enterprise.employeeNumber",
                "displayName",
            )
        },
        why=why,
        notes=_NOTES,
    )
