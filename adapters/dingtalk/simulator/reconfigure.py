"""Changing the settings of a running simulator, with the events that follow from it."""

from __future__ import annotations

from typing import Any

import msgspec

from adapters.dingtalk.simulator.model import ROOT
from adapters.dingtalk.simulator.settings import DingTalkSettings
from adapters.dingtalk.simulator.world import World
from domain.errors import InputError

SECRETS = ("app_secret", "callback_token", "callback_aes_key")


def reconfigure(world: World, patch: dict[str, Any]) -> None:
    """Apply ``patch`` to the settings; unknown keys and wrong types are refused."""
    before = world.settings
    merged = {**msgspec.to_builtins(before), **patch}
    try:
        after = msgspec.convert(merged, DingTalkSettings)
    except msgspec.ValidationError as error:
        raise InputError("The settings cannot be changed so", (str(error),)) from None
    world.settings = after
    world.directory.newcomer_events = after.newcomer_events
    _tell_scope(world, before, after)
    _tell_admins(world, before, after)
    if before.org_name != after.org_name:
        world.directory.tree.departments[ROOT].name = after.org_name
        world.directory.journal.record("org_change", {})
        world.directory.journal.departments("org_dept_modify", [ROOT])


def _tell_scope(world: World, before: DingTalkSettings, after: DingTalkSettings) -> None:
    scope = (after.authed_dept, after.authed_user)
    if scope != (before.authed_dept, before.authed_user):
        data = {"roleIds": [], "userIds": after.authed_user, "deptIds": after.authed_dept}
        world.directory.journal.record("inner_app_scopes_change", data)


def _tell_admins(world: World, before: DingTalkSettings, after: DingTalkSettings) -> None:
    old = {*before.main_admins, *before.sub_admins}
    new = {*after.main_admins, *after.sub_admins}
    for event, userids in (("org_admin_add", new - old), ("org_admin_remove", old - new)):
        if userids:
            world.directory.journal.users(event, sorted(userids))


def public(settings: DingTalkSettings) -> dict[str, Any]:
    """The settings as JSON, without the secrets."""
    shown: dict[str, Any] = msgspec.to_builtins(settings)
    return {key: value for key, value in shown.items() if key not in SECRETS}
