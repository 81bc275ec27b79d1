"""What must be known to read one Entra tenant through one app registration."""

from __future__ import annotations

from typing import Literal
from urllib.parse import urlsplit

import msgspec

from domain.errors import ConfigError

LONGEST_STATE = 128
"""Characters of a clientState (Graph docs, resource subscription)."""

LOGIN, GRAPH = "https://login.microsoftonline.com", "https://graph.microsoft.com/v1.0"

Tree = Literal["attribute", "groups", "units", "manager"]

EXTENSIONS = tuple(f"extensionAttribute{number}" for number in range(1, 16))
ATTRIBUTES = (
    "department",
    "companyName",
    "officeLocation",
    "employeeType",
    "division",
    "costCenter",
    *EXTENSIONS,
)
"""User attributes that may name a level of the tree (Graph v1.0, resource user)."""


class EntraSettings(msgspec.Struct, frozen=True, kw_only=True):
    """One app registration with application permissions.

    ``tree`` says what the departments are, because Entra has none: texts of user attributes,
    nested groups, administrative units, or the teams of managers. ``attributes`` are the levels
    of the tree from the top down; ``separator`` splits a text (or a unit's name) into further
    levels, empty: it does not. ``renamed`` maps a new path of texts to the one that it had.
    ``groups_filter`` and ``roles_filter`` are OData filters over groups; ``owners`` of a group
    that is a department are its leaders. ``scope`` is what a token is asked for (empty:
    ``/.default`` of Graph in the cloud of ``base_url``, the worldwide one for any other host).
    ``rate`` is in calls per second per interface, ``max_rate`` over all of them (0: no cap).
    ``full_every`` is in hours: in between only changes are read (0: everything is read every
    time). ``callback_token`` is the ``clientState`` of change notifications: a secret that only we
    and Graph know (empty: they are not received).
    """

    tenant_id: str
    client_id: str
    client_secret: str
    login_url: str = LOGIN
    base_url: str = GRAPH
    scope: str = ""
    tree: Tree = "attribute"
    attributes: tuple[str, ...] = ("department",)
    separator: str = ""
    renamed: dict[str, str] = {}
    groups_filter: str = "securityEnabled eq true"
    roles_filter: str = ""
    owners: bool = True
    guests: Literal["skip", "read"] = "skip"
    managers: bool = True
    full_every: float = 24
    rate: float = 20
    max_rate: float = 0
    callback_token: str = ""

    def __post_init__(self) -> None:
        problems = [
            f"{name} must not be empty"
            for name in ("tenant_id", "client_id", "client_secret")
            if not getattr(self, name)
        ]
        problems += [*_addresses(self), *_tree(self)]
        if self.guests not in ("skip", "read"):
            problems.append(f'guests is "skip" or "read", not {self.guests!r}')
        if self.full_every < 0:
            problems.append("full_every must be 0 (always) or more hours")
        if self.rate <= 0:
            problems.append("rate must be more than 0")
        if self.max_rate < 0:
            problems.append("max_rate must be 0 (no cap) or more")
        if len(self.callback_token) > LONGEST_STATE:
            problems.append(f"callback_token must have at most {LONGEST_STATE} characters")
        if problems:
            raise ConfigError("These Entra settings cannot be used", why="; ".join(problems))

    def __repr__(self) -> str:
        return f"EntraSettings(tenant_id={self.tenant_id!r}, client_id={self.client_id!r})"


def _addresses(settings: EntraSettings) -> list[str]:
    problems = []
    for name in ("login_url", "base_url"):
        parts = urlsplit(getattr(settings, name))
        if parts.scheme not in ("http", "https") or not parts.netloc:
            problems.append(f"{name} must be an address with https://")
    if not urlsplit(settings.base_url).path.strip("/"):
        problems.append("base_url must end with the version, such as /v1.0")
    return problems


def _tree(settings: EntraSettings) -> list[str]:
    problems = []
    if settings.tree not in ("attribute", "groups", "units", "manager"):
        problems.append(
            f'tree is "attribute", "groups", "units" or "manager", not {settings.tree!r}'
        )
    if settings.tree == "attribute" and not settings.attributes:
        problems.append("attributes must name at least one attribute")
    problems += [
        f"attributes cannot have {name!r}, only {', '.join(ATTRIBUTES[:6])}"
        " and extensionAttribute1 to extensionAttribute15"
        for name in settings.attributes
        if name not in ATTRIBUTES
    ]
    if settings.tree == "manager" and not settings.managers:
        problems.append('tree = "manager" needs managers = true')
    return problems
