"""The contract suite of sources that follow hints: a class per source binds it.

What a provider's events would tell of a change is made by comparing what the provider held before
and after. The look at it must lead to what a whole reading leads to, and nothing may be left for
the next whole reading to find.
"""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, Sequence
from typing import Any, ClassVar, Literal, TypeVar, cast

import msgspec
import pytest
from msgspec import UNSET
from msgspec.structs import replace

from adapters.simulation.faults import parse_fault
from domain.decide import decide
from domain.directory import Directory, SourceScope
from domain.errors import InputError
from domain.evolve import evolve
from domain.hints import Hint, Kind
from domain.observe import Observation
from domain.ports import Looking, SourceCapabilities
from domain.records import Record, Roster
from domain.rows import Rows
from orgledger.engine.known import Knowledge
from tests.delivery.people import Change, add, after, department, dept, duty, leave, member, person
from tests.sources.in_process import InProcess
from tests.sources.same import Tree, differences, readable
from tests.sources.simulated import SimulatedDesk
from tests.sources.situations import ORDERED, SITUATIONS, Situation

T = TypeVar("T")

SYSTEM = "there"
KINDS: dict[str, Kind] = {"departments": "department", "members": "member", "roles": "role"}

Telling = Literal["as_told", "twice", "everything"]
"""``as_told``: what the events say, in another order. ``twice``: each of them twice, and none says
that something is gone. ``everything``: of all that was there or is there, as if it had changed."""

QUICK = frozenset(
    {
        "department_moved",
        "department_made_anew_under_its_old_name",
        "branch_deleted",
        "leader_changed",
        "leader_leaves",
        "newcomer_into_a_new_department",
        "leaver_in_several_departments_with_a_role",
        "rehired",
        "role_in_a_new_group",
        "everything_at_once",
    }
)
"""Situations that ``make test`` looks at; ``make soak`` looks at all."""

TOLD = [
    pytest.param(situation, telling, id=f"{situation}-{telling}")
    for number, situation in enumerate(SITUATIONS)
    for telling in ("as_told", ("twice", "everything")[number % 2])
    if telling != "as_told" or situation.name not in QUICK
]
"""What ``make soak`` looks at: each situation as it is told, and in one of the other ways."""

CHANGED: dict[Kind, Change] = {
    "member": member("u4", name="Person Four"),
    "department": dept("fe", name="Web"),
    "role": duty("r2", members=("u4", "u5")),
}
"""One change of each kind, for what goes wrong while it is looked at."""


class Followed:
    """An organization in memory, read and looked at as the engine does it.

    A subclass says how a source is made, used and closed.
    """

    def __init__(self, system: str = SYSTEM) -> None:
        self.system = system
        self.directory = Directory(org="org", name="Feifan", source=system)

    def using(self, work: Callable[[Looking], Awaitable[T]], **settings: Any) -> T:
        """What ``work`` with a new source comes to."""
        raise AssertionError("a subclass says how")

    def known(self) -> Knowledge:
        """What the ledger knows now."""
        return Knowledge(self.directory, self.system, 0, "")

    def read(self, **settings: Any) -> Observation:
        """A whole reading."""
        return self.using(lambda source: source.read(self.known(), _unseen), **settings)

    def look(self, hints: Sequence[Hint], **settings: Any) -> Observation:
        """A look; what the source may see is what it was at the last whole reading."""
        found = self.using(lambda source: source.look(hints, self.known(), _unseen), **settings)
        scope = self.directory.scopes.get(self.system, SourceScope())
        coverage = replace(found.coverage, roots=scope.roots, hidden=scope.hidden)
        return replace(found, coverage=coverage)

    def weigh(self, observation: Observation) -> Counter[str]:
        """The facts that an observation would give, by name; nothing is folded."""
        return Counter(fact.TOPIC for fact in decide(self.directory, observation).facts)

    def take(self, observation: Observation) -> Counter[str]:
        """Decide and fold; the facts by name."""
        decided = decide(self.directory, observation)
        assert not decided.refused, decided.refused
        for fact in decided.facts:
            evolve(self.directory, fact)
        return Counter(fact.TOPIC for fact in decided.facts)

    def tree(self) -> Tree:
        """The organization as it is shown."""
        return Rows(self.directory).roster()


class Virtual(Followed):
    """Follows a provider's simulator in process, in virtual time."""

    def __init__(self, desk: InProcess, system: str) -> None:
        super().__init__(system)
        self.desk = desk
        self.settings: dict[str, Any] = {}

    def using(self, work: Callable[[Looking], Awaitable[T]], **settings: Any) -> T:
        return cast(T, self.desk._with(work, {**self.settings, **settings}))  # type: ignore[arg-type]

    def put(self, roster: Roster) -> None:
        """The provider holds exactly this from now on."""
        vars(self.desk.app.provider.clock).pop("now", None)  # no virtual time outside of a loop
        self.desk.app.provider.put_roster(roster)


class Warm(Followed):
    """Follows the provider of ``desk``, over the network."""

    def __init__(self, desk: SimulatedDesk) -> None:
        super().__init__()
        self.desk = desk
        self.capabilities = self.using(_capabilities)

    def using(self, work: Callable[[Looking], Awaitable[T]], **settings: Any) -> T:
        async def main() -> T:
            source = cast(Looking, self.desk.source())
            try:
                return await work(source)
            finally:
                await source.close()

        return asyncio.run(main())

    def disturb(self, *faults: str) -> None:
        """Set the simulator's dials; ``{fe}`` is its id of the department that was put so."""
        ids = {d.id: self.desk.department(d.id) for d in ORDERED.departments}
        self.desk.sim.faults.set([parse_fault(text.format_map(ids)) for text in faults])

    def truth(self) -> Roster:
        """What the provider holds, as far as its source can read it."""
        return readable(self.desk.truth(), self.capabilities)

    def differences(self) -> list[str]:
        """What the tree and the provider do not agree on."""
        return differences(self.tree(), self.truth())


async def _capabilities(source: Looking) -> SourceCapabilities:
    return source.capabilities


def _unseen(what: str, done: int, total: int | None) -> None:
    """Progress that nobody looks at."""


class LookingSuite:
    """Every situation, told by hints.

    ``SKIPPED`` are situations that it can't be in. ``WHOLE`` are those in which a look may leave a
    gap, so that everything is read, with the reason. ``FAILING`` has by kind the faults under
    which it can't be read for good, ``FORBIDDEN`` those under which it may not be, ``PASSING``
    those that pass by.
    """

    SKIPPED: ClassVar[dict[str, str]] = {}
    WHOLE: ClassVar[dict[str, str]] = {}
    FAILING: ClassVar[dict[Kind, tuple[str, ...]]] = {}
    FORBIDDEN: ClassVar[dict[Kind, tuple[str, ...]]] = {}
    PASSING: ClassVar[tuple[str, ...]] = ()

    def desk(self) -> SimulatedDesk:
        raise AssertionError("a bound suite says which desk")

    def told(self, before: Roster, now: Roster) -> list[Hint]:
        """What the provider's events tell, by its ids. Who leaves is told of alone."""
        return changes(without_leavers(before, now), now) + leavers(before, now)

    @pytest.fixture
    def warm(self) -> Iterator[Warm]:
        with self.desk() as desk:
            yield Warm(desk)

    @pytest.mark.parametrize("situation", [s for s in SITUATIONS if s.name in QUICK], ids=str)
    def test_what_is_told_is_seen(self, warm: Warm, situation: Situation) -> None:
        """A look leads to the facts and the tree of a whole reading, which then finds no more."""
        self._plays(warm, situation, "as_told")

    @pytest.mark.slow
    @pytest.mark.parametrize(("situation", "telling"), TOLD)
    def test_what_is_told_somehow_is_seen(
        self, warm: Warm, situation: Situation, telling: Telling
    ) -> None:
        """The same of every situation, also where hints come twice or are of too much."""
        self._plays(warm, situation, telling)

    def _plays(self, warm: Warm, situation: Situation, telling: Telling) -> None:
        if situation.name in self.SKIPPED:
            pytest.skip(self.SKIPPED[situation.name])
        unable = [flag for flag in situation.needs if not getattr(warm.capabilities, flag)]
        if unable:
            pytest.skip(" ".join(warm.capabilities.why[flag] for flag in unable))
        roster, chance = situation.begin, random.Random(situation.name)
        _put(warm, roster)
        warm.take(warm.read())
        for step in situation.steps:
            before, roster = warm.truth(), after(roster, *step.changes)
            _put(warm, roster)
            hints = self._telling(telling, before, warm.truth())
            chance.shuffle(hints)
            self._follows(warm, situation, hints)

    def _telling(self, telling: Telling, before: Roster, now: Roster) -> list[Hint]:
        if telling == "as_told":
            return self.told(before, now)
        if telling == "twice":
            return [replace(hint, gone=False) for hint in self.told(before, now)] * 2
        return [hint(kind, one) for kind, one in {**_records(before), **_records(now)}]

    def _follows(self, warm: Warm, situation: Situation, hints: list[Hint]) -> None:
        whole = warm.read()
        fewest = warm.weigh(whole)
        seen = warm.look(hints)
        if seen.gaps:
            assert situation.name in self.WHOLE, seen.gaps
            seen = whole
        else:
            _is_partial(seen)
            self.same_records(seen, whole, hints)
        assert warm.take(seen) == fewest
        assert warm.differences() == []
        assert not warm.weigh(warm.read())

    def same_records(self, seen: Observation, whole: Observation, hints: list[Hint]) -> None:
        """A record is byte by byte the one that a whole reading makes; no other says less."""
        named = {(h.kind, h.id) for h in hints}
        read, looked = _records(whole), _records(seen)
        assert named & read.keys() <= looked.keys()
        for key in looked.keys() & read.keys():
            wanted = read[key] if key in named else _as_far_as(looked[key], read[key])
            assert msgspec.json.encode(looked[key]) == msgspec.json.encode(wanted)

    def test_nothing_told_is_nothing_read(self, warm: Warm) -> None:
        """A look at what did not change gives no fact, and one at what never was neither."""
        _put(warm, ORDERED)
        warm.take(warm.read())
        assert not warm.weigh(warm.look(self._telling("everything", warm.truth(), warm.truth())))
        assert not warm.weigh(warm.look([hint("member", "ghost"), hint("member", "u404")]))

    @pytest.mark.parametrize("kind", CHANGED)
    def test_what_fails_for_good_is_a_gap(self, warm: Warm, kind: Kind) -> None:
        """What could not be looked at stays as it was, and everything is to be read."""
        self._troubled(warm, kind, self.FAILING.get(kind, ()))

    @pytest.mark.parametrize("kind", CHANGED)
    def test_what_is_not_permitted_is_a_gap(self, warm: Warm, kind: Kind) -> None:
        """A permission that is gone takes nobody away."""
        self._troubled(warm, kind, self.FORBIDDEN.get(kind, ()))

    def _troubled(self, warm: Warm, kind: Kind, faults: tuple[str, ...]) -> None:
        if not faults:
            pytest.skip(f"a {kind} that can't be read is not arranged here")
        hints = self._changed(warm, CHANGED[kind])
        before = warm.tree()
        warm.disturb(*faults)
        seen = warm.look(hints)
        assert warm.desk.struck(), "the trouble did not come about"
        assert seen.gaps
        warm.take(seen)
        assert warm.tree() == before
        warm.desk.calm()
        warm.take(warm.look(hints))
        assert warm.differences() == []

    def _changed(self, warm: Warm, *changes: Change) -> list[Hint]:
        _put(warm, ORDERED)
        warm.take(warm.read())
        before = warm.truth()
        _put(warm, after(ORDERED, *changes))
        hints = self.told(before, warm.truth())
        assert hints, "the provider does not show the change"
        return hints

    def test_what_passes_by_is_waited_for(self, warm: Warm) -> None:
        """Being throttled costs time, and no more."""
        if not self.PASSING:
            pytest.skip("throttling is not arranged here")
        hints = self._changed(warm, *CHANGED.values())
        warm.disturb(*self.PASSING)
        seen = warm.look(hints)
        assert warm.desk.struck(), "the trouble did not come about"
        assert not seen.gaps
        warm.take(seen)
        assert warm.differences() == []

    @pytest.mark.parametrize("first", ["role", "department", "member"])
    def test_who_is_named_before_they_are_told_of_is_not_lost(self, warm: Warm, first: str) -> None:
        """Hints come one by one in the worst order: the tree is right after the last of them."""
        _put(warm, ORDERED)
        warm.take(warm.read())
        before = warm.truth()
        newcomers = (
            person(21, "ml", manager="u23"),
            person(22, "ml", manager="u1"),
            person(23, "fe"),
        )
        labs = department("labs", "Labs", "hq"), department("ml", "Learning", "labs", "u22")
        _put(warm, after(ORDERED, add(*labs, *newcomers), duty("r2", members=("u4", "u21"))))
        hints = self.told(before, warm.truth())
        for one in sorted(hints, key=lambda h: (h.kind != first, h.kind, h.id)):
            warm.take(warm.look([one]))
        assert warm.differences() == []


def hint(kind: Kind, record_id: str, *, gone: bool = False) -> Hint:
    """A hint of one record, with a key of its own."""
    return Hint(kind=kind, id=record_id, gone=gone, event="told", key=f"{kind} {record_id} {gone}")


def without_leavers(before: Roster, now: Roster) -> Roster:
    """``before`` with nobody in it who has left: what they led and held is not told of apart."""
    there = {m.id for m in now.members}
    return leave(*(m.id for m in before.members if m.id not in there))(before)


def leavers(before: Roster, now: Roster) -> list[Hint]:
    """A hint of everybody who has left."""
    there = {m.id for m in now.members}
    return [hint("member", m.id, gone=True) for m in before.members if m.id not in there]


def changes(before: Roster, now: Roster) -> list[Hint]:
    """A hint of every record that came, changed or went."""
    was, there = _records(before), _records(now)
    return [
        hint(kind, one, gone=(kind, one) not in there)
        for kind, one in {**was, **there}
        if was.get((kind, one)) != there.get((kind, one))
    ]


def _records(seen: Roster | Observation) -> dict[tuple[Kind, str], Record]:
    return {(kind, r.id): r for name, kind in KINDS.items() for r in getattr(seen, name)}


def _as_far_as(looked: Record, read: Record) -> Record:
    """``read``, without what the look says nothing of."""
    unsaid = [f for f in looked.__struct_fields__ if getattr(looked, f) is UNSET]
    return replace(read, **dict.fromkeys(unsaid, UNSET))


def _is_partial(seen: Observation) -> None:
    """It says what changed, and proves nobody's absence by leaving them out."""
    assert seen.coverage.changes
    assert not seen.coverage.departments
    assert not seen.coverage.members


def _put(warm: Warm, roster: Roster) -> None:
    try:
        warm.desk.put(roster)
    except InputError as error:
        pytest.skip(f"the provider refuses to hold it: {error}")
