"""Phone numbers as Casdoor keeps them: national digits and a region (util/validation.go).

Casdoor asks libphonenumber; here are the calling codes and lengths of the countries that a new
organization has, and of China's neighbours, so that a number without its country, with letters
or of another length is refused. Numbers of other countries are taken with 5 to 14 digits.
"""

from __future__ import annotations

import re
from typing import NamedTuple

NATIONAL = {
    "US": ("1", r"[2-9]\d{2}[2-9]\d{6}"),
    "ES": ("34", r"[5-9]\d{8}"),
    "FR": ("33", r"[1-9]\d{8}"),
    "DE": ("49", r"[1-9]\d{5,13}"),
    "GB": ("44", r"[1-9]\d{8,9}"),
    "CN": ("86", r"1[3-9]\d{9}|[2-9]\d{8,10}|10\d{8}"),
    "JP": ("81", r"[1-9]\d{8,9}"),
    "KR": ("82", r"[1-9]\d{7,9}"),
    "VN": ("84", r"[1-9]\d{8,9}"),
    "ID": ("62", r"[1-9]\d{7,11}"),
    "SG": ("65", r"[3689]\d{7}"),
    "IN": ("91", r"[1-9]\d{9}"),
    "HK": ("852", r"[2-9]\d{7}"),
    "MO": ("853", r"[268]\d{7}"),
    "TW": ("886", r"[2-9]\d{7,8}"),
}
_REGION = {code: region for region, (code, _) in NATIONAL.items()}
_FORMATTING = re.compile(r"[\s\-().]")
_ELSEWHERE = r"\d{5,14}"


class Phone(NamedTuple):
    """A number's national digits and its region, such as CN; empty when unknown."""

    national: str
    region: str


def normalize(given: str, region: str) -> Phone | None:
    """The number as Casdoor stores it, None for one that is not valid.

    A number in the international form brings its own region, another needs ``region``.
    """
    digits = _FORMATTING.sub("", given)
    if digits.startswith("+"):
        code, own = _calling_code(digits[1:])
        return _valid(digits[1 + len(code) :], own)
    if region not in NATIONAL:
        return _valid(digits, region) if region else None
    code, _ = NATIONAL[region]
    return _valid(digits, region) or _valid(digits.removeprefix(code), region)


def looked_up(given: str) -> Phone:
    """What to look for when somebody asks for a number: ``+86…`` names a region, others do not."""
    found = normalize(given, "") if given.startswith("+") else None
    return found or Phone(given, "")


def _calling_code(digits: str) -> tuple[str, str]:
    for length in (3, 2, 1):
        if digits[:length] in _REGION:
            return digits[:length], _REGION[digits[:length]]
    return "", ""


def _valid(digits: str, region: str) -> Phone | None:
    pattern = NATIONAL[region][1] if region in NATIONAL else _ELSEWHERE
    national = digits.removeprefix("0")
    return Phone(national, region) if re.fullmatch(pattern, national, re.ASCII) else None
