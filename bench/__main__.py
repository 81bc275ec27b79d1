"""``python -m bench [ROW …] [--quick] [--json]``: measure, print one table, exit 1 on a miss."""

from __future__ import annotations

import argparse
import signal
import sys
from time import perf_counter

import msgspec
from rich.console import Console

from bench.row import Line, Setting, measure
from bench.rows import ROWS
from bench.table import figure, table

_WIDTH = 160
"""Columns of the table where the output is no terminal."""


def main(arguments: list[str] | None = None) -> int:
    """Measure the rows that are named, or all, and say whether their holds are kept."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("rows", nargs="*", metavar="ROW", help=", ".join(ROWS))
    parser.add_argument("--quick", action="store_true", help="small sizes, for a trial")
    parser.add_argument("--json", action="store_true", help="machine-readable output")
    chosen = parser.parse_args(arguments)
    unknown = [name for name in chosen.rows if name not in ROWS]
    if unknown:
        parser.error(f"there is no row {unknown[0]!r}; there are: {', '.join(ROWS)}")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that everything is cleaned up
    setting = Setting(quick=chosen.quick)
    lines = [_measured(name, setting) for name in chosen.rows or ROWS]
    if chosen.json:
        sys.stdout.buffer.write(msgspec.json.format(msgspec.json.encode(lines)) + b"\n")
    else:
        console = Console(width=None if sys.stdout.isatty() else _WIDTH)
        console.print(table(lines))
        if chosen.quick:
            console.print("Measured in small (--quick): too short for the holds to mean much.")
    return int(any(line.verdict == "miss" for line in lines))


def _measured(name: str, setting: Setting) -> Line:
    row, begun = ROWS[name], perf_counter()
    print(f"{name}: {row.what}", file=sys.stderr, flush=True)
    line = measure(row, setting)
    ratio = "" if line.ratio is None else f", ratio {line.ratio:.2f} (hold {line.hold})"
    value = line.note if line.ours is None else f"{figure(line.ours)} {line.unit}"
    setting.say(f"{line.verdict}: {value}{ratio}; measured in {perf_counter() - begun:.0f} s")
    return line


if __name__ == "__main__":
    sys.exit(main())
