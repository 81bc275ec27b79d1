"""Settings of the simulated Entra: the app, what it was granted, and the service's moods."""

from __future__ import annotations

from typing import Literal

from adapters.simulation.settings import CallingSettings

USERS, BASIC = "User.Read.All", "User.ReadBasic.All"
GROUPS, MEMBERS = "Group.Read.All", "GroupMember.Read.All"
UNITS, HIDDEN = "AdministrativeUnit.Read.All", "Member.Read.Hidden"
DIRECTORY = "Directory.Read.All"

GRANTED = frozenset({USERS, GROUPS, UNITS})


class EntraSettings(CallingSettings, kw_only=True, forbid_unknown_fields=True):
    """One app registration in one tenant.

    ``permissions`` are the application permissions with admin consent. ``page_lifetime`` and
    ``delta_lifetime`` are seconds for which links to pages and delta tokens are good;
    ``expire_pages`` is how many of the next links are refused at once (Directory_ExpiredPageToken).
    ``delta_page`` and ``member_page`` are sizes of delta pages, in objects and in changed members.
    ``repeats`` begins each page with the last row of the page before, ``empty_pages`` puts an
    empty page before each other. ``unknown_properties`` are ones that this cloud does not have.
    ``real_limits`` counts resource units as Graph does. ``refused_paths`` maps beginnings of
    paths (``groups/<id>/members``) to the status they are answered with, in batches too;
    ``throttled_parts`` is how many of the next requests inside batches get a 429.
    ``envelope`` is the form of refusals: Graph's, ``error`` as a text, or nothing at all.
    ``separator`` joins the names of a path in ``department`` and in names of units; without
    ``texts`` nobody has a ``department`` but by ``details``.
    """

    tenant_id: str = "5a3f6f0e-0000-4000-8000-000000000001"
    client_id: str = "c11e27a0-0000-4000-8000-000000000002"
    client_secret: str = "simulated-secret"  # noqa: S105 - opens nothing but this simulator
    org_name: str = "Simulated Organization"
    domain: str = "simulated.example"
    app_enabled: bool = True
    secret_expired: bool = False
    token_lifetime: int = 3599
    permissions: frozenset[str] = GRANTED
    page_lifetime: float = 600
    delta_lifetime: float = 7 * 24 * 3600
    expire_pages: int = 0
    delta_page: int = 200
    member_page: int = 1000
    repeats: bool = False
    empty_pages: bool = False
    unknown_properties: frozenset[str] = frozenset()
    real_limits: bool = False
    refused_paths: dict[str, int] = {}
    throttled_parts: int = 0
    envelope: Literal["graph", "text", "empty"] = "graph"
    separator: str = "/"
    texts: bool = True
