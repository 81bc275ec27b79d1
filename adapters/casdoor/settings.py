"""What must be known to write to one organization of a Casdoor site."""

from __future__ import annotations

import re

import msgspec

from domain.addresses import is_web_address
from domain.errors import ConfigError

_COUNTRY = re.compile(r"[A-Z]{2}")


class CasdoorSettings(msgspec.Struct, frozen=True, kw_only=True):
    """``client_id`` and ``client_secret`` are those of any application of the site.

    ``base_url`` is the site's address, ``organization`` the name (not the display name) of the
    organization that is ours to fill. ``application`` is the one that new accounts belong to
    (signupApplication); empty: the organization's default one. ``country_code`` is the country of
    mobile numbers that are written without one (ISO 3166, two letters). ``group_prefix`` is
    written before a department's id to make the group's name. ``rate`` is the number of calls per
    second per interface to begin with, ``max_rate`` our cap over all of them (0: none), and
    ``concurrency`` the number of changes that are under way at one time.
    """

    client_id: str
    client_secret: str
    organization: str
    base_url: str
    application: str = ""
    country_code: str = "CN"
    group_prefix: str = ""
    rate: float = 100
    max_rate: float = 0
    concurrency: int = 8

    def __post_init__(self) -> None:
        required = ("client_id", "client_secret", "organization", "base_url")
        problems = [f"{name} must not be empty" for name in required if not getattr(self, name)]
        if self.base_url and not is_web_address(self.base_url):
            problems.append("base_url is not an http address")
        if ":" in self.client_id:
            problems.append("client_id must not have a colon")
        problems += [
            f"{name} must not have a slash"
            for name in ("organization", "group_prefix")
            if "/" in getattr(self, name)
        ]
        if not _COUNTRY.fullmatch(self.country_code):
            problems.append('country_code is two capital letters, such as "CN"')
        if self.rate <= 0:
            problems.append("rate must be more than 0")
        if self.max_rate < 0:
            problems.append("max_rate must be 0 (no cap) or more")
        if self.concurrency < 1:
            problems.append("concurrency must be at least 1")
        if problems:
            raise ConfigError("These Casdoor settings cannot be used", why="; ".join(problems))

    def __repr__(self) -> str:
        return f"CasdoorSettings(base_url={self.base_url!r}, organization={self.organization!r})"
