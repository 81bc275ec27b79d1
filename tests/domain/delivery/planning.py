"""An organization, the state of a target that follows it, and the plan between the two.

``Bench.run`` plans, checks what holds for every plan, and folds the operations as if the target
had done each of them.
"""

from __future__ import annotations

from collections.abc import Container, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
from msgspec import UNSET

from domain.decide import decide
from domain.delivery.capabilities import Field, TargetCapabilities
from domain.delivery.desired import Desired, desired
from domain.delivery.focus import Focus
from domain.delivery.mapping import mapping
from domain.delivery.operation import Action, Fitted, Operation
from domain.delivery.plan import Leavers, Plan, plan
from domain.delivery.scope import Scope
from domain.delivery.state import Result, TargetState, fold
from domain.directory import Directory
from domain.events import ChangeApplied, ChangeDeferred, ChangeParked, ChangeRefused, Fact
from domain.evolve import evolve
from domain.observe import WHOLE, Observation
from domain.records import Roster
from tests.delivery.memory import CAPABILITIES

ORG, SYSTEM = "feifan", "hr"

PLAIN = msgspec.structs.replace(CAPABILITIES, manager_with_record=False)
"""A target at which managers are named once everybody is there."""

IN_DEPARTMENTS = msgspec.structs.replace(PLAIN, memberships="department")
"""The same target, which keeps its memberships in the departments' lists."""

NAMED = msgspec.structs.replace(
    PLAIN,
    fields={
        **PLAIN.fields,
        "member": (
            Field(name="login", default="job_number", remote=True),
            Field(name="name", default="name"),
            Field(name="title", default="title"),
        ),
    },
)
"""A target whose own id of a person is the login."""

_FAILED = {
    Result.REFUSED: ChangeRefused,
    Result.DEFERRED: ChangeDeferred,
    Result.PARKED: ChangeParked,
}


def fit(kind: str, fields: dict[str, Any]) -> Fitted:
    """The values as they are; a title ``unfit`` is one that the target can't take."""
    problems = ("title is unfit",) if fields.get("title") == "unfit" else ()
    return Fitted(fields=fields, problems=problems)


class Bench:
    """An organization and one target of it."""

    def __init__(
        self,
        can: TargetCapabilities = PLAIN,
        *,
        leavers: Leavers = Leavers(),  # noqa: B008 - a frozen value
        scope: Scope = Scope(),  # noqa: B008
    ) -> None:
        self.can, self.leavers, self.scope = can, leavers, scope
        self.mapping = mapping(can, {})
        self.directory = Directory(org=ORG, name="Feifan", source=SYSTEM)
        self.state = TargetState(org=ORG, target="there")
        self.now = datetime(2026, 1, 1, tzinfo=UTC)
        self._number = 0

    def tell(self, roster: Roster, hidden: tuple[str, ...] = ()) -> Bench:
        """The source shows ``roster``."""
        self.told(roster, hidden)
        return self

    def told(self, roster: Roster, hidden: tuple[str, ...] = ()) -> tuple[Fact, ...]:
        """The same, and what is new of it."""
        shown = msgspec.structs.replace(WHOLE, hidden={"member": hidden} if hidden else {})
        reading = Observation(
            system=SYSTEM,
            coverage=shown,
            departments=roster.departments,
            members=roster.members,
            roles=roster.roles,
        )
        facts = decide(self.directory, reading).facts
        for fact in facts:
            evolve(self.directory, fact, self.directory.position + 1)
        return facts

    def filled(self, roster: Roster) -> Bench:
        """The target holds ``roster``."""
        self.tell(roster).run()
        assert self.plan().operations == ()
        return self

    def wait(self, **time: float) -> Bench:
        self.now += timedelta(**time)
        return self

    def uid(self, kind: str, key: str) -> str:
        return self.directory.linked(SYSTEM, kind).uids[key]

    def key(self, uid: str | None) -> str | None:
        for kind in ("department", "member", "role", "role_group"):
            found = self.directory.linked(SYSTEM, kind).ids.get(uid or "")
            if found:
                return found
        return uid

    @property
    def desired(self) -> Desired:
        return desired(self.directory, self.can, self.mapping, fit, self.scope)

    def plan(
        self, *, retry: Container[str] = frozenset(), focus: Focus | None = None, **options: Any
    ) -> Plan:
        return plan(
            desired(self.directory, self.can, self.mapping, fit, self.scope, focus),
            self.state,
            self.can,
            self.leavers,
            now=self.now,
            retry=retry,
            **options,
        )

    def run(self, **options: Any) -> Plan:
        made = self.plan(**options)
        self.apply(made.operations)
        return made

    def apply(self, operations: Sequence[Operation]) -> None:
        """Fold operations as done, each of which must find what it needs."""
        for operation in operations:
            self.valid(operation)
            self.done(operation)

    def done(self, o: Operation) -> None:
        remote = o.fields.get(self.can.remote(o.kind)) or o.remote
        if remote is None:
            placed = self.state.there(o.kind, o.uid)
            self._number += placed is None
            remote = placed.remote if placed else f"x{self._number}"
        relations = msgspec.to_builtins(o.relations.given())
        self.fact(
            ChangeApplied(
                uid=o.uid, target="there", kind=o.kind, action=o.action, remote=remote,
                fields=o.fields, relations=relations, members=o.members, leaver=o.leaver,
                at=self.directory.position,
            )
        )  # fmt: skip

    def fails(self, o: Operation, result: Result = Result.REFUSED, **more: Any) -> None:
        """Fold an operation as not done."""
        members = o.members if len(o.members) == 1 else ()
        values = {"why": "no", "code": "41", **more}
        self.fact(
            _FAILED[result](
                uid=o.uid, target="there", kind=o.kind, action=o.action, digest=o.digest,
                members=members, **values,
            )
        )  # fmt: skip

    def fact(self, fact: Fact) -> None:
        """Fold a fact as the log would give it back."""
        recorded = msgspec.json.decode(msgspec.json.encode(fact), type=type(fact))
        fold(self.state, recorded, self.now, "run-1")

    def valid(self, o: Operation) -> None:
        """Whether a target could do this now: everything that it is tied to is there."""
        there = self.state.there(o.kind, o.uid)
        assert (there is None) == (o.action is Action.CREATE), o
        for name, value in o.relations.given().items():
            if name == "active" or value is None:
                continue
            kind = {"parent": "department", "departments": "department", "group": "role_group"}
            for uid in (value,) if isinstance(value, str) else value:
                assert self.state.there(kind.get(name, "member"), uid), (name, o)
        above = o.relations.parent
        while above not in (UNSET, None):
            assert above != o.uid, "a department below itself"
            placed = self.state.there("department", str(above))
            above = placed.relations.parent if placed else None
        if o.action is Action.ADD:
            assert all(self.state.there("member", uid) for uid in o.members), o
        if o.action is Action.DELETE and o.kind == "department":
            assert not self.occupied(o.uid), "a department that is not empty"

    def occupied(self, uid: str) -> bool:
        living = self.state.living()
        below = any(p.relations.parent == uid for p in living.get("department", {}).values())
        inside = any(
            p.relations.departments is not UNSET and uid in p.relations.departments
            for p in living.get("member", {}).values()
        )
        return below or inside or bool(living["department"][uid].members)

    def said(self, made: Plan) -> list[str]:
        """A plan in words: ``move member u4 departments=be``, in order."""
        return [self._said(o) for o in made.operations]

    def _said(self, o: Operation) -> str:
        parts = [f"{name}={value}" for name, value in o.fields.items()]
        for name, value in o.relations.given().items():
            shown = [str(self.key(uid)) for uid in value] if isinstance(value, tuple) else None
            named = "+".join(shown) if shown is not None else self._one(value)
            parts.append(f"{name}={named}")
        parts += sorted(str(self.key(uid)) for uid in o.members)
        return " ".join([o.action, o.kind, str(self.key(o.uid)), *parts])

    def _one(self, value: Any) -> Any:
        return self.key(value) if isinstance(value, str) else value
