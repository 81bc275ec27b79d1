"""Settings of the simulated Authing: one user pool with one organization."""

from __future__ import annotations

from adapters.simulation.settings import SimulationSettings


class AuthingSettings(SimulationSettings, kw_only=True, forbid_unknown_fields=True):
    """One access key of one user pool; ``org_name`` is the organization's name.

    ``custom_fields`` are the keys that people may have in customData, all of them texts.
    ``lists_root`` lets get-all-departments list the organization itself, too. ``departments``
    false is a server without departments, as GenAuth's SDK describes it. ``batch_most`` is how
    many people one batch takes. ``roster_country`` is the country of a roster's numbers that have
    no ``+`` in front.
    """

    access_key_id: str = "authing-simulated-key"
    access_key_secret: str = "simulated-secret"  # noqa: S105 - opens nothing but this simulator
    userpool_id: str = "6500000000000000000000aa"
    organization_code: str = "simulated"
    org_name: str = "Simulated Organization"
    token_lifetime: int = 7200
    custom_fields: tuple[str, ...] = ("job_number", "title", "manager")
    namespaces: tuple[str, ...] = ("default",)
    lists_root: bool = False
    departments: bool = True
    batch_most: int = 50
    roster_country: str = "CN"
