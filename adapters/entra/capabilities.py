"""What reading from Entra can give."""

from __future__ import annotations

from adapters.entra.settings import EntraSettings
from domain.ports import SourceCapabilities

_DEPARTMENTS = (
    "Entra has no departments: the tree comes from user attributes, groups, administrative units"
    ' or managers, see the setting "tree".'
)
_NO_LEADERS = {
    "attribute": "The text in an attribute has no leader.",
    "units": "An administrative unit has administrators of accounts, and no leader.",
    "groups": "The owners of groups are left out (owners = false).",
}
_ONE_DEPARTMENT = {
    "attribute": "A person has one text in an attribute.",
    "manager": "A person has one manager, and so one team.",
}

NOTES = (
    "Once a day everything is read, in between what Graph tells to have changed; see full_every.",
    "A disabled account is a leaver or a suspended person: Entra does not say which.",
    "Photos cost a call per person and are not read.",
)


def capabilities(settings: EntraSettings) -> SourceCapabilities:
    """What this configuration can give."""
    tree = settings.tree
    why = {
        "departments": _DEPARTMENTS,
        "order": "Entra knows no order.",
        "role_groups": "A group that is a role belongs to no group of roles.",
        "main_department": "Entra knows no main department.",
    }
    leaders = tree == "manager" or (tree == "groups" and settings.owners)
    if not leaders:
        why["leaders"] = _NO_LEADERS[tree]
    if tree in _ONE_DEPARTMENT:
        why["several_departments"] = _ONE_DEPARTMENT[tree]
    if not settings.managers:
        why["managers"] = "Managers are left out (managers = false)."
    if not settings.roles_filter:
        why["roles"] = "Roles are the groups that the setting roles_filter finds; it is empty."
    return SourceCapabilities(
        departments=True,
        leaders=leaders,
        order=False,
        managers=settings.managers,
        roles=bool(settings.roles_filter),
        role_groups=False,
        main_department=False,
        several_departments=tree not in _ONE_DEPARTMENT,
        why=why,
        notes=NOTES,
    )
