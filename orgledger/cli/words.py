"""What people read on the screen, in English and Chinese.

The English text is its own key, so that a sentence without a translation still reads well.
The language is that of ORGLEDGER_LANG, else of LC_ALL, LC_MESSAGES or LANG; Chinese for ``zh…``.
"""

from __future__ import annotations

import os

from orgledger.cli.zh import FIELDS, HELP, TEXTS


def chinese() -> bool:
    """Whether the user reads Chinese."""
    for name in ("ORGLEDGER_LANG", "LC_ALL", "LC_MESSAGES", "LANG"):
        value = os.environ.get(name)
        if value:
            return value.lower().startswith("zh")
    return False


def _(text: str, /, **values: object) -> str:
    """``text`` in the user's language, its ``{placeholders}`` filled in."""
    said = TEXTS.get(text, HELP.get(text, text)) if chinese() else text
    return said.format(**values) if values else said


def age(seconds: float) -> str:
    """A time span by its largest unit."""
    for text, size in (("{n} d", 86400), ("{n} h", 3600), ("{n} min", 60)):
        if seconds >= size:
            return _(text, n=f"{seconds / size:.0f}")
    return _("{n} s", n=f"{seconds:.0f}")


def field(name: str) -> str:
    """The name of a field: in English as it is in the exchange format and in the events."""
    return FIELDS.get(name, name) if chinese() else name
