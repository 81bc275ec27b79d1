"""The kinds of systems there are: the one place where the product names its adapters."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from adapters.dingtalk.settings import DingTalkSettings
from adapters.roster.settings import RosterSettings
from domain.ports import Source


class SystemType(NamedTuple):
    """One ``type`` of the configuration: its settings, and how its reading side is made.

    ``source(settings, name, folder)``: ``name`` is the system's id, relative paths in the
    settings start at ``folder``. None: nothing can be read from this type.
    """

    settings: type[Any]
    source: Callable[[Any, str, Path], Source] | None


# Sources are imported when one is made: a command that only looks needs no HTTP and no Excel.


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
