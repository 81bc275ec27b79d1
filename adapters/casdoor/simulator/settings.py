"""Settings of the simulated Casdoor: one site, one application, one organization to begin with."""

from __future__ import annotations

from adapters.simulation.settings import SimulationSettings

COUNTRY_CODES = ("US", "ES", "FR", "DE", "GB", "CN", "JP", "KR", "VN", "ID", "SG", "IN")
"""What an organization gets that names no countries (Casdoor source, controllers/organization)."""


class CasdoorSettings(SimulationSettings, kw_only=True, forbid_unknown_fields=True):
    """One application of one organization; ``org_name`` is the organization's display name.

    ``has_application`` false makes add-user refuse, as in an organization without application.
    ``unique_group_names`` is the index that lets a group's name exist only once on the whole
    site. ``roster_country`` is the country of a roster's numbers that have no ``+`` in front.
    ``email_as_username``, ``soft_deletion``, ``country_codes`` and ``account_rules`` (item name
    to Self, Admin or Immutable, over the built-in ones) are the organization's own, taken over
    when the site starts and whenever they are set; ``lower_names`` is the server's
    ``isUsernameLowered``.
    """

    client_id: str = "casdoor-simulated-client"
    client_secret: str = "simulated-secret"  # noqa: S105 - opens nothing but this simulator
    application: str = "app-simulated"
    organization: str = "simulated"
    org_name: str = "Simulated Organization"
    token_lifetime: int = 7 * 24 * 3600
    has_application: bool = True
    unique_group_names: bool = True
    lower_names: bool = False
    roster_country: str = "CN"
    country_codes: tuple[str, ...] = COUNTRY_CODES
    email_as_username: bool = False
    soft_deletion: bool = False
    account_rules: dict[str, str] = {}
