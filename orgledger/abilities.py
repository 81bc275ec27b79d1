"""What systems cannot do, in words: for ``check``, and for docs/reference/capabilities.md."""

from __future__ import annotations

from domain.delivery.capabilities import TargetCapabilities
from domain.ports import Finding, SourceCapabilities

READ = {
    "pulled": "reading, at any time",
    "looks": "reading one record again on an event",
    "departments": "departments",
    "own_departments": "departments without people",
    "order": "order of departments",
    "leaders": "leaders of departments",
    "several_departments": "several departments of a person",
    "main_department": "main department",
    "managers": "direct managers",
    "states": "accounts that are not active",
    "roles": "roles",
    "role_groups": "role groups",
}
"""The flags of ``SourceCapabilities``, in the order of the page."""

WRITTEN = {
    "department": "departments",
    "nested": "departments below departments",
    "sibling_names": "departments of one name below one parent",
    "leaders": "any number of leaders of a department",
    "primary_leader": "the first leader marked as such",
    "leaders_inside": "leaders from outside the department",
    "member": "people",
    "main_department": "main department",
    "managers": "direct managers",
    "manager_with_record": "a new account names its manager at once",
    "deactivates": "accounts are closed without being deleted",
    "role": "roles",
    "role_group": "role groups",
    "renames": "everything can be renamed",
    "deletes": "everything can be deleted",
    "open_fields": "fields of any name",
    "reads": "what is there is read back",
    "serial": "many writes at a time",
}
"""The flags of ``TargetCapabilities``, in the order of the page."""


def limits(can: SourceCapabilities | TargetCapabilities) -> list[Finding]:
    """What a system cannot do, or can do in part, each with the reason."""
    is_source = isinstance(can, SourceCapabilities)
    side, titles = ("source", READ) if is_source else ("target", WRITTEN)
    return [
        Finding(
            level="limit",
            subject=f"as a {side}, {title}",
            text=can.why.get(flag, "not possible"),
        )
        for flag, title in titles.items()
        if flag in can.lacking
    ]
