"""Settings of the simulated Feishu: credentials, ranges, scopes, and the tenant's rules."""

from __future__ import annotations

from typing import Literal

import msgspec

from adapters.simulation.settings import CallingSettings

CONTACT = "contact:contact"
BASE_READ = "contact:contact.base:readonly"
READ_AS_APP = "contact:contact:readonly_as_app"
USER_BASE = "contact:user.base"
USER_ID_READ = "contact:user.id:readonly"
UPDATE_USER_ID = "contact:contact:update_user_id"
ROLE, ROLE_READ = "contact:functional_role", "contact:functional_role:readonly"
GROUP, GROUP_READ = "contact:group", "contact:group:readonly"
JOB_TITLE_READ = "contact:job_title:readonly"
EMPLOYEE_ID = "contact:user.employee_id:readonly"
EMAIL = "contact:user.email:readonly"
PHONE = "contact:user.phone:readonly"
HRBP = "contact:department.hrbp:readonly"
DOTTED = "contact:user.dotted_line_leader_info.read"
GEO = "contact:user.user_geo"
JOB_LEVEL = "contact:user.job_level:readonly"
JOB_FAMILY = "contact:user.job_family:readonly"
ASSIGN_INFO = "contact:user.assign_info:read"

SCOPES = frozenset(
    {
        CONTACT,
        READ_AS_APP,
        USER_ID_READ,
        UPDATE_USER_ID,
        ROLE,
        GROUP,
        GROUP_READ,
        JOB_TITLE_READ,
        EMPLOYEE_ID,
        EMAIL,
        PHONE,
        HRBP,
        DOTTED,
        GEO,
        JOB_LEVEL,
        JOB_FAMILY,
        ASSIGN_INFO,
    }
)


class CustomAttr(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """One field that the tenant added to its people; ``options`` are value by option id."""

    id: str
    name: str
    type: Literal["TEXT", "HREF", "ENUMERATION", "PICTURE_ENUM", "GENERIC_USER"] = "TEXT"
    options: dict[str, str] = {}


class FeishuSettings(CallingSettings, kw_only=True, forbid_unknown_fields=True):
    """One self-built app in one tenant.

    The app's range is ``visible_departments``, ``visible_users`` and ``visible_groups``, by
    custom or open id; department ``"0"`` is all staff. ``scopes`` are the permissions granted;
    a field without its scope is left out of replies. ``real_limits`` turns the documented rate
    of each API on; ``move_per_second`` is the rate of changes of departments and of freezing
    (None: no limit). ``unique_names`` is how far department names have to differ (43022).
    ``auto_join`` lets people who were created through the API be members at once; without it
    they are ``is_unjoin`` until they accept and cannot be changed (44010).
    ``refused_cities`` and ``refused_job_titles`` cannot be created on the fly (44054 … 44059).
    ``recursion_limit`` is the largest subtree listed at once (43010), ``id_changes`` how often
    a custom id may change (43009, 41013), ``deletion_seconds`` how long a resignation runs (44034).
    ``foreign_open_ids`` are people of another app (99992361), ``external_departments`` and
    ``external_users`` are kept by another source (43031, 44053). A long connection is told
    ``ping_interval``, ``reconnect_interval`` and ``reconnect_nonce``, in seconds, and its events
    come in frames of ``frame_bytes`` at most.
    """

    app_id: str = "cli_simulatedapp"
    app_secret: str = "simulated-secret"  # noqa: S105 - opens nothing but this simulator
    tenant_key: str = "simulatedtenant"
    org_name: str = "Simulated Organization"
    token_lifetime: int = 7200
    visible_departments: tuple[str, ...] = ("0",)
    visible_users: tuple[str, ...] = ()
    visible_groups: tuple[str, ...] = ()
    scopes: frozenset[str] = SCOPES
    real_limits: bool = False
    move_per_second: float | None = 1
    unique_names: Literal["siblings", "tenant"] = "siblings"
    auto_join: bool = True
    certified: bool = True
    lark: bool = False
    resurrection: bool = True
    founder: str | None = None
    tenant_managers: tuple[str, ...] = ()
    mail_domains: frozenset[str] = frozenset()
    units: frozenset[str] = frozenset()
    employee_types: dict[int, str] = {}
    inactive_employee_types: frozenset[int] = frozenset()
    custom_attrs: tuple[CustomAttr, ...] = ()
    refused_cities: frozenset[str] = frozenset()
    refused_job_titles: frozenset[str] = frozenset()
    foreign_open_ids: frozenset[str] = frozenset()
    external_departments: frozenset[str] = frozenset()
    external_users: frozenset[str] = frozenset()
    recursion_limit: int | None = None
    department_size: int = 10_000
    id_changes: int = 5
    deletion_seconds: float = 0
    ping_interval: int = 120
    reconnect_interval: int = 120
    reconnect_nonce: int = 30
    frame_bytes: int = 100_000
    encrypt_key: str = "simulated-encrypt-key"
    verification_token: str = "simulated-verification-token"  # noqa: S105 - opens only this simulator
