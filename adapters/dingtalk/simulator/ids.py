"""Numeric ids: given out deterministically, kept for good, never handed to somebody else."""

from __future__ import annotations

import zlib

LOWEST, SPAN = 100_000_000, 800_000_000
"""Nine digits, as DingTalk's own department and role ids are."""


def is_number(own: str) -> bool:
    """Say whether a roster id can be a DingTalk id as it stands: a decimal above 1, 64 bits."""
    plain = own.isascii() and own.isdecimal() and not own.startswith("0")
    return plain and len(own) < 19 and own != "1"


class IdBook:
    """Remembers which number stands for which id of the roster (the *own* id)."""

    def __init__(self, kind: str, taken: tuple[int, ...] = ()) -> None:
        self._kind = kind
        self._used: set[int] = set(taken)
        self._number_of: dict[str, int] = {}
        self._own_of: dict[int, str] = {}
        self._fresh = 0

    def number(self, own: str) -> int:
        """The number for ``own``, the same every time; a decimal above 1 is used as it is.

        A decimal that is already somebody's number means that one.
        """
        known = self._number_of.get(own)
        if known is not None:
            return known
        number = int(own) if is_number(own) else self._derive(own)
        if number not in self._used:
            self.bind(own, number)
        return number

    def known(self, own: str) -> int | None:
        """The number that ``own`` has been given, if any."""
        return self._number_of.get(own)

    def own(self, number: int) -> str | None:
        """The own id behind ``number``; None for what was made through the API."""
        return self._own_of.get(number)

    def bind(self, own: str, number: int) -> None:
        """Let ``own`` stand for ``number`` from now on."""
        self._used.add(number)
        self._number_of[own] = number
        self._own_of[number] = own

    def fresh(self) -> int:
        """A number that was never used."""
        self._fresh += 1
        number = self._derive(f"new {self._fresh}")
        self._used.add(number)
        return number

    def _derive(self, text: str) -> int:
        number = LOWEST + zlib.crc32(f"{self._kind} {text}".encode()) % SPAN
        while number in self._used:
            number += 1
        return number
