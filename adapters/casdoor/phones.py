"""Mobile numbers between their written forms and Casdoor's columns ``phone`` and ``countryCode``.

Casdoor asks libphonenumber what a number is and keeps its national digits and its region
(Casdoor source at e6b2338f, util/validation.go, GetNormalizedPhone). We compare numbers in the
international form ``+8613800000001``, and write that form: it brings its own region. Whether a
number is valid is left to Casdoor, whose tables may be newer than ours. Pure.
"""

from __future__ import annotations

import re

import phonenumbers

_MAINLAND = re.compile(r"(?:\+86)?(1[3-9]\d{9})", re.ASCII)
"""A quick way for the many: the library takes 50 µs for each."""


def international(text: str, country: str) -> str | None:
    """``text`` as ``+`` and digits; None for what is no number.

    ``country`` is that of a number without one, two letters.
    """
    quick = _MAINLAND.fullmatch(text)
    if quick and (country == "CN" or text.startswith("+")):
        return f"+86{quick[1]}"
    try:
        number = phonenumbers.parse(text, country)
    except phonenumbers.NumberParseException:
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def shown(phone: str, region: str, country: str) -> str | None:
    """The number that Casdoor shows; what is no number stays as it is, None for nothing."""
    if not phone:
        return None
    return international(phone, region or country) or phone
