"""What a receiver of one's own can be told: everything."""

from __future__ import annotations

from domain.delivery.capabilities import Field, TargetCapabilities

CAPABILITIES = TargetCapabilities(
    fields={
        "role_group": (Field(name="name", default="name", required=True),),
        "department": (
            Field(name="name", default="name", required=True),
            Field(name="order", default="order", note="smaller first"),
            Field(name="details", default="details", note="what the source tells beside"),
        ),
        "member": (
            Field(name="name", default="name", required=True),
            Field(name="email", default="email"),
            Field(name="mobile", default="mobile"),
            Field(name="job_number", default="job_number"),
            Field(name="title", default="title"),
            Field(name="avatar", default="avatar"),
            Field(name="details", default="details", note="what the source tells beside"),
        ),
        "role": (Field(name="name", default="name", required=True),),
    },
    open_fields=True,
    main_department=True,
    managers=True,
    leaders=None,
    reads=False,
    why={
        "manager_with_record": "Managers are told once everybody is there.",
        "primary_leader": "Leaders are told in any order.",
        "reads": "Nothing can be read back: what was acknowledged is taken to be there.",
    },
    notes=("Fields of any name can be mapped.",),
)
