"""Entra follows hints: by each tree, and also where Graph notifies before its changes tell it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, ClassVar

import msgspec
import pytest
from msgspec.structs import replace

from adapters.entra.settings import EntraSettings
from adapters.entra.simulator.changes import without
from adapters.entra.source import EntraSource
from domain.errors import CredentialFault
from domain.hints import Hint, Kind
from domain.observe import Observation
from domain.records import Roster
from orgledger.engine.known import Knowledge
from tests.adapters.entra.changing import DAY, TREES, begun, edit, put, same_as_reading_everything
from tests.adapters.entra.entra_desk import APP, GROUPS, ROLES, EntraDesk, group, user
from tests.adapters.entra.source_contract_desk import ChangesDesk, TeamsDesk, UnitsDesk
from tests.adapters.entra.test_source_contract import ONLY_DEPARTMENTS
from tests.adapters.entra.texts_desk import TextsByChangesDesk
from tests.sources.looking import SYSTEM, LookingSuite, Warm, hint
from tests.sources.simulated import SimulatedDesk

Change = Callable[[Roster], Roster]


class Following(Warm):
    """Looks from the cursor of what was taken last; a whole reading has none."""

    cursor = ""
    _looking = False

    def known(self) -> Knowledge:
        return Knowledge(self.directory, SYSTEM, 0, self.cursor if self._looking else "")

    def look(self, hints: Sequence[Hint]) -> Observation:
        self._looking = True
        try:
            return super().look(hints)
        finally:
            self._looking = False

    def take(self, observation: Observation) -> Any:
        if not observation.gaps:
            self.cursor = observation.cursor
        return super().take(observation)


class Entra(LookingSuite):
    """Records have what changed, so that only the facts are compared with a whole reading's.

    A look depends on the tree, and hardly on what the hints say: in one tree they are told in
    every manner, in the others in one.
    """

    __test__ = False
    WHOLE: ClassVar[dict[str, str]] = {
        "role_deleted": "That a role is no more is only shown by all that are there.",
        "rehired": "What somebody restored is in is not told, once a second has passed.",
        "department_closed_and_opened_again": "Nor is what a restored group is in.",
    }
    FAILING: ClassVar[dict[Kind, tuple[str, ...]]] = {"member": ("users/delta:http_500",)}
    FORBIDDEN: ClassVar[dict[Kind, tuple[str, ...]]] = {"member": ("users/delta:permission",)}
    PASSING: ClassVar[tuple[str, ...]] = ("users/delta:throttle:times=2",)

    @pytest.fixture
    def warm(self) -> Iterator[Warm]:
        with self.desk() as desk:
            yield Following(desk)

    def same_records(self, seen: Observation, whole: Observation, hints: list[Hint]) -> None:
        assert seen.cursor


@pytest.mark.slow
class TestGroups(Entra):
    __test__ = True

    def desk(self) -> SimulatedDesk:
        return ChangesDesk()


@pytest.mark.slow
class TestUnits(Entra):
    __test__ = True
    test_what_is_told_somehow_is_seen = None

    def desk(self) -> SimulatedDesk:
        return UnitsDesk()


@pytest.mark.slow
class TestTeams(Entra):
    __test__ = True
    test_what_is_told_somehow_is_seen = None
    SKIPPED: ClassVar[dict[str, str]] = ONLY_DEPARTMENTS
    PASSING: ClassVar[tuple[str, ...]] = ()

    def desk(self) -> SimulatedDesk:
        return TeamsDesk()


@pytest.mark.slow
class TestTexts(Entra):
    __test__ = True
    test_what_is_told_somehow_is_seen = None

    def desk(self) -> SimulatedDesk:
        return TextsByChangesDesk()


def look(desk: EntraDesk, settings: dict[str, Any], *hints: Hint) -> Observation:
    """A look from the ledger's cursor on."""

    async def work(source: EntraSource) -> Observation:
        return await source.look(hints, desk.ledger, lambda *_: None)

    found: Observation = desk._with(work, settings)
    return found


def people(*own: str) -> list[Hint]:
    return [hint("member", user(one)) for one in own]


def late(desk: EntraDesk) -> Callable[[], None]:
    """From now on the rounds tell nothing, and end where they began; returns what ends that."""
    provider: Any = desk.app.provider
    answer = provider.answer

    def behind(call: Any, request: Any, fault: Any) -> Any:
        reply = answer(call, request, fault)
        if call.api.endswith("/delta") and reply.status == 200:
            content = msgspec.json.decode(reply.body)
            content.pop("@odata.nextLink", None)
            query = request.scope["query_string"].decode()
            link = f"http://sim{request.path}?{query}"
            reply.body = msgspec.json.encode({**content, "value": [], "@odata.deltaLink": link})
        return reply

    provider.answer = behind

    def over() -> None:
        provider.answer = answer

    return over


def members(key: str, *own: str) -> Change:
    """Exactly these people are in a department."""

    def change(roster: Roster) -> Roster:
        def places(m: Any) -> tuple[str, ...]:
            rest = tuple(d for d in m.departments if d != key)
            return (*rest, key) if m.id in own else rest

        return replace(
            roster, members=tuple(replace(m, departments=places(m)) for m in roster.members)
        )

    return change


@pytest.mark.parametrize("settings", TREES)
def test_a_look_is_what_changed(settings: dict[str, Any]) -> None:
    """One round of each kind tells of all who are named; the next look goes on from there."""
    desk = begun(settings)
    put(desk, edit("u7", name="七", title="Lead", manager="u2"))
    put(desk, edit("u8", departments=("d3",)))
    seen = look(desk, settings, *people("u7", "u8"))
    assert not seen.gaps
    assert seen.coverage.changes
    assert not (seen.coverage.members or seen.coverage.departments or seen.coverage.roles)
    assert "MemberRenamed" in desk.ledger.learn(seen)
    same_as_reading_everything(desk, settings)
    desk.app.stats.calls.clear()
    again = look(desk, settings, *people("u7"))
    assert desk.ledger.learn(again) == []
    rounds = {api: n for api, n in desk.calls.items() if api.endswith("/delta")}
    assert set(rounds.values()) == {1}


@pytest.mark.parametrize("settings", TREES)
def test_who_is_notified_of_too_early_is_read_by_themselves(settings: dict[str, Any]) -> None:
    """Where the round has not yet what changed, the person has; the round then adds nothing."""
    desk = begun(settings)
    over = late(desk)
    texts = {} if "tree" in settings else {"departments": ("d3",)}
    put(desk, edit("u7", name="七", title=None, manager="u2", **texts))
    put(desk, edit("u9", manager=None))
    put(desk, lambda r: without(r, "u55"))
    seen = look(desk, settings, *people("u7", "u9", "u55", "u56"))
    assert not seen.gaps
    facts = desk.ledger.learn(seen)
    assert facts.count("MemberRenamed") == facts.count("MemberResigned") == 1
    assert facts.count("MemberManagerChanged") == 2
    same_as_reading_everything(desk, settings)
    over()
    assert desk.ledger.learn(look(desk, settings, *people("u7"))) == []
    same_as_reading_everything(desk, settings)


def test_a_group_that_is_notified_of_too_early_is_read_by_itself() -> None:
    """Its name, its members, its owners and what lies below it; and one that is no more."""
    desk = begun(GROUPS, texts=False)
    over = late(desk)
    put(desk, members("d5", "u5", "u6"))
    put(desk, _department("d5", name="五", leaders=("u6",)))
    put(desk, _department("d11", parent_id="d5"))
    put(desk, _role("r1", members=("u1", "u2")))
    named = [hint("department", group(d)) for d in ("d1", "d2", "d5", "d9")]
    roles = [hint("role", one.id) for one in desk.truth().roles]
    seen = look(desk, GROUPS, *named, *roles)
    assert not seen.gaps
    facts = desk.ledger.learn(seen)
    assert {"DepartmentRenamed", "DepartmentMoved", "DepartmentLeadersChanged"} <= set(facts)
    assert {"MemberTransferred", "RoleRevoked", "RoleGranted"} & set(facts)
    same_as_reading_everything(desk, GROUPS)
    over()
    assert desk.ledger.learn(look(desk, GROUPS, *named, *roles)) == []


def _department(key: str, **changes: Any) -> Change:
    def change(roster: Roster) -> Roster:
        return replace(
            roster,
            departments=tuple(
                replace(d, **changes) if d.id == key else d for d in roster.departments
            ),
        )

    return change


def _role(key: str, **changes: Any) -> Change:
    def change(roster: Roster) -> Roster:
        return replace(
            roster,
            roles=tuple(replace(r, **changes) if r.id == key else r for r in roster.roles),
        )

    return change


def test_a_group_that_is_new_and_not_told_yet_is_found() -> None:
    """A department that the round does not know yet is listed and looked into."""
    desk = begun(GROUPS, texts=False)
    over = late(desk)
    roster = desk.app.provider._world.roster  # type: ignore[attr-defined]
    new = replace(roster.departments[0], id="new", name="新", parent_id="d1", leaders=())
    put(desk, lambda r: replace(r, departments=(*r.departments, new)))
    put(desk, members("new", "u7"))
    both = [hint("department", group("new")), hint("department", group("d1"))]
    seen = look(desk, GROUPS, *both)
    assert "DepartmentCreated" in desk.ledger.learn(seen)
    same_as_reading_everything(desk, GROUPS)
    over()
    assert desk.ledger.learn(look(desk, GROUPS, *both)) == []


@pytest.mark.parametrize(
    "fault", ["users/delta:http_500", "groups/delta:permission", "groups/delta:truncated_json"]
)
def test_what_cannot_be_read_is_a_gap(fault: str) -> None:
    """Nothing is said of anybody, and the cursor stays."""
    desk = begun(GROUPS)
    put(desk, edit("u7", name="七"))
    desk.fault(fault)
    seen = look(desk, GROUPS, *people("u7"))
    assert seen.gaps
    assert not seen.cursor
    assert desk.ledger.learn(seen) == []


def test_who_cannot_be_read_by_themselves_is_a_gap() -> None:
    """A person whom Graph does not show did not leave."""
    desk = begun(GROUPS)
    late(desk)
    desk.set(refused_paths={f"users/{user('u7')}": 403})
    seen = look(desk, GROUPS, *people("u7"))
    assert seen.gaps
    assert not seen.coverage.gone_members


def test_wrong_credentials_are_no_gap() -> None:
    """Whoever may not get in is told so, as when everything is read."""
    desk = begun(GROUPS)
    with pytest.raises(CredentialFault):
        look(desk, {**GROUPS, "client_secret": "another"}, *people("u7"))


@pytest.mark.parametrize("cursor", ["", "{}", "old"])
def test_without_a_link_everything_is_to_be_read(cursor: str) -> None:
    """A look has nothing to go on from: there is a gap, and not one call."""
    desk = begun(GROUPS)
    if cursor == "old":
        desk.app.provider.clock.advance(2 * DAY)
    else:
        desk.ledger.cursor = cursor
    seen = look(desk, GROUPS, *people("u7"))
    assert [gap.what for gap in seen.gaps] == ["changes"]
    assert seen.calls == 0


def test_a_lost_link_is_a_gap() -> None:
    """Graph forgets links (410): everything is read."""
    desk = begun(GROUPS, delta_lifetime=1.0)
    desk.app.provider.clock.advance(60)
    assert look(desk, GROUPS, *people("u7")).gaps


def test_the_end_of_a_role_is_left_to_a_whole_reading() -> None:
    """A look lists nothing completely, which is what would show it."""
    desk = begun(GROUPS)
    put(desk, lambda r: replace(r, roles=r.roles[1:]))
    seen = look(desk, GROUPS, hint("role", "whichever"))
    assert [gap.what for gap in seen.gaps] == ["roles"]
    assert not seen.coverage.roles
    assert not seen.cursor


def test_who_always_reads_everything_does_not_look() -> None:
    """full_every = 0 asks for whole readings, and the abilities say so."""
    settings = EntraSettings(**APP, full_every=0)  # type: ignore[arg-type]
    abilities = EntraSource("en", settings).capabilities
    assert not abilities.looks
    assert abilities.why["looks"]
    assert EntraSource("en", EntraSettings(**APP)).capabilities.looks  # type: ignore[arg-type]


def test_a_burst_costs_no_more_than_one() -> None:
    """Fifty notifications of people who changed are two rounds."""
    desk = begun({"tree": "manager", "roles_filter": ROLES})
    for n in range(10, 60):
        put(desk, edit(f"u{n}", title="Lead"))
    desk.app.stats.calls.clear()
    seen = look(
        desk,
        {"tree": "manager", "roles_filter": ROLES},
        *people(*(f"u{n}" for n in range(10, 60))),
    )
    assert len(desk.ledger.learn(seen)) == 50
    assert {api: n for api, n in desk.calls.items() if api != "token"} == {
        "users/delta": 1,
        "groups/delta": 1,
    }
