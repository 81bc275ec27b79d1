"""What writing to DingTalk can do."""

from __future__ import annotations

from domain.delivery.capabilities import Field, TargetCapabilities

CAPABILITIES = TargetCapabilities(
    fields={
        "role_group": (Field(name="name", default="name", required=True),),
        "department": (
            Field(name="name", default="name", required=True, note="- becomes _, commas become 、"),
            Field(name="order", default="order", note="smaller first, at least 1"),
        ),
        "member": (
            Field(name="name", default="name", required=True),
            Field(
                name="mobile",
                default="mobile",
                identity=True,
                note="needed for a new account; an app cannot change it afterwards",
            ),
            Field(name="email", default="email", identity=True, note="at most one person has it"),
            Field(name="job_number", default="job_number"),
            Field(name="title", default="title"),
            Field(name="telephone", default="details.telephone", note="unique (分机号)"),
            Field(name="work_place", default="details.work_place"),
            Field(name="remark", default="details.remark"),
            Field(name="hired_date", default="details.hired_date", note="a date, or milliseconds"),
            Field(name="org_email", note="DingTalk ignores it unless the mailbox is open"),
        ),
        "role": (Field(name="name", default="name", required=True),),
    },
    nested=True,
    memberships="member",
    main_department=False,
    managers=True,
    manager_with_record=True,
    leaders=None,
    leaders_inside=True,
    deactivates=False,
    deletes=frozenset({"department", "member", "role"}),
    renames=frozenset({"department", "member", "role"}),
    sibling_names="name",
    concurrency=16,
    chunk=100,
    adopt={
        "role_group": ("name",),
        "department": ("name",),
        "member": ("mobile", "email"),
        "role": ("name",),
    },
    why={
        "role": "A role cannot be moved to another group. The group 默认 is DingTalk's own.",
        "main_department": "DingTalk knows no main department.",
        "managers": "The direct managers that are there cost one call per person to read; they are"
        ' read of our own people only, see the setting "managers".',
        "primary_leader": "The leaders of a department are equal.",
        "leaders_inside": "Somebody who is not in the department cannot lead it (40031).",
        "deactivates": "DingTalk cannot close an account without deleting it: whoever leaves is"
        " deleted.",
        "deletes": "Role groups cannot be deleted (no such call is documented).",
        "renames": "Role groups cannot be renamed (no such call is documented).",
        "sibling_names": "Departments below one parent cannot have the same name (60021).",
        "open_fields": "Only the fields below are written; custom ones are left alone.",
    },
    notes=(
        "An app cannot change the mobile number of an account (41054).",
        "A person with no department is put into the root department.",
    ),
)
