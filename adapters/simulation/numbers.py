"""Numeric ids: given out deterministically, kept for good, never handed to somebody else."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterable

from domain.errors import InputError

LOWEST, SPAN = 100_000_000, 800_000_000
"""Made-up ids have nine digits."""


class IdBook:
    """Remembers which number stands for which id of the roster (the *own* id).

    ``fits`` says whether an own id can be a number of the provider's as it stands; numbers in
    ``taken`` are never made up.
    """

    def __init__(self, kind: str, fits: Callable[[str], bool], taken: Iterable[int] = ()) -> None:
        self._kind, self.fits = kind, fits
        self._used = set(taken)
        self._number_of: dict[str, int] = {}
        self._own_of: dict[int, str] = {}
        self._made = 0

    def number(self, own: str) -> int:
        """The number for ``own``, the same every time; one that fits is used as it is.

        If that is somebody's number already, it means that one.
        """
        known = self._number_of.get(own)
        if known is not None:
            return known
        number = int(own) if self.fits(own) else self._derive(own)
        if number not in self._used:
            self._used.add(number)
            self._number_of[own], self._own_of[number] = number, own
        return number

    def numbers(self, owns: Iterable[str]) -> dict[str, int]:
        """The numbers of several; those that fit come first, so that none of them is made up.

        Raises InputError if two of them mean the same one.
        """
        ordered = sorted(owns, key=lambda own: not self.fits(own))
        numbers = {own: self.number(own) for own in ordered}
        if len(set(numbers.values())) != len(numbers):
            raise InputError(f"The roster has two ids for the same {self._kind}, one its own")
        return numbers

    def known(self, own: str) -> int | None:
        """The number that ``own`` has been given, if any."""
        return self._number_of.get(own)

    def own(self, number: int) -> str | None:
        """The own id behind ``number``; None for what was made through the API."""
        return self._own_of.get(number)

    def name(self, number: int) -> str:
        """The own id behind ``number``; the number itself for what was made through the API."""
        return self._own_of.get(number, str(number))

    def take(self, number: int) -> None:
        """Never make up ``number`` for anything else."""
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
