"""Which roster field is which field of a WeCom member; WeCom has no job number.

``details`` of a member may set the fields that the roster has no place for, by WeCom's names.
"""

from __future__ import annotations

from typing import Any

from msgspec import UNSET

from adapters.wecom.simulator.user_params import mobile_number

ROSTER_FIELDS = {"email": "email", "mobile": "mobile", "title": "position", "avatar": "avatar"}
"""WeCom's name by the roster's."""

DETAIL_FIELDS = (
    "alias", "telephone", "address", "gender", "biz_mail", "external_position", "extattr",
)  # fmt: skip
STATE = "status"
GENERATED = "userid_generated"
"""Not a field of WeCom: true for a userid that WeCom has made itself, which may change once."""
STATES = (1, 4, 5)
"""Activated, not activated, left; who is disabled (2) is not active."""


def given_fields(record: Any, details: dict[str, Any]) -> dict[str, Any]:
    """The fields that a roster member or a change gives, by WeCom's names."""
    given = {name: getattr(record, field) for field, name in ROSTER_FIELDS.items()}
    given |= {name: details[name] for name in DETAIL_FIELDS if name in details}
    return {name: value for name, value in given.items() if value is not UNSET}


def tidy(fields: dict[str, Any]) -> dict[str, Any]:
    """Only the fields with a value; mobile numbers in one spelling."""
    kept = {name: value for name, value in fields.items() if value}
    if "mobile" in kept:
        kept["mobile"] = mobile_number(kept["mobile"])
    return kept
