"""What a user may be called and reached by (Casdoor source, object/check.go, CheckUpdateUser)."""

from __future__ import annotations

import re

from adapters.casdoor.simulator import phones
from adapters.casdoor.simulator.errors import (
    BAD_EMAIL_USERNAME,
    BAD_PHONE,
    BAD_USERNAME,
    EMAIL_TAKEN,
    EMPTY_USERNAME,
    LONG_USERNAME,
    NO_ORGANIZATION,
    PHONE_TAKEN,
    USERNAME_TAKEN,
    RefusedError,
)
from adapters.casdoor.simulator.fields import Row
from adapters.casdoor.simulator.world import World

USERNAME = re.compile(r"[a-zA-Z0-9]+([-._][a-zA-Z0-9]+)*")
# as Casdoor has it: one alternative is bound at the start only, the other at the end only
EMAIL_USERNAME = re.compile(
    r"^([a-zA-Z0-9]+([-._][a-zA-Z0-9]+)*)|([a-zA-Z0-9._%+-]+@[a-zA-Z0-9.-]+\.[a-zA-Z]{2,})$"
)
NAME_LIMIT = 255


def check_username(name: str, *, email: bool) -> None:
    """Refuse what cannot be a user's name; ``email`` is organization.useEmailAsUsername."""
    if not name:
        raise RefusedError(EMPTY_USERNAME)
    if len(name.encode()) > NAME_LIMIT:
        raise RefusedError(LONG_USERNAME)
    if email and not EMAIL_USERNAME.search(name):
        raise RefusedError(BAD_EMAIL_USERNAME)
    if not email and not USERNAME.fullmatch(name):
        raise RefusedError(BAD_USERNAME)


def checked(world: World, before: Row, after: Row) -> Row:
    """``after`` with its number as Casdoor stores it; refuses what is taken or not valid.

    ``before`` is the user as stored, empty for a new one.
    """
    owner: str = after.get("owner", "")
    if before.get("name") != after.get("name") or not after.get("name"):
        home: str = before.get("owner", owner)
        organization = world.organization(home)
        if organization is None:
            raise RefusedError(NO_ORGANIZATION, home)
        email = bool(organization.get("useEmailAsUsername"))
        check_username(after.get("name", ""), email=email)
        if world.people.get(owner, after["name"]) is not None:
            raise RefusedError(USERNAME_TAKEN)
    email_of = after.get("email", "")
    if before.get("email", "") != email_of and world.people.find(owner, "email", email_of):
        raise RefusedError(EMAIL_TAKEN)
    return _with_phone(world, before, after)


def _with_phone(world: World, before: Row, after: Row) -> Row:
    if _phone(before) == _phone(after) or not after.get("phone"):
        return after
    country = after.get("countryCode") or _first_country(world, after.get("owner", ""))
    found = phones.normalize(after["phone"], country)
    if found is None:
        raise RefusedError(BAD_PHONE)
    result = {**after, "phone": found.national, "countryCode": found.region}
    if _phone(before) != _phone(result) and _taken(world, result):
        raise RefusedError(PHONE_TAKEN)
    return result


def _first_country(world: World, owner: str) -> str:
    countries = (world.organization(owner) or {}).get("countryCodes") or [""]
    return str(countries[0])


def _taken(world: World, user: Row) -> bool:
    holders = world.people.find(user.get("owner", ""), "phone", user["phone"])
    return any(holder.get("countryCode", "") == user["countryCode"] for holder in holders)


def _phone(user: Row) -> tuple[str, str]:
    return user.get("phone", ""), user.get("countryCode", "")
