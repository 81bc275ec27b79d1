"""Calls about the pool itself: its organization and the fields that people may have."""

from __future__ import annotations

from typing import Any

from adapters.authing.simulator.ask import Ask
from adapters.authing.simulator.envelopes import Data
from adapters.authing.simulator.errors import bad
from adapters.authing.simulator.world import World

TARGETS = ("USER", "ROLE", "GROUP", "DEPARTMENT")


def get_organization(world: World, ask: Ask) -> Data:
    """``get-organization``: the organization and its root department."""
    world.organization(ask)
    return _shown(world)


def list_organizations(world: World, ask: Ask) -> Data:
    """``list-organizations``: the only one."""
    rows, total = ask.page([_shown(world)])
    return {"totalCount": total, "list": rows}


def get_custom_fields(world: World, ask: Ask) -> Data:
    """``get-custom-fields``: the definitions for people."""
    target = ask.text("targetType")
    if target not in TARGETS:
        raise bad("targetType")
    keys = world.settings.custom_fields if target == "USER" else ()
    return [
        {
            "targetType": target,
            "createdAt": world.root.created,
            "dataType": "STRING",
            "key": key,
            "label": key,
            "encrypted": False,
            "isUnique": False,
            "userEditable": False,
            "visibleInAdminConsole": True,
            "visibleInUserCenter": False,
        }
        for key in keys
    ]


def _shown(world: World) -> dict[str, Any]:
    settings, root = world.settings, world.root
    return {
        "organizationCode": settings.organization_code,
        "organizationName": settings.org_name,
        "createdAt": root.created,
        "updatedAt": root.updated,
        "departmentId": root.id,
        "openDepartmentId": None,
        "hasChildren": len(world.departments) > 1,
        "leaderUserIds": root.leaders,
        "membersCount": world.people.count(root.id),
        "isVirtualNode": False,
    }
