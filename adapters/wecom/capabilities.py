"""What reading from WeCom can give."""

from __future__ import annotations

from domain.ports import SourceCapabilities

CAPABILITIES = SourceCapabilities(
    role_groups=False,
    why={
        "roles": "Tags stand for roles; who is in a department that has a tag has it too.",
        "role_groups": "Tags have no groups.",
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
