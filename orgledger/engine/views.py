"""The views that commands work on: org tree and runs, brought up to the log's head."""

from __future__ import annotations

from pathlib import Path

from domain.directory import Directory
from domain.errors import ConfigError
from orgledger.engine.runs import Run, Runs
from orgledger.ledger import Ledger
from projections.org_tree import snapshot
from projections.org_tree.fold import OrgTree

SNAPSHOT_EVERY = 20_000
"""Events after which a reading of the log is worth keeping as a snapshot."""


class Views:
    """Reads the log once, from the newest snapshot on, and answers from memory."""

    def __init__(self, ledger: Ledger, data: Path) -> None:
        self.ledger = ledger
        self._snapshot = data / "org_tree.snapshot"

    def tree(self, at: int | None = None) -> OrgTree:
        """The org tree at a position; at the log's head by default."""
        head = self.ledger.head
        stop = head if at is None else min(at, head)
        log = self.ledger.identity
        tree = snapshot.load(self._snapshot, log, at_most=stop) or OrgTree()
        begun = tree.position
        if tree.position < stop:
            for batch in self.ledger.read(tree.position, stop=stop):
                tree.apply(batch)
        if at is None and tree.position - begun >= SNAPSHOT_EVERY:
            snapshot.save(tree, self._snapshot, log)
        return tree

    def rebuild(self) -> int:
        """Fold the log from its first event and keep the result; return the position."""
        tree = OrgTree()
        for batch in self.ledger.read():
            tree.apply(batch)
        snapshot.save(tree, self._snapshot, self.ledger.identity)
        return tree.position

    def directory(self, org: str, at: int | None = None) -> Directory:
        """One organization at a position."""
        return self.tree(at).directory(org)

    def runs(self) -> Runs:
        """Every run in the log."""
        runs = Runs()
        for batch in self.ledger.read():
            runs.apply(batch)
        return runs

    def run(self, run_id: str) -> Run:
        """One run, or a ConfigError that says how to find its id."""
        run = self.runs().by_id.get(run_id)
        if run is None:
            raise ConfigError(
                f"there is no run {run_id!r}", fix="See 'orgledger runs' for the runs there are."
            )
        return run
