"""What must be known to let one identity provider in."""

from __future__ import annotations

from typing import Literal
from urllib.parse import urlsplit

import msgspec

from adapters.scim_inbound.tokens import given, problem
from domain.errors import ConfigError


class ScimInboundSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``[systems.<id>]`` with ``type = "scim-inbound"``.

    ``token`` are the bearer tokens that are let in, in the clear or as ``sha256:`` and 64
    hexadecimal digits: one, a list, or several separated by white space (so that a file can hold
    an old and a new one while they are changed). ``tree`` says what the departments are: pushed
    ``groups``, or the ``attribute`` department of the enterprise extension, and groups are roles
    then. ``roles`` are patterns (``*``, ``?``) of the names of groups that are roles in any case.
    ``public_url`` is what stands before ``/scim/<system>/v2`` in the address that the sender calls;
    without it answers name the address that the request came to.
    """

    token: str | tuple[str, ...]
    tree: Literal["groups", "attribute"] = "groups"
    roles: tuple[str, ...] = ()
    public_url: str = ""

    def __post_init__(self) -> None:
        tokens = given(self.token)
        problems = [why for token in tokens if (why := problem(token)) is not None]
        if not tokens:
            problems.append("token has no token in it")
        if any(not pattern.strip() for pattern in self.roles):
            problems.append("roles has an empty pattern")
        address = urlsplit(self.public_url)
        web = address.scheme in ("http", "https") and address.hostname
        if self.public_url and (not web or address.query or address.fragment):
            problems.append("public_url is an address such as https://ids.example.com")
        if problems:
            raise ConfigError(
                "these settings of a SCIM sender cannot be used",
                why="; ".join(dict.fromkeys(problems)),
            )
