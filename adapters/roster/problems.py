"""Everything that is wrong with a file, to be told at once."""

from __future__ import annotations

from domain.errors import InputError

LISTED = 100
"""How many problems are listed in full; the others are counted."""


class Problems:
    """The problems of one file, in the order in which they were met."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.count = 0
        self._listed: list[str] = []

    def add(self, where: str, what: str, fix: str) -> None:
        """``where`` is the row and the field. No personal value may be in any of the three."""
        self.count += 1
        if self.count <= LISTED:
            head = f"{where}: " if where else ""
            self._listed.append(f"{head}{what}. {fix}.")

    def error(self) -> InputError:
        listed = list(self._listed)
        if self.count > LISTED:
            listed.append(f"… and {self.count - LISTED} more")
        problems = "1 problem" if self.count == 1 else f"{self.count} problems"
        return InputError(
            f"{self.file} was not taken, it has {problems}",
            tuple(listed),
            fix="Nothing was changed; mend the file and read it again.",
        )

    def raise_any(self) -> None:
        if self.count:
            raise self.error()
