"""What reading from Entra can give."""

from __future__ import annotations

from adapters.entra.settings import EntraSettings
from domain.ports import SourceCapabilities

NOTES = (
    "Entra has no departments: the tree comes from user attributes, groups, administrative units"
    ' or managers, see the setting "tree".',
    "Entra knows no order and no main department.",
    "Everything is read at every sync; delta queries are not used.",
    "A disabled account is a leaver or a suspended person: Entra does not say which.",
    "Photos cost a call per person and are not read.",
)


def capabilities(settings: EntraSettings) -> SourceCapabilities:
    """What this configuration can give."""
    return SourceCapabilities(
        departments=True,
        leaders=settings.tree in ("groups", "manager"),
        order=False,
        managers=settings.managers,
        roles=bool(settings.roles_filter),
        role_groups=False,
        main_department=False,
        several_departments=settings.tree in ("groups", "units"),
        notes=NOTES,
    )
