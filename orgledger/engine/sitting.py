"""A sitting: many small pieces of work that make one run.

It begins with the first and ends when nothing came for a while, so that a night's provisioning, or
an afternoon's callbacks, are one line of ``orgledger runs`` and two facts in the log.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from domain.errors import OrgledgerError
from domain.events import Fact, RunFailed, RunFinished, RunStarted
from domain.observe import Observation
from orgledger.ledger import Circumstances, Ledger, new_id

QUIET = timedelta(minutes=1)
"""A run ends when nothing came for so long."""

LONGEST = timedelta(hours=1)
"""A run ends after so long in any case, so that a steady stream shows in ``orgledger runs``."""

_LISTED = 200


class Open:
    """The run that is open: its id, when it began and was last used, and what it counts."""

    def __init__(self, run: str, at: datetime) -> None:
        self.run, self.began, self.used = run, at, at
        self.read: Counter[str] = Counter()
        self.appended = self.calls = self.unlisted = 0
        self.planned = self.acknowledged = self.deferred = self.parked = self.at = 0
        self.cursor = ""
        self.refused: list[str] = []

    def count(self, observation: Observation, appended: int) -> None:
        """What was read and recorded."""
        self.appended += appended
        self.planned += appended
        self.acknowledged += appended
        for kind in ("departments", "members", "roles"):
            self.read[kind] += len(getattr(observation, kind))
        self.read["members"] += len(observation.coverage.gone_members)

    def refuse(self, what: str) -> None:
        """What was left out, with ids and codes only."""
        if len(self.refused) < _LISTED:
            self.refused.append(what)
        else:
            self.unlisted += 1


class Sitting:
    """The runs of one system that are made of many pieces. For one thread at a time."""

    def __init__(self, ledger: Ledger, org: str, system: str, *, mode: str, actor: str) -> None:
        self.ledger, self.org, self.system = ledger, org, system
        self.mode, self.actor = mode, actor
        self._open: Open | None = None

    def open(self) -> Open:
        """The open run; begun when there is none."""
        self.settle()
        if self._open is None:
            run, now = new_id("run"), self.ledger.now()
            self._note(RunStarted(uid=run, system=self.system, mode=self.mode), run, 1)
            self._open = Open(run, now)
        self._open.used = self.ledger.now()
        return self._open

    @contextmanager
    def piece(self) -> Iterator[Open]:
        """A piece of work whose end has to be known: one that is cut off ends the run as failed."""
        found = self.open()
        try:
            yield found
        except BaseException as error:
            self._open = None
            self._note(_failure(found.run, error), found.run, 2)
            raise

    @property
    def current(self) -> str | None:
        """The id of the run that is open; None: there is none."""
        return self._open.run if self._open is not None else None

    def settle(self) -> None:
        """Close the run that nothing came to for a while. To be called now and then."""
        found, now = self._open, self.ledger.now()
        if found is not None and (now - found.used >= QUIET or now - found.began >= LONGEST):
            self.close()

    def close(self) -> None:
        """Close the open run, if there is one."""
        found, self._open = self._open, None
        if found is None:
            return
        refused = tuple(found.refused)
        if found.unlisted:
            refused += (f"… and {found.unlisted} more",)
        read = {kind: count for kind, count in found.read.items() if count}
        self._note(
            RunFinished(
                uid=found.run,
                read=read,
                kept=read,
                appended=found.appended,
                planned=found.planned,
                acknowledged=found.acknowledged,
                deferred=found.deferred,
                parked=found.parked,
                calls=found.calls,
                at=found.at,
                refused=refused,
                cursor=found.cursor,
            ),
            found.run,
            2,
        )

    def _note(self, fact: Fact, run: str, version: int) -> None:
        by = Circumstances(actor=self.actor, source=self.system, run=run)
        self.ledger.note(self.org, fact, by, version)


def _failure(run: str, error: BaseException) -> RunFailed:
    """Nothing is quoted of an error that is not ours: it may have a value of somebody in it."""
    if isinstance(error, asyncio.CancelledError):
        return RunFailed(uid=run, error="Interrupted", reason="it was stopped")
    reason = str(error) if isinstance(error, OrgledgerError) else "see the log of the service"
    return RunFailed(uid=run, error=type(error).__name__, reason=reason)
