"""The guard of what comes piece by piece: how far an organization has shrunk within a day.

A system that pushes takes people away one call at a time, and no single call looks wrong. So it is
not the call that is judged, but what is left after it, against the most that there was within the
last day. Who comes back counts again, and somebody who was pushed and taken away again a hundred
times, as a conformance test does, was never more than one.

Pure, and folded from the log alone: a restart or a second process comes to the same judgement.
"""

from __future__ import annotations

from collections import ChainMap, Counter, deque
from collections.abc import Hashable, Iterable, MutableMapping
from datetime import datetime, timedelta
from typing import NamedTuple

from domain import events as e
from domain.plausible import Limit, Limits

WINDOW = timedelta(days=1)
"""How far back the most that there was is looked for, and how long an approval lasts."""


class _Person(NamedTuple):
    there: bool = False
    active: bool = False
    placed: bool = False


_NOBODY = _Person()
_State = MutableMapping[Hashable, "_Person | int"]


class Standing:
    """How much of one organization there is, and the most that there was within the window."""

    def __init__(self) -> None:
        self._state: dict[Hashable, _Person | int] = {}
        self._now: Counter[str] = Counter()
        self._before: dict[str, deque[tuple[datetime, int]]] = {}
        """What was larger than later values, each with the moment until which it was so."""

    def fold(self, fact: e.Fact, at: datetime) -> None:
        """Take a fact in, in the order of the log."""
        change = _change(self._state, fact)
        for what, difference in change.items():
            if difference < 0:
                past = self._before.setdefault(what, deque())
                while past and past[-1][1] <= self._now[what]:
                    past.pop()
                past.append((at, self._now[what]))
            self._now[what] += difference

    def most(self, what: str, since: datetime) -> int:
        """The largest number from then on; of ``active``, ``there``, ``placed``, …

        What was before is forgotten.
        """
        past = self._before.get(what, deque())
        while past and past[0][0] <= since:
            past.popleft()
        return max(self._now[what], past[0][1] if past else 0)

    def too_far(self, facts: Iterable[e.Fact], limits: Limits, since: datetime) -> str | None:
        """Say why these facts would take too much away, compared with the most since then."""
        trial: _State = ChainMap({}, self._state)
        change: Counter[str] = Counter()
        for fact in facts:
            change.update(_change(trial, fact))
        gone = {what: self._gone(what, change, since) for what in self._now}
        # those who left have no department any more, either, and are counted once
        gone["placed"] = gone.get("placed", 0) - max(0, gone.get("there", 0))
        for what, (limit, happens) in _judged(limits).items():
            known = self.most("there" if what == "placed" else what, since)
            if change[what] < 0 and limit.exceeded(gone[what], known):
                percent = gone[what] * 100 / known
                return f"{gone[what]} of {known} {happens} within a day ({percent:.0f} %)"
        return None

    def _gone(self, what: str, change: Counter[str], since: datetime) -> int:
        return self.most(what, since) - self._now[what] - change[what]


def _judged(limits: Limits) -> dict[str, tuple[Limit, str]]:
    return {
        "there": (limits.members, "members would have left"),
        "active": (limits.members, "members would be deactivated or have left"),
        "departments": (limits.departments, "departments would have been deleted"),
        "placed": (limits.memberships, "members would have lost every department"),
        "grants": (limits.grants, "roles would have been taken away"),
    }


def _change(state: _State, fact: e.Fact) -> Counter[str]:
    """What a fact changes of the numbers; ``state`` is folded."""
    match fact:
        case e.DepartmentCreated() | e.DepartmentRestored():
            return Counter(departments=1)
        case e.DepartmentDeleted() | e.DepartmentMerged():
            return Counter(departments=-1)
        case e.RoleGranted() | e.RoleRevoked() | e.RoleDeleted():
            return _grants(state, fact)
    if fact.KIND != "member":
        return Counter()
    before = state.get(fact.uid, _NOBODY)
    assert isinstance(before, _Person)
    after = state[fact.uid] = _moved(before, fact)
    change: Counter[str] = Counter()
    for what, was, is_ in zip(_Person._fields, before, after, strict=True):
        if was != is_:
            change[what] = is_ - was
    return change


def _moved(person: _Person, fact: e.Fact) -> _Person:
    match fact:
        case e.MemberCreated():
            return _Person(there=True, active=fact.active, placed=bool(fact.departments))
        case e.MemberRehired():
            return _Person(there=True, active=True, placed=bool(fact.departments))
        case e.MemberResigned():
            return _NOBODY
        case e.MemberDeactivated() | e.MemberReactivated():
            return person._replace(active=isinstance(fact, e.MemberReactivated))
        case e.MemberTransferred():
            return person._replace(placed=bool(fact.departments))
    return person


def _grants(state: _State, fact: e.RoleGranted | e.RoleRevoked | e.RoleDeleted) -> Counter[str]:
    """The holders of a role are counted under its address, which no person has."""
    role = ("role", fact.uid)
    holders = state.get(role, 0)
    assert isinstance(holders, int)
    match fact:
        case e.RoleGranted():
            change = 1
        case e.RoleRevoked():
            change = -1
        case e.RoleDeleted():
            change = -holders
    state[role] = holders + change
    return Counter(grants=change)
