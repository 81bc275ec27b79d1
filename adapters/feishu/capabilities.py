"""What writing to Feishu can do."""

from __future__ import annotations

from domain.delivery.capabilities import Field, TargetCapabilities

CAPABILITIES = TargetCapabilities(
    fields={
        "department": (
            Field(name="name", default="name", required=True, note="/ becomes ／"),
            Field(name="order", note="smaller first; differs between siblings, 0 or more"),
        ),
        "member": (
            Field(name="name", default="name", required=True, note="at most 255 characters"),
            Field(
                name="mobile",
                default="mobile",
                identity=True,
                note="needed for a new account; +86 may be left out; cannot be emptied",
            ),
            Field(
                name="email",
                default="email",
                identity=True,
                note="one person only; needed beside a mobile number from abroad",
            ),
            Field(name="employee_no", default="job_number", note="工号, one person only"),
            Field(name="job_title", default="title", note="at most 100 characters"),
            Field(name="en_name"),
            Field(name="nickname"),
            Field(name="city", note="at most 100 characters; made on the fly"),
            Field(name="country", note="two capital letters (CN)"),
            Field(name="work_station"),
            Field(name="gender", note="1 male, 2 female, 3 other"),
            Field(name="join_time", note="a date, or seconds since 1970"),
            Field(name="employee_type", note="1 to 5, or a type of the tenant's own"),
            Field(name="enterprise_email", note="needs Feishu mail and a domain of the tenant"),
        ),
        "role": (Field(name="name", default="name", required=True, note="1 to 50 characters"),),
    },
    nested=True,
    memberships="member",
    main_department=True,
    managers=True,
    manager_with_record=True,
    leaders=None,
    primary_leader=True,
    deactivates=True,
    deletes=frozenset({"department", "member", "role"}),
    renames=frozenset({"department", "member", "role"}),
    sibling_names="name",
    serial=frozenset({"department"}),
    concurrency=8,
    chunk=100,
    adopt={"department": ("name",), "member": ("mobile", "email", "name"), "role": ("name",)},
    why={
        "role_group": "Roles of Feishu have no groups.",
        "role": "No call of Feishu lists roles: existing ones are known by the setting role_ids"
        " only.",
        "deactivates": "One person per second: so Feishu limits suspending people.",
        "sibling_names": "Departments below one parent cannot have the same name (43022).",
        "serial": "Departments: Feishu refuses parallel writes of the tree (43024, 43030).",
        "open_fields": "Only the fields below are written; custom ones are left alone.",
    },
    notes=(
        "Moving people is limited to one person per second.",
        "Avatars are not written: they need an image that was uploaded to Feishu.",
        "Who has not accepted the invitation yet cannot be changed (44010).",
        "A person with no department is put into the root department.",
        "The order of departments is written only where it is mapped: it must differ (43005).",
    ),
)
