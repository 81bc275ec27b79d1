"""The kinds of systems there are: the one place where the product names its adapters."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from adapters.dingtalk.settings import DingTalkSettings
from adapters.roster.settings import RosterSettings
from domain.ports import Source, Target


class SystemType(NamedTuple):
    """One ``type`` of the configuration: its settings, and how its two sides are made.

    ``source(settings, name, folder)`` and ``target(settings, name, folder)``: ``name`` is the
    system's id, relative paths in the settings start at ``folder``. None: the type has no such
    side.
    """

    settings: type[Any]
    source: Callable[[Any, str, Path], Source] | None = None
    target: Callable[[Any, str, Path], Target] | None = None


# They are imported when one is made: a command that only looks needs no HTTP and no Excel.


def _roster(settings: RosterSettings, name: str, folder: Path) -> Source:
    from adapters.roster.source import RosterSource

    return RosterSource(name, settings, folder=folder)


def _dingtalk(settings: DingTalkSettings, name: str, folder: Path) -> Source:
    from adapters.dingtalk.source import DingTalkSource

    return DingTalkSource(name, settings)


TYPES: dict[str, SystemType] = {
    "roster": SystemType(RosterSettings, _roster),
    "dingtalk": SystemType(DingTalkSettings, _dingtalk),
}
