"""Mobile numbers between ``+8613800000001`` and Authing's ``phone`` and ``phoneCountryCode``.

A number is kept without its country code; without ``phoneCountryCode`` it is a Chinese one
(authing-node-sdk, models/CreateUserReqDto). Whether a number is valid is left to Authing. Pure.
"""

from __future__ import annotations

import phonenumbers

from adapters.telephone import MAINLAND, international

CHINA = "+86"


def split(number: str) -> tuple[str, str]:
    """An international number as its country code (with ``+``) and the rest."""
    if MAINLAND.fullmatch(number):
        return CHINA, number.removeprefix(CHINA)
    parsed = phonenumbers.parse(number)
    return f"+{parsed.country_code}", phonenumbers.national_significant_number(parsed)


def shown(phone: str | None, code: str | None) -> str | None:
    """The number that Authing shows; what is no number stays as it is, None for nothing."""
    if not phone:
        return None
    whole = phone if phone.startswith("+") else f"{code or CHINA}{phone}"
    return international(whole, "CN") or whole
