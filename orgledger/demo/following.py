"""The part of the demo in which nobody syncs any more: the service follows, change by change."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from rich.cells import set_cell_size
from rich.text import Text

from adapters.simulation.app import SimulatorApp
from domain.envelope import Entry, directory_scope
from domain.events import ChangeApplied
from orgledger.bootstrap import Service
from orgledger.cli import screen
from orgledger.cli.words import _, chinese
from orgledger.demo.changes import Step
from orgledger.demo.sisters import Sister

PATIENCE_S = 30.0
_LOOK_S = 0.005
_WIDTH = 28


class Place(NamedTuple):
    """Somewhere changes happen: an organization, its source, and what happens there."""

    org: str
    system: str
    app: SimulatorApp
    steps: Sequence[Step]


def follow(opened: Service, places: Sequence[Place]) -> list[float]:
    """Let things happen by turns and show when each has arrived; the milliseconds of all."""
    times: list[float] = []
    for number in range(max(len(place.steps) for place in places)):
        for place in places:
            if number < len(place.steps):
                times += _one(opened, place, place.steps[number])
    return times


def settled(opened: Service, sisters: Sequence[Sister]) -> None:
    """Wait until the service has read the sisters and brought them to their targets."""
    for sister in sisters:
        begun = time.perf_counter()
        people = len(sister.app.provider.roster(own_ids=False, system_roles=False).members)
        goal = f"casdoor-{sister.org}"
        while True:
            state = opened.views.sync_state(sister.org, goal)
            there = sum(not p.gone for p in state.of("member").values())
            if there >= people or time.perf_counter() - begun > PATIENCE_S:
                break
            time.sleep(0.1)
        took = time.perf_counter() - begun
        said = _("{n} people read and delivered", n=there)
        screen.say(f"{sister.system} → {goal}: {said} · {took:.1f} s", style="green")


def _one(opened: Service, place: Place, step: Step) -> list[float]:
    """One change, and the milliseconds until each target that it concerns had it."""
    head, begun = opened.ledger.head, time.time()
    place.app.provider.change(step.change)
    arrived = _arrived(opened, place, head, begun)
    what = step.zh if chinese() else step.en
    line = Text(f"{place.system.partition('-')[0]:<9}", style="cyan")
    line.append(set_cell_size(what, _WIDTH), style="bold")
    for target, milliseconds in sorted(arrived.items(), key=lambda one: one[1]):
        line.append(f" {target.partition('-')[0]}", style="dim")
        line.append(f" {milliseconds:.0f}", style="green" if milliseconds < 1000 else "yellow")
    if not arrived:
        line.append(f" {_('no target has anything to do')}", style="dim")
    screen.out.print(line)
    return [*arrived.values()]


def _arrived(opened: Service, place: Place, head: int, begun: float) -> dict[str, float]:
    """By target, when the last operation of this change was acknowledged.

    A change is through when every target that did anything has been quiet for a moment.
    """
    targets = {s.id for s in opened.config.targets() if s.org == place.org}
    found: dict[str, float] = {}
    position, quiet, told = head, time.time(), False
    while time.time() - begun < PATIENCE_S:
        for entry in _since(opened, place.org, position):
            position, quiet = entry.position, time.time()
            told = told or entry.originator_id.startswith(directory_scope(place.org))
            if isinstance(entry.fact, ChangeApplied):
                at = entry.envelope.at.timestamp()
                found[entry.fact.target] = (at - begun) * 1000
        still = time.time() - quiet
        if told and ((found.keys() >= targets and still > 0.3) or still > 1.5):
            break
        time.sleep(_LOOK_S)
    return found


def _since(opened: Service, org: str, position: int) -> Iterator[Entry]:
    if opened.ledger.head > position:
        for batch in opened.ledger.read(position, scope=org):
            yield from batch
