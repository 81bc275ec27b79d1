"""Numeric ids: given out deterministically, kept for good, never handed to somebody else."""

from __future__ import annotations

import re
import zlib

from adapters.wecom.simulator.model import NUMBERS

LOWEST, SPAN = 10_000_000, 900_000_000

USERID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_\-@.]{0,63}")
"""What a userid may look like (WeCom user/create)."""


class IdBook:
    """Remembers which number stands for which id of the roster (the *own* id)."""

    def __init__(self, kind: str, *reserved: int) -> None:
        self._kind, self._used, self._made = kind, set(reserved), 0
        self._number_of: dict[str, int] = {}
        self._own_of: dict[int, str] = {}

    def number(self, own: str) -> int:
        """The number for ``own``, the same every time; one that can be an id is used as it is."""
        known = self._number_of.get(own)
        if known is not None:
            return known
        plain = own.isascii() and own.isdecimal() and own == str(int(own))
        fits = plain and 0 < int(own) < NUMBERS and int(own) not in self._used
        number = int(own) if fits else self._derive(own)
        self._used.add(number)
        self._number_of[own], self._own_of[number] = number, own
        return number

    def known(self, own: str) -> int | None:
        """The number that ``own`` has been given, if any."""
        return self._number_of.get(own)

    def own(self, number: int) -> str:
        """The own id behind ``number``; the number for what was made through the API."""
        return self._own_of.get(number, str(number))

    def take(self, number: int) -> None:
        """Never give ``number`` to anything else."""
        self._used.add(number)

    def fresh(self) -> int:
        """A number that was never used."""
        self._made += 1
        number = self._derive(f"new {self._made}")
        self._used.add(number)
        return number

    def _derive(self, text: str) -> int:
        number = LOWEST + zlib.crc32(f"{self._kind} {text}".encode()) % SPAN
        while number in self._used:
            number += 1
        return number
