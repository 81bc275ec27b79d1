"""Status: how far every target is, in entities, positions and time, and what is stuck there."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import msgspec

from adapters.nats.standing import Standing
from domain.delivery.desired import Desired
from domain.delivery.plan import Plan, plan
from domain.delivery.state import Stuck, TargetState
from domain.envelope import directory_scope
from orgledger.engine.deliver.destination import Destination
from orgledger.engine.runs import Run, Runs, Status
from orgledger.engine.views import Views


class StuckEntity(msgspec.Struct, frozen=True, kw_only=True):
    """Something that does not come through. ``id`` is its id in the source."""

    kind: str
    uid: str
    id: str
    action: str
    result: str
    code: str
    why: str
    fix: str
    since: datetime
    tries: int
    run: str | None


class TargetStatus(msgspec.Struct, frozen=True, kw_only=True):
    """One target. ``in_sync`` of ``total`` entities are there as the log says.

    ``behind`` counts the changes of the organization since ``delivered``, the position that the
    last run which came to its end brought; it is 0 when nothing is ``waiting``, as a service's
    run goes on for long after what it delivered. ``behind_seconds`` is the age of the oldest of
    them. ``last`` is the newest run, ``job`` the service that delivers there.
    """

    role: str = "target"
    system: str
    org: str
    in_sync: int
    total: int
    waiting: int
    resting: int
    delivered: int
    behind: int
    behind_seconds: float
    stuck: tuple[StuckEntity, ...]
    last: Run | None
    job: Standing | None = None


def status(
    views: Views, destination: Destination, runs: Runs, job: Standing | None = None
) -> TargetStatus:
    """How far one target is. Nothing is called."""
    org, system = destination.org, destination.system
    directory = views.directory(org)
    state = views.sync_state(org, system)
    desired = destination.desired(directory)
    made = plan(
        desired,
        state,
        destination.target.capabilities,
        destination.leavers,
        now=views.ledger.now(),
    )
    last = next((r for r in runs.newest(system) if r.org == org), None)
    delivered = _delivered(runs, system)
    behind, seconds = _behind(views, org, delivered) if made.operations else (0, 0.0)
    wanted = {(kind, uid) for kind, entities in desired.wanted.items() for uid in entities}
    open_ends = _open(made)
    return TargetStatus(
        system=system,
        org=org,
        in_sync=len(wanted - open_ends),
        total=len(wanted),
        waiting=len(made.operations),
        resting=made.resting,
        delivered=delivered,
        behind=behind,
        behind_seconds=seconds,
        stuck=tuple(_stuck(state, desired, made)),
        last=last,
        job=job,
    )


def _open(made: Plan) -> set[tuple[str, str]]:
    """The entities that something is still to be done for."""
    stuck = (operation for operation, _ in made.stuck)
    unfit = (operation for operation, _ in made.unfit)
    return {(o.kind, o.uid) for o in (*made.operations, *stuck, *unfit, *made.dependent)}


def _delivered(runs: Runs, system: str) -> int:
    """The position that was last brought to a target."""
    done = (Status.FINISHED, Status.PARTIAL, Status.HELD, Status.APPROVED)
    return next((r.at for r in runs.newest(system) if r.at and r.status in done), 0)


def _behind(views: Views, org: str, delivered: int) -> tuple[int, float]:
    count, oldest = 0, None
    for batch in views.ledger.read(delivered, scope=directory_scope(org), stop=views.ledger.head):
        if oldest is None and batch:
            oldest = batch[0].envelope.at
        count += len(batch)
    seconds = (views.ledger.now() - oldest).total_seconds() if oldest else 0.0
    return count, max(seconds, 0.0)


def _stuck(state: TargetState, desired: Desired, made: Plan) -> Iterator[StuckEntity]:
    """What failed, and is still to be done."""
    still = _open(made)
    for kind, entities in state.placed.items():
        for uid, placed in entities.items():
            if (kind, uid) not in still:
                continue
            wanted = desired.of(kind).get(uid)
            for slot, stuck in placed.stuck.items():
                yield _entity(
                    kind, uid, wanted.key if wanted else desired.key(kind, uid), slot, stuck
                )


def _entity(kind: str, uid: str, key: str, slot: str, stuck: Stuck) -> StuckEntity:
    return StuckEntity(
        kind=kind,
        uid=uid,
        id=key,
        action=slot.partition(":")[0],
        result=stuck.result.value,
        code=stuck.code,
        why=stuck.why,
        fix=stuck.fix,
        since=stuck.since,
        tries=stuck.tries,
        run=stuck.run,
    )
