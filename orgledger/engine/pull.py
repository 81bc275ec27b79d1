"""Pull: read a system, decide what changed, append it; resumable at any moment.

Nothing has to be remembered between two pulls but the log itself: whatever a killed pull had
appended is folded, and the next one appends the rest.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import msgspec

from domain.directory import Directory
from domain.errors import ConflictError, HeldError, OrgledgerError
from domain.events import (
    Fact,
    RunApproved,
    RunFailed,
    RunFinished,
    RunHeld,
    RunStarted,
)
from domain.observe import Observation
from domain.ownership import Ownership
from domain.plausible import Held, Limits, going, implausible
from domain.ports import Progress, Source
from orgledger.engine.deliver.destination import Destination
from orgledger.engine.holding import Holding
from orgledger.engine.known import Knowledge
from orgledger.engine.owning import must_own, registered
from orgledger.engine.runs import Run, Status
from orgledger.engine.telling import Heard, Telling
from orgledger.engine.views import SNAPSHOT_EVERY, Views
from orgledger.ledger import Circumstances, Ledger, new_id

_ATTEMPTS = 3
"""How often a decision is made anew when somebody else appended meanwhile."""

_LISTED = 200
"""Most refusals or gaps that a run's closing event names one by one."""

_HELD_UIDS = 20_000
"""Most uids that a held run names, so that its event fits a message; the digest has them all."""


class Feed(msgspec.Struct, frozen=True, kw_only=True):
    """A source, the organization that it owns, and how much it may take away unasked.

    ``ownership`` says what of it belongs to others, or what part of it is this system's;
    ``mirror`` is the same system as a target, where it is one.
    """

    system: str
    org: str
    name: str
    source: Source
    limits: Limits = Limits()
    ownership: Ownership = Ownership()
    mirror: Destination | None = None

    def telling(self, ledger: Ledger) -> Telling:
        """How its readings are heard."""
        return Telling(ledger, self.org, self.system, self.ownership, self.mirror)


class Outcome(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a pull came to. ``plan`` has the facts that a plan decided and did not append."""

    run: str
    org: str
    system: str
    status: Status
    read: dict[str, int]
    kept: dict[str, int]
    appended: int = 0
    calls: int = 0
    refused: tuple[str, ...] = ()
    gaps: tuple[str, ...] = ()
    reason: str = ""
    plan: tuple[Fact, ...] = ()


class Pull:
    """One pull of one feed.

    ``full`` reads everything, whatever the last reading left. ``holding`` judges what the
    organization lost within a day, where small readings come beside the whole ones.
    """

    def __init__(
        self,
        ledger: Ledger,
        views: Views,
        feed: Feed,
        *,
        actor: str,
        progress: Progress,
        full: bool = False,
        holding: Holding | None = None,
    ) -> None:
        self.ledger, self.views, self.feed, self.progress = ledger, views, feed, progress
        self._full, self._holding = full, holding
        self.run = new_id("run")
        self.by = Circumstances(actor=actor, source=feed.system, run=self.run)
        self._version = 0
        self._telling = feed.telling(ledger)

    async def plan(self) -> Outcome:
        """Read and decide, append nothing: what a pull would do now."""
        directory = self._directory()
        observation = await self._read(directory)
        facts, decided = self._decide(directory, observation)
        held = self._held(directory, observation, facts)
        return self._outcome(
            observation,
            decided,
            status=Status.HELD if held else Status.FINISHED,
            reason=held.reason if held else "",
            plan=facts,
        )

    async def execute(self, approved: Run | None = None) -> Outcome:
        """Read, decide and append.

        ``approved`` is a held run that a person let go on: what it would have taken away may go.
        Raises HeldError when the guard stops the reading, and whatever the source raises; in both
        cases the log says so and the organization is as it was.
        """
        directory = self._directory()
        self._note(RunStarted(uid=self.run, system=self.feed.system))
        try:
            outcome = self._append(directory, await self._read(directory), approved)
        except HeldError:
            raise
        except asyncio.CancelledError:
            stopped = RunFailed(uid=self.run, error="Interrupted", reason="it was stopped")
            self._note(stopped)
            raise
        except OrgledgerError as error:
            self._note(RunFailed(uid=self.run, error=type(error).__name__, reason=str(error)))
            raise
        if outcome.appended >= SNAPSHOT_EVERY:
            self.views.tree()  # folds and keeps them, so that no later command has to wait for it
        return outcome

    def _append(
        self, directory: Directory, observation: Observation, approved: Run | None
    ) -> Outcome:
        for attempt in range(_ATTEMPTS):
            facts, decided = self._decide(directory, observation)
            held = self._held(directory, observation, facts)
            if held is not None:
                self._hold_unless_approved(held, observation, approved)
            total = len(facts)
            try:
                appended = self.ledger.append(
                    directory,
                    facts,
                    self.by,
                    progress=lambda done, total=total: self.progress("events", done, total),  # type: ignore[misc]
                )
            except ConflictError:
                if attempt == _ATTEMPTS - 1:
                    raise
                directory = self._directory()
                continue
            self._telling.note(directory, observation, self.by)
            outcome = self._outcome(observation, decided, appended=len(appended))
            self._note(self._finished(outcome, observation.cursor))
            return outcome
        raise AssertionError("unreachable")  # pragma: no cover - the last attempt raises

    def _directory(self) -> Directory:
        directory = self.views.directory(self.feed.org)
        must_own(directory, self.feed.system, self.feed.ownership)
        return directory

    async def _read(self, directory: Directory) -> Observation:
        turn, cursor = 0, ""
        if directory.version:
            turn, cursor = self.views.readings(self.feed.org, self.feed.system)
        if self._full:
            cursor = ""
        known = Knowledge(directory, self.feed.system, turn, cursor)
        self._telling.listen()
        return await self.feed.source.read(known, self.progress)

    def _decide(
        self, directory: Directory, observation: Observation
    ) -> tuple[tuple[Fact, ...], Heard]:
        decided = self._telling.decide(directory, observation)
        if self._telling.part:
            return decided.facts, decided
        facts = registered(directory, decided.facts, name=self.feed.name, system=self.feed.system)
        return facts, decided

    def _held(
        self, directory: Directory, observation: Observation, facts: tuple[Fact, ...]
    ) -> Held | None:
        if self._telling.new(directory):
            return None
        held = implausible(directory, observation, facts, self.feed.limits)
        if held is None and self._holding is not None:
            reason = self._holding.too_far(facts)
            held = going(facts, reason) if reason else None
        return held

    def _hold_unless_approved(
        self, held: Held, observation: Observation, approved: Run | None
    ) -> None:
        if approved is not None and _within(held, approved):
            self.ledger.note(
                self.feed.org,
                RunApproved(uid=approved.id, continued_by=self.run),
                Circumstances(actor=self.by.actor, source=approved.system, run=approved.id),
                approved.version + 1,
            )
            return
        self._note(
            RunHeld(
                uid=self.run,
                reason=held.reason,
                read=_counts(observation),
                members=held.members[:_HELD_UIDS],
                departments=held.departments[:_HELD_UIDS],
                digest=held.digest,
            )
        )
        raise HeldError(
            f"the reading of {self.feed.system} is held and nothing was changed",
            why=held.reason,
            fix=f"If that is right, run 'orgledger sync {self.feed.system} --approve {self.run}'; "
            "if not, see 'orgledger check' for what the app may see.",
        )

    def _note(self, fact: Fact) -> None:
        self._version += 1
        self.ledger.note(self.feed.org, fact, self.by, self._version)

    def _outcome(
        self,
        observation: Observation,
        decided: Heard,
        *,
        status: Status = Status.FINISHED,
        appended: int = 0,
        reason: str = "",
        plan: tuple[Fact, ...] = (),
    ) -> Outcome:
        read, kept = _counts(observation), _counts(observation)
        for refusal in decided.refused:
            kept[f"{refusal.kind}s"] -= 1
        for kind, count in decided.beyond.items():
            kept[kind] -= count
        whole = not decided.refused and not observation.gaps
        return Outcome(
            run=self.run,
            org=self.feed.org,
            system=self.feed.system,
            status=status if whole or status is Status.HELD else Status.PARTIAL,
            read=read,
            kept=kept,
            appended=appended,
            calls=observation.calls,
            refused=_listed(decided.refused),
            gaps=_listed(observation.gaps),
            reason=reason,
            plan=plan,
        )

    def _finished(self, outcome: Outcome, cursor: str) -> RunFinished:
        """The closing event. What was left out is only read again from where this reading began."""
        whole = outcome.status is Status.FINISHED
        return RunFinished(
            uid=self.run,
            read=outcome.read,
            kept=outcome.kept,
            appended=outcome.appended,
            planned=outcome.appended,
            acknowledged=outcome.appended,
            calls=outcome.calls,
            refused=outcome.refused,
            gaps=outcome.gaps,
            cursor=cursor if whole else "",
        )


def _counts(observation: Observation) -> dict[str, int]:
    return {
        "departments": len(observation.departments),
        "members": len(observation.members),
        "roles": len(observation.roles),
    }


def _within(held: Held, approved: Run) -> bool:
    """Whether the reading takes away nothing beyond what the person had seen."""
    if held.digest == approved.digest:
        return True
    return set(held.members) <= set(approved.members_going) and set(held.departments) <= set(
        approved.departments_going
    )


def _listed(things: Sequence[object]) -> tuple[str, ...]:
    named = tuple(str(thing) for thing in things[:_LISTED])
    rest = len(things) - len(named)
    return (*named, f"… and {rest} more") if rest > 0 else named
