"""Which roster field is which field of a DingTalk user.

``details`` of a member may set the fields that the roster has no place for, by DingTalk's names.
"""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec import UNSET

from adapters.dingtalk.simulator.model import OTHER_GROUP
from domain.records import MemberRecord, RoleRecord

ROSTER_FIELDS = ("email", "mobile", "job_number", "title", "avatar")
DETAIL_FIELDS = ("telephone", "org_email", "work_place", "remark", "hired_date", "extension")
FLAGS = ("hide_mobile", "senior", "boss")
MAINLAND = "86"


def member_fields(member: MemberRecord) -> dict[str, Any]:
    """The optional DingTalk fields that a roster member has a value for."""
    fields = {name: getattr(member, name) for name in ROSTER_FIELDS}
    details = member.details or {}
    fields |= {name: details.get(name) for name in DETAIL_FIELDS}
    return tidy(fields)


def tidy(fields: dict[str, Any]) -> dict[str, Any]:
    """Only the fields with a value; the state code follows the number, extension is JSON text."""
    kept = {name: value for name, value in fields.items() if value not in (None, UNSET, "", {})}
    if isinstance(kept.get("extension"), dict):
        kept["extension"] = msgspec.json.encode(kept["extension"]).decode()
    kept.pop("state_code", None)
    if "mobile" in kept:
        kept["state_code"] = state_code(kept["mobile"])
    return kept


def state_code(mobile: str) -> str:
    """The country of a number: ``+852-…`` is 852, a plain one mainland China."""
    code, dash, _ = mobile.removeprefix("+").partition("-")
    return code if mobile.startswith("+") and dash else MAINLAND


def group_of(role: RoleRecord) -> str:
    """The name of the role's group; roles without one share a group."""
    return role.group or OTHER_GROUP
