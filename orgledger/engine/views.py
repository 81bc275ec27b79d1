"""The views that commands work on: org tree and runs, brought up to the log's head."""

from __future__ import annotations

import difflib
from datetime import datetime
from pathlib import Path

from domain.delivery.state import TargetState
from domain.directory import Directory
from domain.envelope import delivery_scope
from domain.errors import ConfigError
from domain.ports import Progress
from orgledger.engine.runs import Run, Runs, Status
from orgledger.ledger import Ledger
from projections.org_tree import snapshot
from projections.org_tree.fold import OrgTree
from projections.sync_state.fold import SyncState, load, save

SNAPSHOT_EVERY = 20_000
"""Events after which a reading of the log is worth keeping as a snapshot."""


class Views:
    """Reads the log once, from the newest snapshot on, and answers from memory."""

    def __init__(self, ledger: Ledger, data: Path) -> None:
        self.ledger, self.data = ledger, data
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
            try:
                snapshot.save(tree, self._snapshot, log)
            except OSError:
                return tree  # a full disk must not keep anybody from looking at the tree
        return tree

    def rebuild(self, progress: Progress = lambda what, done, total: None) -> int:
        """Fold the log from its first event and keep the result; return the position."""
        tree, head, done = OrgTree(), self.ledger.head, 0
        for batch in self.ledger.read(stop=head):
            tree.apply(batch)
            done += len(batch)
            progress("org tree", done, head)
        snapshot.save(tree, self._snapshot, self.ledger.identity)
        return tree.position

    def directory(self, org: str, at: int | None = None) -> Directory:
        """One organization at a position."""
        return self.tree(at).directory(org)

    def sync_state(self, org: str, target: str) -> TargetState:
        """What we know to be at a target, now."""
        head, log = self.ledger.head, self.ledger.identity
        path = self.data / f"sync_state.{org}.{target}.snapshot"
        found = load(path, log, at_most=head) or SyncState(TargetState(org=org, target=target))
        folded = 0
        for batch in self.ledger.read(found.position, scope=delivery_scope(org, target), stop=head):
            found.apply(batch)
            folded += len(batch)
        if folded >= SNAPSHOT_EVERY:
            try:
                save(found, path, log)
            except OSError:
                return found.state  # as for the tree
        return found.state

    def deliveries(self, org: str, system: str) -> list[Run]:
        """The runs that wrote to a system, the newest first; the system may be read as well."""
        newest = self._runs(f"{org}.run").newest(system)
        return [run for run in newest if run.mode == "deliver"]

    def runs(self) -> Runs:
        """Every run in the log, with the events that each appended."""
        return self._runs(None)

    def readings(self, org: str, system: str) -> tuple[int, str]:
        """How many readings of a system came to their end, and the cursor that they left.

        Reads the facts about runs only.
        """
        runs = self._runs(f"{org}.run")
        return runs.finished(system), runs.cursor(system)

    def last_reading(self, org: str, system: str) -> datetime | None:
        """When everything of a system was last read, or tried to be; None: never."""
        newest = self._runs(f"{org}.run").newest(system)
        return next((run.started for run in newest if run.mode == "read"), None)

    def left_open(self, org: str, system: str) -> str:
        """Why everything of a system has to be read: what its newest runs left; empty if nothing.

        A reading that failed or was killed, and callbacks that could not be followed since.
        """
        for run in self._runs(f"{org}.run").newest(system):
            if run.mode == "follow" and run.status is not Status.FINISHED:
                return f"{run.id} could not follow everything"
            if run.mode == "read":
                ended = run.status not in (Status.RUNNING, Status.INTERRUPTED, Status.FAILED)
                return "" if ended else f"{run.id} has not read everything"
        return ""

    def last_read(self, org: str, system: str) -> datetime | None:
        """When the last reading of everything of a system began that came to its end."""
        done = (Status.FINISHED, Status.PARTIAL)
        newest = self._runs(f"{org}.run").newest(system)
        return next((r.started for r in newest if r.mode == "read" and r.status in done), None)

    def _runs(self, scope: str | None) -> Runs:
        runs = Runs()
        for batch in self.ledger.read(scope=scope):
            runs.apply(batch)
        return runs

    def run(self, run_id: str) -> Run:
        """One run, or a ConfigError that names the nearest one."""
        runs = self.runs().by_id
        if run_id not in runs:
            close = difflib.get_close_matches(run_id, runs, n=1)
            hint = f"; did you mean {close[0]!r}?" if close else ""
            raise ConfigError(
                f"there is no run {run_id!r}{hint}",
                fix="See 'orgledger runs' for the runs there are.",
            )
        return runs[run_id]
