"""What reading from Entra can give."""

from __future__ import annotations

from adapters.entra.settings import EntraSettings
from domain.ports import SourceCapabilities

_DEPARTMENTS = (
    "Entra has no departments: the tree comes from user attributes, groups, administrative units"
    ' or managers, see the setting "tree".'
)
_NAMED = {
    "attribute": "A text that nobody has is not there.",
    "manager": "A team is there as long as somebody has that manager.",
}
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
    if tree in _NAMED:
        why["own_departments"] = _NAMED[tree]
    if tree in _ONE_DEPARTMENT:
        why["several_departments"] = _ONE_DEPARTMENT[tree]
    if not settings.managers:
        why["managers"] = "Managers are left out (managers = false)."
    if not settings.roles_filter:
        why["roles"] = "Roles are the groups that the setting roles_filter finds; it is empty."
    looks = settings.full_every > 0
    if not looks:
        why["looks"] = "full_every = 0: everything is read every time."
    elif tree == "units":
        why["looks"] = "Graph does not notify of administrative units, only of people and groups."
    return SourceCapabilities(
        departments=True,
        own_departments=tree not in _NAMED,
        leaders=leaders,
        order=False,
        managers=settings.managers,
        roles=bool(settings.roles_filter),
        role_groups=False,
        main_department=False,
        several_departments=tree not in _ONE_DEPARTMENT,
        looks=looks,
        why=why,
        notes=NOTES,
    )
