"""Changing the settings of a running simulator."""

from __future__ import annotations

from typing import Any

import msgspec

from adapters.wecom.simulator.model import ROOT
from adapters.wecom.simulator.settings import WeComSettings
from adapters.wecom.simulator.world import World
from domain.errors import InputError

SECRETS = ("contact_secret", "app_secret", "callback_token", "callback_aes_key")


def reconfigure(world: World, patch: dict[str, Any]) -> None:
    """Apply ``patch`` to the settings; unknown keys and wrong types are refused."""
    merged = {**msgspec.to_builtins(world.settings), **patch}
    try:
        world.settings = msgspec.convert(merged, WeComSettings)
    except msgspec.ValidationError as error:
        raise InputError("The settings cannot be changed so", (str(error),)) from None
    world.directory.journal.new_style = world.settings.new_callbacks
    world.directory.journal.newcomer_events = world.settings.newcomer_events
    world.directory.tree.departments[ROOT].name = world.settings.org_name


def public(settings: WeComSettings) -> dict[str, Any]:
    """The settings as JSON, without the secrets."""
    shown: dict[str, Any] = msgspec.to_builtins(settings)
    return {key: value for key, value in shown.items() if key not in SECRETS}
