"""Showing things: lines and tables on stdout, progress and warnings on stderr, JSON for machines.

A terminal gets tables that fit it. A pipe gets one line per row, never folded.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import msgspec
from rich.text import Text
from rich.tree import Tree

from domain import ports
from orgledger.cli.tables import table
from orgledger.cli.terminal import cell, clean, err, line, out

__all__ = [
    "cell", "clean", "emit_json", "emit_line", "err", "line", "out", "progress", "say", "table",
    "tree", "warn",
]  # fmt: skip


def say(text: str, style: str | None = None) -> None:
    """One line for people on stdout. Text from outside is never read as markup."""
    line(Text(clean(text), style=style or ""))


def warn(text: str, style: str = "yellow") -> None:
    """One line for people on stderr."""
    err.print(Text(clean(text), style=style), soft_wrap=True)


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
    sys.stdout.buffer.write(msgspec.json.encode(value, enc_hook=str) + b"\n")
    sys.stdout.buffer.flush()


def _whole(value: Any) -> Any:
    if isinstance(value, msgspec.Struct):
        return {field: _whole(getattr(value, field)) for field in value.__struct_fields__}
    if isinstance(value, dict):
        return {key: _whole(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_whole(item) for item in value]
    return value


@contextmanager
def progress(*, quiet: bool = False) -> Iterator[ports.Progress]:
    """A progress bar per kind of work, on stderr's terminal; nothing where that is none."""
    if quiet or not err.is_terminal:
        yield lambda what, done, total: None
        return
    from orgledger.cli.bars import bars  # heavy, and most commands show none

    with bars(err) as report:
        yield report
