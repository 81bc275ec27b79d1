"""The contract suite of sources: a class per source binds it, mostly with an empty body."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar, get_args

import pytest
from msgspec import UNSET
from msgspec.structs import replace

from adapters.nats.embedded import attach
from domain.errors import CredentialFault, InputError, OrgledgerError
from domain.records import MemberRecord, Roster
from orgledger.bootstrap import environment
from orgledger.config import LogConfig
from orgledger.engine.runs import Status
from orgledger.ledger import Ledger
from tests.delivery.people import Change, add, after, dept, duty, leave, member, person, role
from tests.sources.desk import Fatal, Lasting, Passing, SourceDesk
from tests.sources.fewest import Past
from tests.sources.firm import Firm
from tests.sources.history import DATA, SAMPLED, month_numbers, plays
from tests.sources.same import ABLE, losses
from tests.sources.situations import MANY, ORDERED, SITUATIONS, Situation, Step

HIDEABLE = ("email", "mobile", "job_number", "title", "avatar", "manager", "main_department")

BUSY: tuple[Change, ...] = (
    member("u4", name="Person Four", title="Lead", email="four@feifan.example"),
    dept("fe", name="Web"),
    add(person(20, "fe", manager="u3")),
    leave("u7"),
    duty("r2", members=("u4", "u5")),
)
"""Changes that happen while a provider has troubles; each is one event, whenever it is seen."""


@pytest.mark.slow
class SourceSuite:
    """Every situation and every trouble with one source.

    ``SKIPPED`` names the situations that it can't be in, with the reason.
    What the provider can't do is said by its SourceCapabilities, and what can't be brought about
    by the desk; the tests of it are skipped with that reason.
    """

    SKIPPED: ClassVar[dict[str, str]] = {}

    def desk(self) -> SourceDesk:
        raise AssertionError("a bound suite says which desk")

    @pytest.fixture(scope="class")
    @classmethod
    def log(cls, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ledger]:
        """One real log; every test has an organization of its own in it."""
        with attach(tmp_path_factory.mktemp("log")) as attached:
            ledger = Ledger(environment(LogConfig(), attached.env()))
            yield ledger
            ledger.close()

    @pytest.fixture
    def firm(self, log: Ledger, tmp_path: Path) -> Iterator[Firm]:
        with self.desk() as desk:
            yield Firm(log, tmp_path, desk)

    @pytest.mark.parametrize("situation", SITUATIONS, ids=str)
    def test_the_tree_follows(self, firm: Firm, situation: Situation) -> None:
        """After every step the tree is what the provider holds, with the fewest events."""
        if situation.name in self.SKIPPED:
            pytest.skip(self.SKIPPED[situation.name])
        _needs(firm, *situation.needs)
        past, roster = Past(), situation.begin
        self._follows(firm, past, roster, Step())
        uids, people = firm.uids(), firm.people()
        for step in situation.steps:
            roster = after(roster, *step.changes)
            self._follows(firm, past, roster, step)
            now = firm.uids()
            assert {k: now[k] for k in now.keys() & uids.keys()} == {
                k: uids[k] for k in now.keys() & uids.keys()
            }
            for name in step.again:
                assert firm.people()[name] == people[name]
            uids |= now

    def _follows(self, firm: Firm, past: Past, roster: Roster, step: Step) -> None:
        _put(firm, roster)
        fewest = firm.fewest(past) + Counter(step.more)
        assert fewest or not step.changes, "the provider does not show the change"
        head = firm.ledger.head
        outcome = firm.approved() if step.held else firm.pull()
        assert outcome.status is Status.FINISHED, (outcome.gaps, outcome.refused)
        assert firm.differences() == []
        assert firm.events(head) == fewest
        assert firm.pull().appended == 0

    def test_what_the_capabilities_promise_is_there(self, firm: Firm) -> None:
        """A flag that is on is seen in what is read, one that is off has a reason."""
        can = firm.capabilities
        company = after(ORDERED, member("u8", active=False))
        _put(firm, company)
        firm.pull()
        truth = firm.truth()
        for (kind, field), able in ABLE.items():
            values = [getattr(r, field) for r in getattr(truth, kind)]
            shown = any(v is not UNSET and v not in (None, ()) for v in values)
            assert shown == getattr(can, able), f"{able}: {field} of {kind}"
        assert bool(truth.roles) == can.roles
        assert bool(truth.departments) == can.departments
        assert any(len(m.departments) > 1 for m in truth.members) == can.several_departments
        assert set(can.lacking) <= can.why.keys() <= set(can.flags)

    @pytest.mark.parametrize("more", [-1, 0, 1])
    def test_pages_of_people(self, firm: Firm, more: int) -> None:
        """Nobody is lost or twice where a page ends, neither in departments nor in roles."""
        _needs(firm, "pulled")
        size = firm.desk.page
        if not size:
            pytest.skip("its lists have no pages")
        people = tuple(person(n, "fe") for n in range(1000, 1000 + size + more))
        roster = Roster(
            departments=ORDERED.departments[:3],
            members=people,
            roles=(role("r1", "Auditor", *(m.id for m in people)),),
        )
        roster = after(roster, *(dept(key, leaders=()) for key in ("hq", "rd", "fe")))
        _put(firm, roster)
        assert firm.pull().status is Status.FINISHED
        assert firm.differences() == []
        assert firm.pull().appended == 0

    def test_a_person_under_a_new_id_is_known_again(self, firm: Firm) -> None:
        """Somebody who comes back with another id, and one of the further ids, is the same."""
        key = firm.desk.key
        if not key:
            pytest.skip("a person has one id only")
        roster = ORDERED
        _put(firm, roster)
        firm.pull()
        known = {m.name: m for m in firm.desk.truth().members}["Person 7"]
        assert known.keys is not UNSET
        _put(firm, after(roster, leave("u7")))
        assert firm.pull().status is Status.FINISHED
        uid = next(m.uid for m in firm.views.directory(firm.org).members.values() if not m.present)
        back = person(77, "east", name="Person 7")
        again = replace(back, keys={key: known.keys[key]})
        _put(firm, after(roster, leave("u7"), add(again)))
        head = firm.ledger.head
        assert firm.pull().status is Status.FINISHED
        assert firm.people()["Person 7"] == uid
        assert firm.events(head)["MemberRehired"] == 1
        assert firm.events(head)["MemberCreated"] == 0
        assert firm.differences() == []

    @pytest.mark.parametrize("kind", get_args(Passing))
    def test_what_passes_by_is_waited_for(self, firm: Firm, kind: Passing) -> None:
        """A trouble of a moment costs time, and no more."""
        past = _begun(firm)
        _put(firm, after(_larger(firm), *BUSY))
        if not firm.desk.trouble(kind):
            pytest.skip(f"{kind} can't be arranged here")
        fewest, head = firm.fewest(past), firm.ledger.head
        outcome = firm.pull()
        assert firm.desk.struck(), "the trouble did not come about"
        assert outcome.status is Status.FINISHED, (outcome.gaps, outcome.refused)
        assert firm.differences() == []
        assert firm.events(head) == fewest
        firm.desk.calm()
        assert firm.pull().appended == 0

    @pytest.mark.parametrize("kind", get_args(Lasting))
    def test_a_part_that_fails_removes_and_blanks_nobody(self, firm: Firm, kind: Lasting) -> None:
        """What could not be read stays as it was; the next good reading brings the real changes."""
        _needs(firm, "pulled")
        past = _begun(firm)
        before = firm.tree()
        if not firm.desk.trouble(kind):
            pytest.skip(f"{kind} can't be arranged here")
        head = firm.ledger.head
        outcome = firm.pull()
        assert firm.desk.struck(), "the trouble did not come about"
        assert outcome.status is Status.PARTIAL, outcome
        assert outcome.gaps
        assert outcome.appended == 0
        assert firm.tree() == before
        _says_nothing_private(firm, firm.said())
        firm.desk.calm()
        _put(firm, after(_larger(firm), *BUSY))
        assert firm.desk.trouble(kind)
        assert firm.pull().status is Status.PARTIAL
        assert losses(before, firm.tree(), firm.truth()) == []
        firm.desk.calm()
        assert firm.pull().status is Status.FINISHED
        assert firm.differences() == []
        assert firm.events(head) == past.events(firm.truth())
        assert firm.pull().appended == 0

    @pytest.mark.parametrize("kind", get_args(Fatal))
    def test_what_leaves_nothing_to_believe_changes_nothing(self, firm: Firm, kind: Fatal) -> None:
        """The run is held or fails with one sentence, and heals by itself."""
        _needs(firm, "pulled")
        _begun(firm)
        before, head = firm.tree(), firm.ledger.head
        if not firm.desk.trouble(kind):
            pytest.skip(f"{kind} can't be arranged here")
        error = firm.refused()
        assert firm.desk.struck(), "the trouble did not come about"
        assert firm.tree() == before
        assert not firm.events(head)
        assert firm.last_run().status in (Status.HELD, Status.FAILED)
        _is_one_sentence(firm, error)
        firm.desk.calm()
        assert firm.pull().appended == 0

    def test_wrong_credentials_are_one_sentence(self, firm: Firm) -> None:
        """It says what is wrong and what to do, and not what the secret is."""
        _begun(firm)
        before = firm.tree()
        if not firm.desk.secret:
            pytest.skip("there are no credentials")
        error = firm.refused(wrong=True)
        assert isinstance(error, CredentialFault)
        assert error.fix
        _is_one_sentence(firm, error)
        assert firm.tree() == before
        assert firm.pull().appended == 0

    @pytest.mark.parametrize("field", HIDEABLE)
    def test_a_field_that_becomes_hidden_is_not_blanked(self, firm: Firm, field: str) -> None:
        """Not permitted is something else than empty, and the log says which it is."""
        _needs(firm, "pulled")
        past = _begun(firm)
        if not firm.desk.hide(field):
            pytest.skip(f"{field} can't be hidden here")
        before, head = firm.tree(), firm.ledger.head
        _put(firm, after(_larger(firm), member("u4", name="Person Four"), _all_other(field)))
        outcome = firm.pull()
        assert not outcome.refused
        now = firm.tree()
        assert _column(now, field) == _column(before, field)
        assert "Person Four" in firm.people()
        firm.desk.calm()
        assert firm.pull().status is Status.FINISHED
        assert firm.differences() == []
        made = firm.events(head)
        del made["SourceScopeChanged"]
        assert made == past.events(firm.truth())

    def test_a_scope_that_shrinks_removes_nobody_outside_it(self, firm: Firm) -> None:
        """People and departments out of sight stay as they were; those in sight are followed."""
        _needs(firm, "pulled")
        past = _begun(firm)
        if not firm.desk.narrow("sales"):
            pytest.skip("the visible part can't be narrowed here")
        before, head = firm.tree(), firm.ledger.head
        _put(firm, after(_larger(firm), member("u4", name="Far"), member("u7", name="Near")))
        firm.pull()
        now = firm.tree()
        assert losses(before, now, firm.truth()) == []
        names = firm.people().keys()
        assert {"Person 4", "Near"} <= names
        assert not {"Far", "Person 7"} & names
        assert {m["id"] for m in now["members"]} == {m["id"] for m in before["members"]}
        firm.desk.calm()
        assert firm.pull().status is Status.FINISHED
        assert firm.differences() == []
        made = firm.events(head)
        del made["SourceScopeChanged"]
        assert made == past.events(firm.truth())

    @pytest.mark.skipif(not DATA.exists(), reason="the real history is not there")
    @pytest.mark.parametrize("number", SAMPLED)
    def test_a_month_of_a_real_organization(self, firm: Firm, number: int) -> None:
        """Everybody in a real roster comes through, and a second reading appends nothing."""
        plays(firm, [number])

    @pytest.mark.slow
    @pytest.mark.timeout(900)
    @pytest.mark.skipif(not DATA.exists(), reason="the real history is not there")
    def test_every_month_of_a_real_organization(self, firm: Firm) -> None:
        """Eight years, month by month: the tree is right, and the real changes are the events."""
        plays(firm, month_numbers())


def _needs(firm: Firm, *flags: str) -> None:
    unable = [flag for flag in flags if not getattr(firm.capabilities, flag)]
    if unable:
        pytest.skip(" ".join(firm.capabilities.why[flag] for flag in unable))


def _put(firm: Firm, roster: Roster) -> None:
    try:
        firm.desk.put(roster)
    except InputError as error:
        pytest.skip(f"the provider refuses to hold it: {error}")


def _larger(firm: Firm) -> Roster:
    """The company; where lists have pages its people need two of them."""
    size = min(firm.desk.page, len(MANY))
    return after(ORDERED, add(*MANY[:size]))


def _begun(firm: Firm) -> Past:
    """The company is there and was read once."""
    _put(firm, _larger(firm))
    assert firm.pull().status is Status.FINISHED
    past = Past()
    past.events(firm.truth())
    return past


def _all_other(field: str) -> Change:
    """Everybody gets another value in ``field``, where it is a text."""

    def change(roster: Roster) -> Roster:
        if field in ("manager", "main_department"):
            return roster
        return replace(roster, members=tuple(_other(m, field) for m in roster.members))

    return change


def _other(m: MemberRecord, field: str) -> MemberRecord:
    mark = f"{int(m.id[1:]):05d}"
    made = {"email": f"new{mark}@feifan.example", "mobile": f"+8613900{mark}0"}
    return replace(m, **{field: made.get(field, f"New {mark}")})


def _column(tree: dict[str, list[dict[str, object]]], field: str) -> dict[object, object]:
    return {m["id"]: m.get(field) for m in tree["members"]}


def _says_nothing_private(firm: Firm, text: str) -> None:
    assert "feifan.example" not in text
    assert "Person" not in text
    assert not firm.desk.secret or firm.desk.secret not in text


def _is_one_sentence(firm: Firm, error: OrgledgerError) -> None:
    """A file with many problems has a line for each; everything else is one."""
    text = str(error)
    assert isinstance(error, InputError) or "\n" not in text.strip()
    assert 20 < len(text) < 500
    assert "Traceback" not in text
    _says_nothing_private(firm, text)
