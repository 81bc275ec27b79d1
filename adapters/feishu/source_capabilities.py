"""What reading from Feishu can give."""

from __future__ import annotations

from domain.ports import SourceCapabilities

CAPABILITIES = SourceCapabilities(
    departments=True,
    leaders=True,
    order=True,
    managers=True,
    roles=True,
    role_groups=False,
    main_department=True,
    several_departments=True,
    states=True,
    looks=True,
    why={
        "roles": "No call of Feishu lists roles: those named in the setting role_ids are read.",
        "role_groups": "Roles of Feishu have no groups.",
        "looks": "Feishu announces no change of roles and user groups.",
    },
    notes=(
        "A field without its permission is left out; what is left out is unknown, not empty.",
        "People who left are simply no longer listed.",
        "The organization itself has no name and no leaders that an app can read.",
    ),
)
