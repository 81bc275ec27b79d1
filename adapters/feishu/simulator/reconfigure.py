"""Changing the settings of a running simulator."""

from __future__ import annotations

from typing import Any

import msgspec

from adapters.feishu.simulator.model import ROOT
from adapters.feishu.simulator.settings import FeishuSettings
from adapters.feishu.simulator.world import World
from domain.errors import InputError


def reconfigure(world: World, patch: dict[str, Any]) -> None:
    """Apply ``patch`` to the settings; unknown keys and wrong types are refused."""
    merged = {**msgspec.to_builtins(world.settings, str_keys=True), **patch}
    try:
        world.settings = msgspec.convert(merged, FeishuSettings, str_keys=True)
    except msgspec.ValidationError as error:
        raise InputError("The settings cannot be changed so", (str(error),)) from None
    tree = world.directory.tree
    tree.tenant_wide = world.settings.unique_names == "tenant"
    tree.departments[ROOT].name = world.settings.org_name


def public(settings: FeishuSettings) -> dict[str, Any]:
    """The settings as JSON, without the app's secret."""
    shown: dict[str, Any] = msgspec.to_builtins(settings, str_keys=True)
    del shown["app_secret"]
    return shown
