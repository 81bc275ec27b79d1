"""What reading from WeCom can give."""

from __future__ import annotations

from domain.ports import SourceCapabilities

CAPABILITIES = SourceCapabilities(
    role_groups=False,
    looks=True,
    why={
        "roles": "Tags stand for roles; who is in a department that has a tag has it too.",
        "role_groups": "Tags have no groups.",
        "looks": "WeCom announces no new, renamed or deleted tag. To an address that was set or"
        " changed since 2022-08-15 it announces departments, leaders and ids of people only, and of"
        " departments only where they lie. The next whole reading sees the rest, and who gets a"
        " tag by way of a department.",
    },
    notes=(
        "WeCom has no job number.",
        "Mobile numbers, mail addresses, avatars, genders and addresses are not shown to apps"
        " created since 2022-06-20; what is not shown is unknown, not empty.",
        "The contact-sync secret lists everybody's ids, the app reads names and details within its"
        " visible range; who is outside of it is told, and stays as it was.",
        "People who left are simply no longer listed.",
    ),
)
