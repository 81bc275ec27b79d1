"""The org tree's snapshot; see :mod:`projections.snapshot`."""

from __future__ import annotations

from pathlib import Path

from domain.directory import Directory
from projections import snapshot
from projections.org_tree.fold import OrgTree

FORMAT = 3
"""Raise it when a directory's shape or the meaning of a fold changes."""


def save(tree: OrgTree, path: Path, log: str) -> None:
    """Write ``tree`` to ``path``; ``log`` identifies the log that it was folded from."""
    snapshot.save(path, log, FORMAT, tree.position, tree.directories)


def load(path: Path, log: str, *, at_most: int) -> OrgTree | None:
    """The tree in ``path``; None if there is none of this log that is no later than that."""
    found = snapshot.load(path, log, FORMAT, dict[str, Directory], at_most=at_most)
    return None if found is None else OrgTree(*found)
