"""What reading from an LDAP directory can give, by its profile."""

from __future__ import annotations

from adapters.ldap.settings import LdapSettings
from adapters.ldap.source_profiles import Profile, reads_roles
from domain.ports import SourceCapabilities


def capabilities(settings: LdapSettings, profile: Profile) -> SourceCapabilities:
    """What this configuration can give; ``profile`` is the one that goes with it."""
    fields = profile.attributes
    why = {
        "order": "LDAP has no order among departments.",
        "main_department": "LDAP has no main department.",
        "role_groups": "LDAP has no role groups.",
    }
    leaders = bool(fields["department"].get("leaders"))
    if not leaders:
        why["leaders"] = "No attribute of a department names its leaders (attributes.department)."
    several = profile.inside != "place"
    if not several:
        why["several_departments"] = "An entry lies in one organizational unit."
    managers = bool(fields["member"].get("manager"))
    if not managers:
        why["managers"] = "No attribute of a person names the manager (attributes.member)."
    roles = reads_roles(settings)
    if not roles:
        why["roles"] = "Which groups are roles is not said (roles, filters.role)."
    why["looks"] = "An LDAP server announces nothing; the directory is read as a whole."
    return SourceCapabilities(
        leaders=leaders,
        order=False,
        main_department=False,
        role_groups=False,
        several_departments=several,
        managers=managers,
        roles=roles,
        why=why,
        notes=(
            "An attribute that nobody shows is taken for hidden, unless the server tells"
            " otherwise.",
        ),
    )
