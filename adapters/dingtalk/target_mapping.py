"""Between our values and DingTalk's, both ways. Pure.

The rules, in one place:

* A department's name may not have ``-`` ``,`` ``，`` through the API (60009), though the console
  makes such names. ``-`` is written as ``_`` and a comma as ``、``; a name that is read is
  compared in the same form, so that nothing is renamed that was made in the console.
* Mobile numbers: :mod:`adapters.dingtalk.mobile`. A number or a date that is empty is left alone,
  because DingTalk has no way to empty it; so is a department's order.
* Texts are trimmed; an empty one is None and empties the field.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from adapters.dingtalk import mobile, wire
from adapters.dingtalk.mapping import Fields
from adapters.dingtalk.reading import SYSTEM_GROUP
from domain.delivery.fitting import Fitting, UnfitError, seconds, text
from domain.delivery.operation import Present, Relations

REPLACED = str.maketrans({"-": "_", ",": "、", "，": "、"})
"""Characters that DingTalk does not take in a department's name, and what stands for them."""

LONGEST = {
    "department": {"name": 64},
    "member": {
        "name": 80,
        "job_number": 50,
        "title": 200,
        "telephone": 50,
        "email": 50,
        "org_email": 100,
        "work_place": 100,
        "remark": 2000,
    },
}
"""Longest texts in characters, by kind and field (dingtalk.md, section 4)."""

NEVER_EMPTIED = frozenset({"mobile", "hired_date", "order"})
"""Fields that DingTalk has no way to empty."""

MEMBER_FIELDS = (*LONGEST["member"], "mobile", "hired_date")


def _department_name(value: Any) -> str | None:
    name = text(value, LONGEST["department"]["name"])
    return name and name.translate(REPLACED)


def _group_name(value: Any) -> str | None:
    name = text(value)
    if name == SYSTEM_GROUP:
        raise UnfitError(f"the group {SYSTEM_GROUP} is DingTalk's own and takes no roles")
    return name


def _mobile(value: Any) -> str | None:
    said = text(value)
    if said is None:
        return None
    number = mobile.normal(said)
    if number is None:
        raise UnfitError(
            "is not a mobile number that DingTalk takes (11 digits, or +country-number)"
        )
    return number


def _order(value: Any) -> int | None:
    if value in (None, ""):
        return None
    try:
        return max(1, int(value))
    except (TypeError, ValueError):
        raise UnfitError("must be a whole number") from None


def _date(value: Any) -> int | None:
    """Milliseconds since 1970."""
    if isinstance(value, int) or (isinstance(value, str) and value.isdecimal() and len(value) > 8):
        return int(value) or None
    found = seconds(value)
    return None if found is None else found * 1000


_SPECIAL: dict[tuple[str, str], Callable[[Any], Any]] = {
    ("department", "name"): _department_name,
    ("department", "order"): _order,
    ("role_group", "name"): _group_name,
    ("member", "mobile"): _mobile,
    ("member", "hired_date"): _date,
}

fit = Fitting(LONGEST, _SPECIAL, NEVER_EMPTIED)
"""The fields in DingTalk's form; see ``Target.fit``."""


def department(
    dept_id: int, name: str, parent: int | None, detail: wire.Department | None
) -> Present:
    """A department that is there; ``parent`` None: directly below our root."""
    relations = Relations(parent=None if parent is None else str(parent))
    if detail is None:
        return Present(
            remote=str(dept_id),
            fields=fit("department", {"name": name}).fields,
            relations=relations,
        )
    leaders = tuple(dict.fromkeys(detail.dept_manager_userid_list or ()))
    given = {"name": detail.name or name, "order": detail.order}
    return Present(
        remote=str(dept_id),
        key=detail.source_identifier or None,
        fields=fit("department", given).fields,
        relations=relations.merged(Relations(leaders=leaders)),
    )


def member(
    user: wire.User, fields: Fields, *, root: int, found_in: int | None, relations: Relations
) -> Present:
    """A person who is there. ``relations`` has the manager, where it was read.

    ``root`` is nobody's department; ``found_in`` is the one whose list showed the person.
    """
    shown = {name: getattr(user, name) for name in MEMBER_FIELDS if fields.permitted(name)}
    if shown.get("mobile"):
        shown["mobile"] = mobile.normal(shown["mobile"], user.state_code)
        if shown["mobile"] is None:  # masked, or of a form that we don't know: not empty
            del shown["mobile"]
    places = user.dept_id_list
    if places is None:
        places = [] if found_in is None else [found_in]
    departments = tuple(str(d) for d in dict.fromkeys(places) if d != root)
    return Present(
        remote=user.userid,
        key=user.userid,
        fields=dict.fromkeys(shown) | fit("member", shown).fields,
        relations=Relations(departments=departments).merged(relations),
    )


def role(
    group: wire.RoleGroup,
    found: wire.Role,
    holders: tuple[str, ...] | None,
    *,
    ungrouped: str,
) -> Present:
    """A role that is there; ``holders`` None when they could not be read.

    ``ungrouped`` is the name of the group that holds roles of no group: theirs is not told.
    """
    in_group = Relations(group=str(group.groupId))
    return Present(
        remote=str(found.id),
        fields=fit("role", {"name": found.name}).fields,
        relations=Relations() if group.name == ungrouped else in_group,
        members=None if holders is None else frozenset(holders),
    )


def role_group(group: wire.RoleGroup) -> Present:
    """A role group that is there."""
    return Present(remote=str(group.groupId), fields={"name": group.name.strip() or None})
