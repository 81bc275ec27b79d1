"""What a child process of the kill tests does: one command, as a user would type it."""

from __future__ import annotations

import os
import sys


def command(*arguments: str) -> None:
    """Run ``orgledger`` in this process, in silence, and leave with its code."""
    with open(os.devnull, "w", encoding="utf-8") as nothing:  # noqa: PTH123 - not a path
        sys.stdout = sys.stderr = nothing
        from orgledger.cli.app import run

        code = run(list(arguments))
    os._exit(code)
