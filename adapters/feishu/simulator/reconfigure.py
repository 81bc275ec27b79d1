"""Changing the settings of a running simulator."""

from __future__ import annotations

from typing import Any

import msgspec

from adapters.feishu.simulator.model import ROOT
from adapters.feishu.simulator.settings import FeishuSettings
from adapters.feishu.simulator.views import department_view, user_view
from adapters.feishu.simulator.world import World
from domain.errors import InputError

SECRETS = ("app_secret", "encrypt_key", "verification_token")


def reconfigure(world: World, patch: dict[str, Any]) -> None:
    """Apply ``patch`` to the settings; unknown keys and wrong types are refused."""
    merged = {**msgspec.to_builtins(world.settings, str_keys=True), **patch}
    before = _granted(world)
    try:
        world.settings = msgspec.convert(merged, FeishuSettings, str_keys=True)
    except msgspec.ValidationError as error:
        raise InputError("The settings cannot be changed so", (str(error),)) from None
    _tell_scope(world, before)
    tree = world.directory.tree
    tree.tenant_wide = world.settings.unique_names == "tenant"
    tree.departments[ROOT].name = world.settings.org_name


def _granted(world: World) -> dict[str, dict[str, Any]]:
    """What is granted, by list and id, as contact.scope.updated_v3 shows it."""
    settings, directory = world.settings, world.directory
    tree, people, groups = directory.tree, directory.people, directory.groups.groups
    top = tree.departments[ROOT].children if world.all_staff else ()
    given = (*top, *settings.visible_departments)
    departments = (tree.departments.get(one) or tree.by_custom(one) for one in given)
    users = (people.get(one) or people.by_user_id(one) for one in settings.visible_users)
    return {
        "departments": {
            d.key: department_view(d, directory.open) for d in departments if d and d.key != ROOT
        },
        "users": {u.key: user_view(u, directory.open) for u in users if u},
        "user_groups": {
            name: {"user_group_id": name, "name": groups[name].name}
            for name in settings.visible_groups
            if name in groups
        },
    }


def _tell_scope(world: World, before: dict[str, dict[str, Any]]) -> None:
    """Only what is granted itself is told; a change without a difference is none."""
    after = _granted(world)
    world.directory.journal.scope(added=_more(after, before), removed=_more(before, after))


def _more(
    these: dict[str, dict[str, Any]], those: dict[str, dict[str, Any]]
) -> dict[str, list[dict[str, Any]]]:
    found = {
        name: [shown for key, shown in entries.items() if key not in those[name]]
        for name, entries in these.items()
    }
    return {name: entries for name, entries in found.items() if entries}


def public(settings: FeishuSettings) -> dict[str, Any]:
    """The settings as JSON, without the secrets."""
    shown: dict[str, Any] = msgspec.to_builtins(settings, str_keys=True)
    return {key: value for key, value in shown.items() if key not in SECRETS}
