"""Which roster field is which field of a Feishu user.

``details`` of a member may set the fields that the roster has no place for, by Feishu's names.
"""

from __future__ import annotations

from typing import Any

from msgspec import UNSET

from adapters.feishu.simulator.mobiles import canonical

ROSTER_FIELDS = {
    "email": "email",
    "mobile": "mobile",
    "job_number": "employee_no",
    "title": "job_title",
    "avatar": "avatar",
}
"""Feishu's name by the roster's."""

DETAIL_FIELDS = (
    "en_name",
    "nickname",
    "gender",
    "city",
    "country",
    "work_station",
    "join_time",
    "employee_type",
    "enterprise_email",
    "mobile_visible",
)
FLAGS = {"is_activated": "activated", "is_unjoin": "unjoined"}


def given_fields(record: Any, details: dict[str, Any]) -> dict[str, Any]:
    """The fields that a roster member or a change gives, by Feishu's names."""
    given = {name: getattr(record, field) for field, name in ROSTER_FIELDS.items()}
    given |= {name: details[name] for name in DETAIL_FIELDS if name in details}
    return {name: value for name, value in given.items() if value is not UNSET}


def tidy(fields: dict[str, Any]) -> dict[str, Any]:
    """Only the fields with a value; mobile numbers in one spelling."""
    kept = {name: value for name, value in fields.items() if value not in (None, "", [])}
    if "mobile" in kept:
        kept["mobile"] = canonical(kept["mobile"])
    return kept
