"""What must be known to write to one SCIM service."""

from __future__ import annotations

from typing import Literal

import msgspec

from domain.addresses import is_web_address
from domain.errors import ConfigError

Nesting = Literal["members", "none"]


class ScimSettings(msgspec.Struct, frozen=True, kw_only=True):
    """``base_url`` is the address above ``/Users``, with its version (``…/scim/v2``).

    ``nesting`` says where a department's parent is kept: ``members`` makes the group of a child
    department a member of its parent's group, ``none`` leaves all groups side by side.
    ``departments`` and ``roles`` can be turned off, for a service that takes people only.
    ``rename_users`` rewrites ``userName`` when its value changes; else it is given once.
    ``bulk`` uses the service's bulk endpoint, where it has one. ``rate`` is the number of calls
    per second per interface to begin with, ``max_rate`` our cap over all of them (0: none).
    """

    base_url: str
    token: str
    nesting: Nesting = "members"
    departments: bool = True
    roles: bool = True
    rename_users: bool = False
    bulk: bool = True
    rate: float = 25
    max_rate: float = 0

    def __post_init__(self) -> None:
        problems = [
            f"{name} must not be empty" for name in ("base_url", "token") if not getattr(self, name)
        ]
        if self.base_url and not is_web_address(self.base_url):
            problems.append("base_url is not an http address")
        if self.nesting not in ("members", "none"):
            problems.append(f'nesting is "members" or "none", not {self.nesting!r}')
        if not (self.token.isascii() and self.token.isprintable()):
            problems.append("token holds characters that no header can carry")
        if self.rate <= 0:
            problems.append("rate must be more than 0")
        if self.max_rate < 0:
            problems.append("max_rate must be 0 (no cap) or more")
        if problems:
            raise ConfigError("These SCIM settings cannot be used", why="; ".join(problems))

    def __repr__(self) -> str:
        return f"ScimSettings(base_url={self.base_url!r})"
