"""Mobile numbers between their written forms and Casdoor's columns ``phone`` and ``countryCode``.

Casdoor asks libphonenumber what a number is and keeps its national digits and its region
(Casdoor source at e6b2338f, util/validation.go, GetNormalizedPhone). We compare numbers in the
international form ``+8613800000001``, and write that form: it brings its own region. Whether a
number is valid is left to Casdoor, whose tables may be newer than ours. Pure.
"""

from __future__ import annotations

from adapters.telephone import international


def shown(phone: str, region: str, country: str) -> str | None:
    """The number that Casdoor shows; what is no number stays as it is, None for nothing."""
    if not phone:
        return None
    return international(phone, region or country) or phone
