"""What can be pushed to us over SCIM 2.0 (RFC 7643)."""

from __future__ import annotations

from adapters.scim_inbound.settings import ScimInboundSettings
from domain.ports import SourceCapabilities

_GROUPS = "SCIM has no departments: they are the groups that are pushed."
_ATTRIBUTE = (
    "SCIM has no departments: they are the values of the enterprise attribute department, all at"
    " the top."
)


def capabilities(settings: ScimInboundSettings) -> SourceCapabilities:
    """What this configuration can take in."""
    groups = settings.tree == "groups"
    why = {
        "pulled": "SCIM is pushed, call by call: what the sender does not send is not known.",
        "departments": _GROUPS if groups else _ATTRIBUTE,
        "leaders": "A group of SCIM has members, and no leader.",
        "order": "Groups of SCIM have no order.",
        "roles": "Groups are roles, those whose name matches roles."
        if groups
        else "Every group is a role.",
        "role_groups": "A role holds no groups, and belongs to none.",
        "main_department": "SCIM knows no main department.",
        "looks": "The sender pushes the records themselves; there is nothing to read again.",
    }
    if not groups:
        why["own_departments"] = "A department that nobody names is not there."
        why["several_departments"] = "A user has one department in the enterprise extension."
    return SourceCapabilities(
        pulled=False,
        own_departments=groups,
        leaders=False,
        order=False,
        role_groups=False,
        main_department=False,
        several_departments=groups,
        why=why,
    )
