"""What must be known to write to one user pool of Authing or GenAuth."""

from __future__ import annotations

import re

import msgspec

from domain.addresses import is_web_address
from domain.errors import ConfigError

AUTHING = "https://api.authing.cn"
"""Authing's own host; GenAuth's is https://api.genauth.ai, private installations have theirs."""

_COUNTRY = re.compile(r"[A-Z]{2}")


class AuthingSettings(msgspec.Struct, frozen=True, kw_only=True):
    """``access_key_id`` and ``access_key_secret`` are the user pool's, or an administrator's.

    ``organization_code`` is the organization below which our departments are put. ``departments``
    false leaves departments out, for a server that has none (GenAuth); no organization is needed
    then. ``namespace`` is the permission namespace of roles, empty: the pool's default one.
    ``manager_field`` is the key in people's customData that holds the user id of the manager,
    empty: managers are not written. ``country_code`` is the country of mobile numbers that are
    written without one (ISO 3166, two letters). ``resign`` lets people who left resign for good
    where they would be deleted. ``rate`` is the number of calls per second per interface to begin
    with, ``max_rate`` our cap over all of them (0: none), and ``concurrency`` the number of
    changes, or batches of them, that are under way at one time.
    """

    access_key_id: str
    access_key_secret: str
    base_url: str = AUTHING
    organization_code: str = ""
    departments: bool = True
    namespace: str = ""
    manager_field: str = "manager"
    country_code: str = "CN"
    resign: bool = False
    rate: float = 20
    max_rate: float = 0
    concurrency: int = 4

    def __post_init__(self) -> None:
        required = ("access_key_id", "access_key_secret", "base_url")
        problems = [f"{name} must not be empty" for name in required if not getattr(self, name)]
        if self.base_url and not is_web_address(self.base_url):
            problems.append("base_url is not an http address")
        if self.departments and not self.organization_code:
            problems.append("organization_code must not be empty, unless departments is false")
        if not _COUNTRY.fullmatch(self.country_code):
            problems.append('country_code is two capital letters, such as "CN"')
        if self.rate <= 0:
            problems.append("rate must be more than 0")
        if self.max_rate < 0:
            problems.append("max_rate must be 0 (no cap) or more")
        if self.concurrency < 1:
            problems.append("concurrency must be at least 1")
        if problems:
            raise ConfigError("These Authing settings cannot be used", why="; ".join(problems))

    def __repr__(self) -> str:
        return (
            f"AuthingSettings(base_url={self.base_url!r},"
            f" organization_code={self.organization_code!r})"
        )
