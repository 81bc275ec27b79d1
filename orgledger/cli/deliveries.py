"""What a delivery would do, did, and could not do, for people and machines."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import msgspec
from rich.text import Text

from domain.delivery.capabilities import KINDS
from domain.delivery.operation import Action, Operation
from domain.directory import Directory
from domain.rows import Rows
from orgledger.cli import screen
from orgledger.cli.facts import name_of
from orgledger.cli.styles import STYLES
from orgledger.cli.terminal import cell
from orgledger.cli.words import _, field
from orgledger.engine.deliver.delivered import Delivered

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
_EMPTY = (None, "", ())
_SHOWN = 200
"""Operations of a plan that a terminal shows; ``--json`` has them all."""

_NAMED = 20
"""Things that a line names; ``--json`` has them all."""


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


def how_to_approve(system: str, run: str) -> str:
    """The next step for a held run."""
    return _(
        "If that is right, run 'orgledger sync {system} --approve {run} [--entity ID]…'.",
        system=system,
        run=run,
    )


def named(directory: Directory, uids: Sequence[str]) -> str:
    """Things by name and id in the source: ``李雷 (007), 韩梅梅 (008)``."""
    rows = Rows(directory)

    def called(uid: str) -> str:
        key = next((key for kind in KINDS if (key := rows.id(kind, uid)) != uid), uid)
        name = name_of(directory, uid)
        return name if name == key else f"{name} ({key})"

    rest = len(uids) - _NAMED
    more = f" … {_('and {n} more', n=rest)}" if rest > 0 else ""
    return ", ".join(map(called, uids[:_NAMED])) + more


def show(outcome: Delivered, directory: Directory, *, planned: bool) -> None:
    """What a delivery came to; ``planned``: what it would come to."""
    line = Text(f"{outcome.org} → {outcome.system}: ")
    line.append(_(outcome.status.value), style=STYLES[outcome.status])
    line.append(f", {_summary(outcome, planned=planned)} ({outcome.run})")
    screen.line(line)
    if outcome.since:
        screen.say(f"  {_('Since the plan was shown')}:", style="cyan")
        for text in outcome.since:
            screen.say(f"    {text}")
    if outcome.reason:
        screen.say(f"  {_('Held')}: {outcome.reason}", style="yellow")
        if outcome.candidates:
            screen.say(f"    {_('adopt')}: {named(directory, outcome.candidates)}")
        if not planned:
            screen.say(f"  {how_to_approve(outcome.system, outcome.run)}", style="dim")
    for title, things in (
        (_("Not done"), outcome.failures),
        (_("Could not be read"), outcome.gaps),
    ):
        if things:
            screen.say(f"  {title}:", style="yellow")
            for thing in things:
                screen.say(f"    {thing}")
    if outcome.plan:
        operations(f"{_('Plan')}: {_counted(outcome.plan)}", outcome.plan, directory)
    if outcome.held:
        operations(f"{_('Held')}: {_counted(outcome.held)}", outcome.held, directory)


def _summary(outcome: Delivered, *, planned: bool) -> str:
    n = len(outcome.plan) if planned else outcome.applied
    if planned:
        done = _("would do 1 operation") if n == 1 else _("would do {n} operations", n=n)
    else:
        done = _("1 operation done") if n == 1 else _("{n} operations done", n=n)
    counts = [
        (n, done),
        (outcome.adopted, _("{n} adopted", n=outcome.adopted)),
        (outcome.drifted, _("{n} found changed by others", n=outcome.drifted)),
        (outcome.refused, _("{n} refused", n=outcome.refused)),
        (outcome.deferred, _("{n} deferred", n=outcome.deferred)),
        (outcome.parked, _("{n} parked", n=outcome.parked)),
        (outcome.stuck, _("{n} still stuck", n=outcome.stuck)),
        (len(outcome.held), _("{n} held", n=len(outcome.held))),
        (outcome.resting, resting(outcome.resting)),
    ]
    said = [text for count, text in counts if count]
    return ", ".join(said) or _("nothing to do")


def resting(n: int) -> str:
    """How many accounts of leavers are closed and not deleted yet."""
    if n == 1:
        return _("1 closed account in its grace time")
    return _("{n} closed accounts in their grace time", n=n)


def kind_of(kind: str) -> str:
    """The name of a kind: ``role group`` for ``role_group``."""
    return _(kind.replace("_", " "))


def _counted(of: Sequence[Operation]) -> str:
    """``3 create, 1 move``."""
    actions = Counter(_(o.action.value) for o in of)
    return ", ".join(_("{n} {action}", n=n, action=action) for action, n in actions.items())


def operations(title: str, of: Sequence[Operation], directory: Directory) -> None:
    """A plan as a diff that one can read."""
    rows = []
    for o in of[:_SHOWN]:
        sign, style = _SIGNS.get(o.action, _CHANGE)
        name = name_of(directory, o.uid, str(o.fields.get("name") or o.key))
        rows.append(
            (
                Text(f"{sign} {_(o.action.value)}", style=style),
                kind_of(o.kind),
                name,
                _what(o, directory),
            )
        )
    headings = [_("Operation"), _("Kind"), _("Name"), _("What")]
    screen.table(headings, rows, title=title)
    if len(of) > _SHOWN:
        screen.say(_("… and {n} more; --json shows them all", n=len(of) - _SHOWN), style="dim")


def _what(o: Operation, directory: Directory) -> str:
    parts = [_(o.reason)] if o.reason else []
    new = o.action is Action.CREATE  # where nothing was, what stays empty is no news
    for name, value in o.fields.items():
        if not (new and value in _EMPTY):
            parts.append(f"{name}: {_change(o.was.get(name), value)}")
    had = o.had.given()
    for name, value in o.relations.given().items():
        if (new and value in _EMPTY) or (name == "active" and _says(o.action, active=value)):
            continue
        before = _named(had.get(name), directory)
        parts.append(f"{field(name)}: {_change(before, _named(value, directory))}")
    if o.members:
        names = [name_of(directory, uid) for uid in o.members[:5]]
        more = f" … +{len(o.members) - 5}" if len(o.members) > 5 else ""
        parts.append(", ".join(names) + more)
    return "; ".join(parts)


def _says(action: Action, *, active: bool) -> bool:
    """Whether the action alone tells that the account is open, or closed."""
    return action in ((Action.CREATE, Action.REACTIVATE) if active else (Action.DEACTIVATE,))


def _change(before: Any, after: Any) -> str:
    new = "–" if after in _EMPTY else cell(after)
    return new if before in _EMPTY else f"{cell(before)} → {new}"


def _named(value: Any, directory: Directory) -> Any:
    """Names for uids."""
    if isinstance(value, str):
        return name_of(directory, value)
    if isinstance(value, tuple):
        return ", ".join(name_of(directory, uid) for uid in value)
    return value
