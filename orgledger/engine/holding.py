"""Holding what a system pushes: when too much goes away, and how a person lets it go.

A pushed call cannot wait for an answer. What would take too much away is refused, the log has a
held run that says so, and once a person has approved that run the sender may repeat the call.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from domain.directory import Directory
from domain.envelope import Entry
from domain.errors import HeldError
from domain.events import (
    DepartmentDeleted,
    Fact,
    MemberDeactivated,
    MemberResigned,
    MemberTransferred,
    RunApproved,
    RunHeld,
    RunStarted,
)
from domain.plausible import Limits
from domain.shrinking import WINDOW, Standing
from orgledger.engine.runs import Run, Runs, Status
from orgledger.ledger import Circumstances, Ledger, new_id

_UIDS = 20_000
"""Most uids that a held run names, so that its event fits a message."""


class Holding:
    """The guard of one system that pushes into one organization."""

    def __init__(self, ledger: Ledger, *, system: str, org: str, limits: Limits) -> None:
        self.ledger, self.system, self.org, self.limits = ledger, system, org, limits
        self.standing = Standing()
        self._runs = Runs()

    def begin(self, directory: Directory) -> None:
        """Everything is folded anew."""
        self.standing = Standing()

    def fold(self, entry: Entry) -> None:
        self.standing.fold(entry.fact, entry.envelope.at)

    def too_far(self, facts: Sequence[Fact]) -> str | None:
        """Say why a call is not recorded, or None if it may be, also because it was approved.

        An approval lasts for the window; after it, what is left then is what counts.
        """
        now = self.ledger.now()
        reason = self.standing.too_far(facts, self.limits, now - WINDOW)
        if reason is None or (approved := self._last(Status.APPROVED, now - 2 * WINDOW)) is None:
            return reason
        ends = (approved.ended or approved.started) + WINDOW
        return None if now < ends else self.standing.too_far(facts, self.limits, ends)

    @property
    def waits(self) -> Run | None:
        """The held run that a person is asked about."""
        return self._last(Status.HELD, self.ledger.now() - WINDOW)

    def _last(self, status: Status, since: datetime) -> Run | None:
        """The newest run of this system that came to be so after a moment."""
        for batch in self.ledger.read(self._runs.position, scope=f"{self.org}.run"):
            self._runs.apply(batch)
        found = (run for run in self._runs.newest(self.system) if run.status is status)
        return next((run for run in found if (run.ended or run.started) > since), None)

    def hold(self, reason: str, facts: Sequence[Fact], by: str) -> None:
        """Note a run that waits for a person; ``facts`` are those of the call that was refused."""
        run = new_id("run")
        losing = (MemberResigned, MemberDeactivated, MemberTransferred)
        held = RunHeld(
            uid=run,
            reason=reason,
            members=tuple(dict.fromkeys(f.uid for f in facts if isinstance(f, losing)))[:_UIDS],
            departments=tuple(f.uid for f in facts if isinstance(f, DepartmentDeleted)),
        )
        started = RunStarted(uid=run, system=self.system, mode="push")
        circumstances = Circumstances(actor=by, source=self.system, run=run)
        self.ledger.record(self.org, [(started, 1), (held, 2)], circumstances)

    def refusal(self, reason: str) -> HeldError:
        """What the sender is told. ``fix`` is for the person who reads the sender's log."""
        run = self.waits
        return HeldError(
            "held: nothing of this call was recorded",
            why=reason,
            fix=f"If that is right, run 'orgledger sync {self.system} --approve "
            f"{run.id if run else 'RUN'}' and have the call sent again.",
        )


def approve(ledger: Ledger, run: Run, by: str) -> None:
    """Let the system of a held run take away what it wants to, as long as the window lasts."""
    ledger.note(
        run.org,
        RunApproved(uid=run.id, continued_by=""),
        Circumstances(actor=by, source=run.system, run=run.id),
        run.version + 1,
    )
