"""What writing to Authing can do: the same for all, but for what the settings turn off."""

from __future__ import annotations

from adapters.authing.mapping import OWN, TEXTS
from adapters.authing.settings import AuthingSettings
from domain.delivery.capabilities import Field, TargetCapabilities

BATCH = 50
"""People in one create-users-batch, update-user-batch or delete-users-batch. Their most is not
published; 50 is what Authing's own test sends (authing-node-sdk, test/users/createUsersBatch)."""

CHUNK = 50
"""People in one assign-role or revoke-role."""

_LOGIN = (
    "A login, for people without mail and number, too: Authing wants one of the three. Given once."
)
_KEY = "Our own id, by which an account is found again. An account that was there keeps its own."

_DEFAULTS = {
    "externalId": Field(name="externalId", default="id", fixed=True, note=_KEY),
    "username": Field(
        name="username", default="job_number || userid", fixed=True, numbered=True, note=_LOGIN
    ),
    "email": Field(
        name="email", default="email", identity=True, note="One account only; in lower case."
    ),
    "name": Field(name="name", default="name", required=True),
    "photo": Field(
        name="photo", default="avatar", note="The address of a picture; it is never emptied."
    ),
}
_PHONE = Field(
    name="phone",
    default="mobile",
    identity=True,
    note="One account only; phoneCountryCode is written along.",
)
MEMBER = (
    *(_DEFAULTS.get(name) or Field(name=name) for name in TEXTS),
    _PHONE,
    Field(name="gender", note="M, F or U."),
    *(
        Field(name=name, default=name.rpartition(".")[2], note="Define the field in Authing first.")
        for name in OWN
    ),
)

_NOTES = (
    "A job number and a title have no field in Authing: they are custom data, whose keys must be"
    " defined there first.",
    "The order of departments has no place in Authing.",
    "Accounts are made without a password, and nobody is notified.",
    "A role of the same name is not taken over: a role may be anything, administrators too.",
)
_GROUPS = "Groups of roles have no place in Authing."
_EQUAL = "The leaders of a department are equal."
_MANAGER = "The direct manager's user id is kept in custom data, too, under {!r}."
_NO_MANAGER = "No custom field is named for managers (manager_field)."
_RESIGNED = "People who left resign where they would be deleted: their logins stay taken for good."
_NOWHERE = "Departments, and who is in them, are left out (departments = false)."


def capabilities(settings: AuthingSettings) -> TargetCapabilities:
    """The capabilities that go with the settings."""
    fields: dict[str, tuple[Field, ...]] = {"member": MEMBER}
    if settings.departments:
        fields["department"] = (
            Field(name="name", default="name", required=True),
            Field(name="code", note="Letters, digits, - and _; unique."),
            Field(name="description"),
        )
    fields["role"] = (
        Field(name="name", default="name", required=True),
        Field(name="description"),
    )
    why = {
        "role_group": _GROUPS,
        "managers": _MANAGER.format(settings.manager_field)
        if settings.manager_field
        else _NO_MANAGER,
    }
    if settings.departments:
        why["primary_leader"] = _EQUAL
    else:
        why |= dict.fromkeys(("department", "main_department", "leaders"), _NOWHERE)
    if settings.resign:
        why["deletes"] = _RESIGNED
    return TargetCapabilities(
        fields=fields,
        open_fields=True,
        nested=True,
        memberships="member",
        main_department=settings.departments,
        managers=bool(settings.manager_field),
        manager_with_record=True,
        leaders=None if settings.departments else 0,
        deactivates=True,
        concurrency=settings.concurrency,
        batch=BATCH,
        chunk=CHUNK,
        adopt={
            "department": ("name",),
            "member": ("email", "phone", "username", "name"),
        },
        why=why,
        notes=_NOTES,
    )
