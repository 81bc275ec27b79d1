"""A pull on the screen, and as a document; see ``deliveries`` for the other direction."""

from __future__ import annotations

from typing import Any

import msgspec
from rich.text import Text

from domain.envelope import Entry, Envelope, address
from domain.evolve import evolve
from orgledger.bootstrap import Service
from orgledger.cli import screen
from orgledger.cli.facts import said, shown
from orgledger.cli.styles import STYLES
from orgledger.cli.words import _
from orgledger.engine.pull import Outcome


def document(outcome: Outcome) -> dict[str, Any]:
    """A pull for machines; what it planned in words."""
    return {**msgspec.structs.asdict(outcome), "plan": [said(fact) for fact in outcome.plan]}


def show(opened: Service, outcome: Outcome) -> None:
    """What a pull came to, on the screen; with its facts if it was only planned."""
    line = Text(f"{outcome.system} → {outcome.org}: ")
    line.append(_(outcome.status.value), style=STYLES[outcome.status])
    line.append(f", {_did(outcome)} ({outcome.run})")
    screen.line(line)
    if outcome.reason:
        screen.say(f"  {_('Held')}: {outcome.reason}", style="yellow")
    for title, things in (
        (_("Left out"), outcome.refused),
        (_("Could not be read"), outcome.gaps),
    ):
        if things:
            screen.say(f"  {title}:", style="yellow")
            for thing in things:
                screen.say(f"    {thing}")
    if outcome.plan:
        _show_plan(opened, outcome)


def _did(outcome: Outcome) -> str:
    if outcome.plan:
        n = len(outcome.plan)
        return _("would append 1 event") if n == 1 else _("would append {n} events", n=n)
    if not outcome.appended:
        return _("nothing changed")
    return _(
        "read {read}, kept {kept}, {n} events appended",
        read=sum(outcome.read.values()),
        kept=sum(outcome.kept.values()),
        n=outcome.appended,
    )


def _show_plan(opened: Service, outcome: Outcome) -> None:
    directory = opened.views.directory(outcome.org)
    zone = opened.config.zone(outcome.org)
    rows = []
    for fact in outcome.plan:
        envelope = Envelope(id="", at=opened.ledger.now(), actor="", fact=fact)
        planned = shown(Entry(address(outcome.org, fact), 0, envelope), directory, zone)
        rows.append((planned.event, planned.name, planned.text))
        evolve(directory, fact)  # so that what follows is called by the name that it gets
    screen.table([_("Event"), _("Entity"), _("What")], rows)
