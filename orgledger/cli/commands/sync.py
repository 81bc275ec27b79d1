"""Bring the ledger and the targets up to date: sync."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager, nullcontext
from typing import Annotated, Any

import msgspec
import typer

from domain.delivery.capabilities import KINDS
from domain.errors import ConfigError, HeldError, OrgledgerError
from domain.rows import Rows
from orgledger.bootstrap import Service
from orgledger.cli import deliveries, pulls, screen
from orgledger.cli.app import Json, app, fail
from orgledger.cli.session import actor, service
from orgledger.cli.words import _
from orgledger.config import Config, SystemConfig
from orgledger.engine.deliver.delivered import Approval, Delivered
from orgledger.engine.deliver.delivery import Delivery
from orgledger.engine.holding import approve
from orgledger.engine.pull import Outcome, Pull
from orgledger.engine.runs import Run, Status
from orgledger.engine.when import position
from orgledger.live.turn import turn


@app.command()
def sync(
    systems: Annotated[
        list[str] | None,
        typer.Argument(metavar="[SYSTEM]...", help="All sources, then all targets by default."),
    ] = None,
    plan: Annotated[
        bool, typer.Option("--plan", help="Show what would be done, do nothing.")
    ] = False,
    approve: Annotated[
        str | None, typer.Option("--approve", metavar="RUN", help="Let a held run go on.")
    ] = None,
    entity: Annotated[
        list[str] | None,
        typer.Option("--entity", metavar="ID", help="With --approve: only this one; repeatable."),
    ] = None,
    full: Annotated[
        bool, typer.Option("--full", help="Read everything, not only what changed.")
    ] = False,
    verify: Annotated[
        bool, typer.Option("--verify", help="Read targets back and repair what others changed.")
    ] = False,
    at: Annotated[
        str | None, typer.Option("--at", metavar="WHEN", help="Bring targets to a past moment.")
    ] = None,
    every: Annotated[
        str | None,
        typer.Option("--every", metavar="TIME", help="Again every 30s, 15m or 2h, until stopped."),
    ] = None,
    json: Json = False,
) -> int:
    """Read the sources, record what changed, and bring the targets to it."""
    if sum((plan, approve is not None, every is not None)) > 1:
        raise ConfigError("--plan, --approve and --every exclude each other", fix="Give one.")
    if entity and approve is None:
        raise ConfigError("--entity goes with --approve", fix="Name the held run: --approve RUN.")
    only = tuple(entity or ())
    wish = Wish(plan=plan, approve=approve, only=only, full=full, verify=verify, at=at)
    if every is None:
        return once(systems, wish, json=json)
    pause = _seconds(every)
    while True:
        once(systems, wish, json=json)
        time.sleep(pause)


def _seconds(text: str) -> float:
    """``15m`` in seconds; the units are s, m and h."""
    unit = {"s": 1, "m": 60, "h": 3600}.get(text[-1:])
    count = text[:-1]
    if unit is None or not (count.isascii() and count.isdigit() and int(count)):
        raise ConfigError(f"{text!r} is not a time to wait", fix="Give one such as 30s, 15m or 2h.")
    return int(count) * unit


class Wish(msgspec.Struct, frozen=True, kw_only=True):
    """What is asked of one turn. ``retry`` names the run whose failures are tried again."""

    plan: bool = False
    approve: str | None = None
    only: tuple[str, ...] = ()
    full: bool = False
    verify: bool = False
    at: str | None = None
    retry: str | None = None


def once(systems: Sequence[str] | None, wish: Wish, *, json: bool) -> int:
    """One turn of all chosen systems; the exit code is that of the worst."""
    documents: list[dict[str, Any]] = []
    codes = [0]
    with service() as opened:
        named = wish.approve or wish.retry
        before = None if named is None else opened.views.run(named)
        if before is not None and wish.approve:
            _must_wait(before)
            if before.mode == "push":
                return _let_in(opened, before, wish.only, json=json)
        unrecorded: set[str] = set()
        for configured, pulls in _chosen(opened.config, systems, before):
            if pulls and not opened.config.ownership(configured.org).part(configured.id):
                unrecorded.add(configured.org)
            elif configured.org in unrecorded and not _known(opened, configured.org):
                documents.append(_too_early(configured, json=json))
                continue
            work = _Pulling(opened, configured) if pulls else _Delivering(opened, configured)
            try:
                outcome = work.run(wish, before)
            except OrgledgerError as error:
                fail(f"{configured.id}: {error}")
                codes.append(error.exit_code)
                documents.append(work.failure(error))
                continue
            if not wish.plan:
                unrecorded.discard(configured.org)
            codes.append(_code(outcome.status))
            documents.append(_document(outcome))
            if not json:
                _show(opened, outcome, planned=wish.plan)
    if json:
        screen.emit_json(documents)
    return max(codes)


def _known(opened: Service, org: str) -> bool:
    return bool(opened.views.directory(org).version)


def _too_early(configured: SystemConfig, *, json: bool) -> dict[str, Any]:
    """The document of a target for which its source has not brought anything yet."""
    if not json:
        told = _("nothing to do before the organization is recorded")
        screen.say(f"{configured.org} → {configured.id}: {told}")
    return _document(
        Delivered(run="", org=configured.org, system=configured.id, status=Status.FINISHED)
    )


def _let_in(opened: Service, run: Run, only: Sequence[str], *, json: bool) -> int:
    """Approve what a system pushed; it is not ours to send again."""
    if only:
        raise ConfigError(
            f"the run {run.id!r} can only be approved as a whole",
            why="what the system is going to send again is not known",
            fix="Leave --entity out.",
        )
    approve(opened.ledger, run, actor())
    if json:
        screen.emit_json(
            [{"run": run.id, "org": run.org, "system": run.system, "status": Status.APPROVED}]
        )
    else:
        told = _("approved; for a day it may take away what it wants to, when it sends it again")
        screen.say(f"{run.system} → {run.org}: {told}")
    return 0


def _must_wait(run: Run) -> None:
    if run.status is not Status.HELD:
        raise ConfigError(
            f"the run {run.id!r} is not held, it is {run.status.value}",
            fix="See 'orgledger runs' for what waits for you.",
        )


def _chosen(
    config: Config, systems: Sequence[str] | None, before: Run | None
) -> list[tuple[SystemConfig, bool]]:
    """The systems whose turn it is, sources first; true for those that are read."""
    if before is not None:
        if systems and list(systems) != [before.system]:
            raise ConfigError(f"the run {before.id!r} is one of {before.system!r}")
        return [(config.system(before.system), before.mode != "deliver")]
    pushing = [s for s in config.sources() if config.pushes(s)]
    sources = [s for s in config.sources() if s not in pushing]
    targets = config.targets()
    if systems:
        named = [config.system(name) for name in dict.fromkeys(systems)]
        sources = [s for s in named if s in sources or s not in targets]
        targets = [s for s in named if s in targets]
    if not sources and not targets and pushing:
        raise ConfigError(
            f"{', '.join(s.id for s in pushing)} push their changes, nothing is read here",
            fix="Run 'orgledger serve' to take them in.",
        )
    if not sources and not targets:
        raise ConfigError(
            "there is no source in the configuration",
            fix='Add a system, and name it in its organization: [orgs.x] source = "…".',
        )
    return [(s, True) for s in sources] + [(s, False) for s in targets]


class _Pulling:
    """One source's turn. ``pull`` is None until its source could be made."""

    def __init__(self, opened: Service, configured: SystemConfig) -> None:
        self.opened, self.configured = opened, configured
        self.pull: Pull | None = None

    def run(self, wish: Wish, before: Run | None) -> Outcome:
        feed = self.opened.feed(self.configured)
        approved = before if wish.approve else None

        async def work() -> Outcome:
            async with _alone(self.opened, f"read.{self.configured.id}", wish):
                return await read()

        async def read() -> Outcome:
            with screen.progress() as report:
                ledger, views = self.opened.ledger, self.opened.views
                self.pull = Pull(
                    ledger, views, feed, actor=actor(), progress=report, full=wish.full
                )
                try:
                    return await (self.pull.plan() if wish.plan else self.pull.execute(approved))
                finally:
                    await feed.source.close()

        return asyncio.run(work())

    def failure(self, error: OrgledgerError) -> dict[str, Any]:
        """The document of a run that did not come to its end; its keys are those of an outcome."""
        outcome = Outcome(
            run=self.pull.run if self.pull else "",
            org=self.configured.org,
            system=self.configured.id,
            status=Status.HELD if isinstance(error, HeldError) else Status.FAILED,
            read={},
            kept={},
            reason=str(error),
        )
        return _document(outcome)


class _Delivering:
    """One target's turn. ``delivery`` is None until its target could be made."""

    def __init__(self, opened: Service, configured: SystemConfig) -> None:
        self.opened, self.configured = opened, configured
        self.delivery: Delivery | None = None

    def run(self, wish: Wish, before: Run | None) -> Delivered:
        opened, org = self.opened, self.configured.org
        destination = opened.destination(self.configured)
        only = frozenset(self._uid(name) for name in wish.only)
        approval = Approval(run=before, only=only) if before and wish.approve else None

        async def work() -> Delivered:
            async with _alone(opened, f"deliver.{self.configured.id}", wish):
                return await deliver()

        async def deliver() -> Delivered:
            with screen.progress() as report:
                self.delivery = Delivery(
                    opened.ledger,
                    opened.views,
                    destination,
                    actor=actor(),
                    progress=report,
                    at=self._position(wish.at, org),
                    verify=wish.verify,
                    approval=approval,
                    retry=self._retried(wish, only, before),
                )
                try:
                    return await (self.delivery.plan() if wish.plan else self.delivery.execute())
                finally:
                    await destination.target.close()

        return asyncio.run(work())

    def _position(self, at: str | None, org: str) -> int | None:
        zone = self.opened.config.zone(org)
        return None if at is None else position(at, self.opened.views, zone)

    def _uid(self, name: str) -> str:
        """The uid of an entity named by its uid or by its id in the source."""
        rows = Rows(self.opened.views.directory(self.configured.org))
        for kind in KINDS:
            uid = rows.uid(kind, name)
            if uid is not None:
                return uid
        raise ConfigError(f"the organization {self.configured.org!r} has no {name!r}")

    def _retried(self, wish: Wish, only: frozenset[str], before: Run | None) -> frozenset[str]:
        """The uids whose failures in the named run are tried again."""
        if before is None or not wish.retry:
            return frozenset()
        state = self.opened.views.sync_state(before.org, before.system)
        failed = state.stuck_since(before.id)
        missing = only - failed
        if missing:
            raise ConfigError(
                f"nothing of {', '.join(sorted(missing))} failed in the run {before.id!r}",
                fix=f"See 'orgledger run {before.id}' for what did.",
            )
        return only or failed

    def failure(self, error: OrgledgerError) -> dict[str, Any]:
        """The document of a run that did not come to its end; its keys are those of an outcome."""
        outcome = Delivered(
            run=self.delivery.run if self.delivery else "",
            org=self.configured.org,
            system=self.configured.id,
            status=Status.FAILED,
            reason=str(error),
        )
        return _document(outcome)


def _alone(opened: Service, job: str, wish: Wish) -> AbstractAsyncContextManager[None]:
    """Nobody else does this job meanwhile; a plan does nothing, and needs nobody's leave."""

    def waiting(holder: str) -> None:
        screen.warn(_("waiting for {holder}, which has {job} now", holder=holder, job=job))

    replicas = opened.config.log.replicas
    if wish.plan:
        return nullcontext()
    return turn(opened.address, job, replicas=replicas, waiting=waiting)


def _document(outcome: Outcome | Delivered) -> dict[str, Any]:
    if isinstance(outcome, Delivered):
        return deliveries.document(outcome)
    return pulls.document(outcome)


def _code(status: Status) -> int:
    if status is Status.HELD:
        return HeldError.exit_code
    return 0 if status is Status.FINISHED else 1


def _show(opened: Service, outcome: Outcome | Delivered, *, planned: bool) -> None:
    if isinstance(outcome, Delivered):
        deliveries.show(outcome, opened.views.directory(outcome.org), planned=planned)
        return
    pulls.show(opened, outcome)
