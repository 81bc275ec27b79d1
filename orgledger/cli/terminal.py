"""The two consoles, and how a value is put on them."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

from rich.console import Console
from rich.text import Text

from orgledger.cli.words import _


class _Screen(Console):
    def on_broken_pipe(self) -> None:
        """Let it rise, so that the log is closed in order; rich would end the process."""
        raise  # noqa: PLE0704 - rich calls this while it handles the BrokenPipeError


out = _Screen(highlight=False)
err = _Screen(stderr=True, highlight=False)

_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


def clean(text: str) -> str:
    """``text`` without control characters: a name must not be able to steer the terminal."""
    return _CONTROLS.sub("\N{REPLACEMENT CHARACTER}", text)


def line(text: Text) -> None:
    """One line of styled text on stdout; only the terminal breaks it, so that it can be copied."""
    out.print(text, soft_wrap=True)


def cell(value: Any) -> str:
    """A value as people read it; None is empty."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, float):
        return f"{value:.3f}".rstrip("0").rstrip(".")
    if isinstance(value, datetime):
        return value.isoformat(sep=" ", timespec="seconds")
    if isinstance(value, list | tuple | set | frozenset):
        return ", ".join(cell(item) for item in value)
    if isinstance(value, dict):
        return ", ".join(f"{key} {cell(item)}" for key, item in value.items())
    return clean(str(value))
