"""What a delivery would do, did, and could not do, for people and machines."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
from rich.text import Text

from domain.delivery.operation import Action, Operation
from domain.directory import Directory
from orgledger.cli import screen
from orgledger.cli.facts import name_of
from orgledger.cli.styles import STYLES
from orgledger.cli.terminal import cell
from orgledger.cli.words import _, field
from orgledger.engine.deliver.delivery import Delivered

_SIGNS = {
    Action.CREATE: ("+", "green"),
    Action.ADOPT: ("=", "green"),
    Action.ADD: ("+", "green"),
    Action.REACTIVATE: ("+", "green"),
    Action.REMOVE: ("-", "red"),
    Action.DEACTIVATE: ("-", "red"),
    Action.DELETE: ("-", "red"),
}
_CHANGE = ("~", "yellow")
_SHOWN = 200
"""Operations of a plan that a terminal shows; ``--json`` has them all."""


def document(outcome: Delivered) -> dict[str, Any]:
    """An outcome for machines."""
    return {
        **msgspec.structs.asdict(outcome),
        "plan": [operation(o) for o in outcome.plan],
        "held": [operation(o) for o in outcome.held],
    }


def operation(o: Operation) -> dict[str, Any]:
    """One operation for machines; relations and members are uids."""
    return {
        "action": o.action.value,
        "kind": o.kind,
        "uid": o.uid,
        "id": o.key,
        "remote": o.remote,
        "fields": o.fields,
        "was": o.was,
        "relations": o.relations.given(),
        "had": o.had.given(),
        "members": o.members,
        "reason": o.reason,
    }


def show(outcome: Delivered, directory: Directory) -> None:
    """What a delivery came to."""
    line = Text(f"{outcome.org} → {outcome.system}: ")
    line.append(_(outcome.status.value), style=STYLES[outcome.status])
    line.append(f", {_summary(outcome)} ({outcome.run})")
    screen.line(line)
    if outcome.since:
        screen.say(f"  {_('Since the plan was shown')}:", style="cyan")
        for text in outcome.since:
            screen.say(f"    {text}")
    if outcome.reason:
        screen.say(f"  {_('Held')}: {outcome.reason}", style="yellow")
        fix = _(
            "If that is right, run 'orgledger sync {system} --approve {run}'.",
            system=outcome.system,
            run=outcome.run,
        )
        if not outcome.plan:
            screen.say(f"  {fix}", style="dim")
    for title, things in (
        (_("Not done"), outcome.failures),
        (_("Could not be read"), outcome.gaps),
    ):
        if things:
            screen.say(f"  {title}:", style="yellow")
            for thing in things:
                screen.say(f"    {thing}")
    if outcome.plan:
        operations(_("Plan"), outcome.plan, directory)
    if outcome.held:
        operations(_("Held"), outcome.held, directory)


def _summary(outcome: Delivered) -> str:
    if outcome.plan:
        n = len(outcome.plan)
        return _("would do 1 operation") if n == 1 else _("would do {n} operations", n=n)
    counts = [
        (outcome.applied, _("{n} operations done", n=outcome.applied)),
        (outcome.adopted, _("{n} adopted", n=outcome.adopted)),
        (outcome.drifted, _("{n} found changed by others", n=outcome.drifted)),
        (outcome.refused, _("{n} refused", n=outcome.refused)),
        (outcome.deferred, _("{n} deferred", n=outcome.deferred)),
        (outcome.parked, _("{n} parked", n=outcome.parked)),
        (outcome.stuck, _("{n} still stuck", n=outcome.stuck)),
        (len(outcome.held), _("{n} held", n=len(outcome.held))),
        (outcome.resting, _("{n} closed accounts in their grace time", n=outcome.resting)),
    ]
    said = [text for count, text in counts if count]
    return ", ".join(said) or _("nothing to do")


def operations(title: str, of: Sequence[Operation], directory: Directory) -> None:
    """A plan as a diff that one can read."""
    rows = []
    for o in of[:_SHOWN]:
        sign, style = _SIGNS.get(o.action, _CHANGE)
        name = name_of(directory, o.uid, str(o.fields.get("name") or o.key))
        rows.append(
            (Text(f"{sign} {_(o.action.value)}", style=style), _(o.kind), name, _what(o, directory))
        )
    screen.table([_("Operation"), _("Kind"), _("Name"), _("What")], rows, title=title)
    if len(of) > _SHOWN:
        screen.say(_("… and {n} more; --json shows them all", n=len(of) - _SHOWN), style="dim")


def _what(o: Operation, directory: Directory) -> str:
    parts = [f"{name}: {_change(o.was.get(name), value)}" for name, value in o.fields.items()]
    had = o.had.given()
    for name, value in o.relations.given().items():
        before = _named(had.get(name), directory)
        parts.append(f"{field(name)}: {_change(before, _named(value, directory))}")
    if o.members:
        names = [name_of(directory, uid) for uid in o.members[:5]]
        more = f" … +{len(o.members) - 5}" if len(o.members) > 5 else ""
        parts.append(", ".join(names) + more)
    if o.reason:
        parts.append(_(o.reason))
    return "; ".join(parts)


def _change(before: Any, after: Any) -> str:
    new = "–" if after in (None, (), "") else cell(after)
    return new if before in (None, (), "") else f"{cell(before)} → {new}"


def _named(value: Any, directory: Directory) -> Any:
    """Names for uids."""
    if isinstance(value, str):
        return name_of(directory, value)
    if isinstance(value, tuple):
        return ", ".join(name_of(directory, uid) for uid in value)
    return value
