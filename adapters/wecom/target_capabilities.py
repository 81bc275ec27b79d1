"""What writing to WeCom can do; it depends on whether the app's secret is there to read with."""

from __future__ import annotations

from msgspec.structs import replace

from domain.delivery.capabilities import Field, TargetCapabilities

CAPABILITIES = TargetCapabilities(
    fields={
        "department": (
            Field(
                name="name",
                default="name",
                required=True,
                note="1 to 64 characters; those that WeCom refuses are written full-width",
            ),
            Field(name="name_en", note="WeCom shows it only with several languages switched on"),
            Field(name="order", default="order", note="WeCom has larger ones first"),
        ),
        "member": (
            Field(
                name="userid",
                identity=True,
                remote=True,
                note="the source's id unless mapped; 1 to 64 of A-Z a-z 0-9 _ - @ .",
            ),
            Field(name="name", default="name", required=True),
            Field(
                name="mobile",
                default="mobile",
                identity=True,
                note="who has activated WeCom changes it alone; WeCom wants it or a mail address",
            ),
            Field(name="email", default="email", identity=True, note="at most one person has it"),
            Field(name="position", default="title"),
            Field(name="alias", default="details.alias"),
            Field(name="telephone", default="details.telephone", note="digits, -, + and commas"),
            Field(name="address", default="details.address"),
            Field(name="gender", default="details.gender", note="1 male, 2 female"),
        ),
        "role": (Field(name="name", default="name", required=True, note="1 to 32 characters"),),
    },
    nested=True,
    memberships="member",
    main_department=True,
    managers=True,
    manager_with_record=True,
    leaders=None,
    leaders_inside=True,
    sibling_names="name",
    concurrency=16,
    chunk=1000,
    adopt={
        "department": ("name",),
        "member": ("userid", "mobile", "email", "name"),
        "role": ("name",),
    },
    caseless_keys=True,
    why={
        "role": "Tags stand for roles. A tag that another app has made cannot be changed (81011).",
        "role_group": "Tags have no groups.",
        "renames": "A userid changes once, and only one that WeCom has made itself (301036): any"
        " other stays, and the change is refused.",
        "primary_leader": "The leaders of a department are equal.",
        "leaders_inside": "A leader is a member with a mark (is_leader_in_dept).",
        "sibling_names": "Departments below one parent cannot have the same name (60008).",
        "serial": "Departments and people are created one at a time: WeCom refuses others beside"
        " (45035).",
        "open_fields": "Only the fields below are written; others, 扩展属性 too, are left alone.",
    },
    notes=(
        "WeCom has no job number.",
        "Nobody is invited: accounts are made with to_invite = false.",
        "The mobile number of somebody who has activated WeCom cannot be changed by an app.",
        "Business mailboxes (biz_mail) are left alone.",
        "A person with no department is put into the root department.",
        "In a month at most three times as many accounts can be created as the corporation may"
        " have.",
    ),
)

_UNREAD = (
    "Leaders are marks in the lists of people's departments, which are written as a whole and can"
    " be read with app_secret only: set it."
)


def capabilities(*, details: bool) -> TargetCapabilities:
    """The capabilities; ``details``: the app's secret is there."""
    if details:
        return CAPABILITIES
    why = {**CAPABILITIES.why, "leaders": _UNREAD}
    return replace(CAPABILITIES, leaders=0, why=why)
