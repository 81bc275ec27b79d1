"""Showing things: lines and tables on stdout, progress and warnings on stderr, JSON for machines.

A terminal gets tables that fit it. A pipe gets one line per row, never folded.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import msgspec
from rich.console import Console
from rich.text import Text
from rich.tree import Tree

from domain import ports
from orgledger.cli.words import _


class _Screen(Console):
    def on_broken_pipe(self) -> None:
        """Let it rise, so that the log is closed in order; rich would exit with an error."""
        raise  # noqa: PLE0704 - rich calls this while it handles the BrokenPipeError


out = _Screen(highlight=False)
err = _Screen(stderr=True, highlight=False)

_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


def clean(text: str) -> str:
    """``text`` without control characters: a name must not be able to steer the terminal."""
    return _CONTROLS.sub("\N{REPLACEMENT CHARACTER}", text)


def say(text: str, style: str | None = None) -> None:
    """One line for people on stdout; only the terminal breaks it, so that it can be copied."""
    line(Text(clean(text), style=style or ""))


def line(text: Text) -> None:
    """One line of styled text on stdout."""
    out.print(text, soft_wrap=True)


def warn(text: str) -> None:
    """One line for people on stderr."""
    err.print(Text(clean(text), style="yellow"), soft_wrap=True)


def tree(root: Tree) -> None:
    """A tree on stdout."""
    out.print(root, soft_wrap=not out.is_terminal)


def emit_json(value: Any) -> None:
    """One JSON document on stdout, with every key, also of what has its default."""
    text = msgspec.json.format(msgspec.json.encode(_whole(value), enc_hook=str), indent=2)
    sys.stdout.buffer.write(text + b"\n")
    sys.stdout.buffer.flush()


def emit_line(value: Any) -> None:
    """One line of JSON on stdout, for streams of things."""
    sys.stdout.buffer.write(msgspec.json.encode(value) + b"\n")
    sys.stdout.buffer.flush()


def _whole(value: Any) -> Any:
    if isinstance(value, msgspec.Struct):
        return {field: _whole(getattr(value, field)) for field in value.__struct_fields__}
    if isinstance(value, dict):
        return {key: _whole(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_whole(item) for item in value]
    return value


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


@contextmanager
def progress(*, quiet: bool = False) -> Iterator[ports.Progress]:
    """A progress bar per kind of work, on stderr's terminal; nothing where that is none."""
    if quiet or not err.is_terminal:
        yield lambda what, done, total: None
        return
    from orgledger.cli.bars import bars  # heavy, and most commands end before one is needed

    with bars(err) as report:
        yield report
