"""``orgledger`` and ``python -m orgledger``."""

from __future__ import annotations

import sys

from orgledger.cli.app import run


def main() -> None:
    """Run the command line and exit with its code."""
    sys.exit(run())


if __name__ == "__main__":
    main()
