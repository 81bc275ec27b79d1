"""The org tree: one directory per organization, at any position of the log."""

from __future__ import annotations

from collections.abc import Iterable

from domain.directory import Directory
from domain.envelope import Entry
from domain.evolve import evolve


class OrgTree:
    """Directories by organization, folded from the log, with the position they are at.

    Applying an entry twice changes nothing: entries at or below ``position`` are passed over.
    """

    def __init__(self, position: int = 0, directories: dict[str, Directory] | None = None) -> None:
        self.position = position
        self.directories = directories if directories is not None else {}

    def apply(self, entries: Iterable[Entry]) -> int:
        """Fold entries in log order and return the position reached."""
        directories, position = self.directories, self.position
        for entry in entries:
            if entry.position <= position:
                continue
            position = entry.position
            org = entry.org
            directory = directories.get(org)
            if directory is None:
                directory = directories[org] = Directory(org=org)
            evolve(directory, entry.fact, position)
        self.position = position
        return position

    def directory(self, org: str) -> Directory:
        """The directory of an organization; an empty one where nothing was ever said about it."""
        return self.directories.get(org) or Directory(org=org)
