"""What reading from DingTalk can give."""

from __future__ import annotations

from domain.ports import SourceCapabilities

CAPABILITIES = SourceCapabilities(
    departments=True,
    leaders=True,
    order=True,
    managers=True,
    roles=True,
    main_department=False,
    looks=True,
    why={
        "main_department": "DingTalk knows no main department.",
        "managers": "A person's direct manager costs one call per person (user/get); in large"
        ' organizations unchanged people take turns, see the setting "managers".',
        "looks": "DingTalk announces no change of avatars and nicknames, and none of what people"
        " change in their own profile; the next whole reading sees it.",
    },
    notes=(
        "Mobile numbers, mail addresses and remarks are left out without their field permissions;"
        " what is left out is unknown, not empty.",
        "People who left are simply no longer listed.",
    ),
)
