"""Settings of the simulated DingTalk: the app's credentials, scope and permissions."""

from __future__ import annotations

from typing import Literal

from adapters.simulation.settings import CallingSettings

DEPARTMENT_LIST = "qyapi_get_department_list"
DEPARTMENT_MEMBER = "qyapi_get_department_member"
MEMBER = "qyapi_get_member"
MANAGE = "qyapi_manage_addresslist"
LEAVE_RECORDS = "Contact.Common.Read"
HRM = "qyapi_hrm_read_user"

PERMISSIONS = frozenset({DEPARTMENT_LIST, DEPARTMENT_MEMBER, MEMBER, MANAGE, LEAVE_RECORDS, HRM})

USER_FIELDS = (
    "userid",
    "unionid",
    "name",
    "avatar",
    "state_code",
    "mobile",
    "hide_mobile",
    "telephone",
    "job_number",
    "title",
    "email",
    "org_email",
    "work_place",
    "remark",
    "extension",
    "hired_date",
    "active",
    "admin",
    "boss",
)
"""Fields that ``auth/scopes`` can name in ``auth_user_field``."""


class DingTalkSettings(CallingSettings, kw_only=True, forbid_unknown_fields=True):
    """One internal app in one organization.

    ``authed_dept`` and ``authed_user`` are the app's contact scope. ``hidden_fields`` are user
    fields without field permission. ``bare_gateway_errors`` sends 40014, 60011, 90018 … without
    the wrapping 88; ``sloppy`` sends numbers and booleans as strings, as the documentation's
    samples do. ``refuse_cascade`` refuses to delete a department that has sub-departments
    (60006). ``restricted_users`` are left out of user/list unless ``contain_access_limit``;
    ``consent_mobiles`` must accept an invitation first (40103).
    ``auto_activate`` lets people who were created through the API be active at once. Somebody new
    is told of in ``newcomer_events`` events, usually two. ``captured_events`` has HTTP callbacks in
    the form that was captured from 2019 to 2022.
    """

    app_key: str = "dingsimulatedapp"
    app_secret: str = "simulated-secret"  # noqa: S105 - opens nothing but this simulator
    corp_id: str = "dingsimulatedcorp"
    org_name: str = "Simulated Organization"
    token_lifetime: int = 7200
    authed_dept: tuple[int, ...] = (1,)
    authed_user: tuple[str, ...] = ()
    permissions: frozenset[str] = PERMISSIONS
    hidden_fields: frozenset[str] = frozenset()
    main_admins: tuple[str, ...] = ()
    sub_admins: tuple[str, ...] = ()
    restricted_users: frozenset[str] = frozenset()
    consent_mobiles: frozenset[str] = frozenset()
    auto_activate: bool = False
    refuse_cascade: bool = False
    bare_gateway_errors: bool = False
    sloppy: bool = False
    newcomer_events: Literal[1, 2] = 2
    captured_events: bool = False
    callback_token: str = "simulatedtoken"  # noqa: S105 - opens only this simulator
    callback_aes_key: str = "simulatedsimulatedsimulatedsimulatedsimulat"
