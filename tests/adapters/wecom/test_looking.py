"""WeCom follows hints as the contract suite asks, with both secrets and with the app's alone."""

from __future__ import annotations

from typing import Any, ClassVar

import pytest
from msgspec import UNSET
from msgspec.structs import replace

from adapters.wecom import events
from domain.hints import Hint, Kind
from domain.records import Roster
from tests.adapters.wecom.simulator_desk import SMALL
from tests.adapters.wecom.source_contract_desk import AppOnlyDesk, WeComDesk
from tests.adapters.wecom.source_desk import SourceDesk, company
from tests.sources.looking import (
    LookingSuite,
    Virtual,
    changes,
    hint,
    leavers,
    without_leavers,
)


class TestWeCom(LookingSuite):
    FAILING: ClassVar[dict[Kind, tuple[str, ...]]] = {
        "member": ("user/get:http_500",),
        "department": ("department/get:http_500",),
        "role": ("tag/list:http_500",),
    }
    FORBIDDEN: ClassVar[dict[Kind, tuple[str, ...]]] = {
        "member": ("user/get:permission",),
        "department": ("department/get:permission:match.id={fe}",),
        "role": ("tag/get:permission",),
    }
    PASSING: ClassVar[tuple[str, ...]] = (
        "user/get:throttle:times=1",
        "department/get:throttle:times=1",
        "tag/list:throttle:times=1",
    )

    def desk(self) -> WeComDesk:
        return WeComDesk()

    def told(self, before: Roster, now: Roster) -> list[Hint]:
        """Who leads is told of the people; departments have no event of it (wecom.md, 5.1)."""
        was = without_leavers(before, now)
        led = {d.id: set(d.leaders or ()) for d in was.departments}
        leading = {d.id: set(d.leaders or ()) for d in now.departments}
        there = {m.id for m in now.members}
        moved = {
            userid
            for key in led | leading
            for userid in led.get(key, set()) ^ leading.get(key, set())
            if userid in there
        }
        found = changes(_unled(was), _unled(now)) + leavers(before, now)
        return found + [hint("member", userid) for userid in sorted(moved)]


@pytest.mark.slow
class TestWeComWithTheAppAlone(TestWeCom):
    def desk(self) -> AppOnlyDesk:
        return AppOnlyDesk()


def _unled(roster: Roster) -> Roster:
    return replace(roster, departments=tuple(replace(d, leaders=()) for d in roster.departments))


def followed(roster: Roster = SMALL, *, alone: bool = False, **simulated: Any) -> Virtual:
    """A company that was read once, with both secrets or with the app's ``alone``."""
    warm = Virtual(SourceDesk(roster, **simulated), "wc")
    if alone:
        warm.settings["contact_secret"] = ""
    warm.take(warm.read())
    warm.desk.app.stats.reset()
    return warm


def told(change: str, **fields: str) -> list[Hint]:
    """The hints of one event."""
    told = {"Event": "change_contact", "ChangeType": change, **fields}
    return list(events.told(told, repr(told).encode()).hints)


def called(old: str, new: str, roster: Roster = SMALL) -> Roster:
    """Somebody has another id, and is named by it everywhere."""

    def change(value: Any) -> Any:
        if isinstance(value, tuple):
            return tuple(map(change, value))
        return new if value == old else value

    return Roster(
        departments=tuple(replace(d, leaders=change(d.leaders)) for d in roster.departments),
        members=tuple(
            replace(m, id=change(m.id), manager=change(m.manager)) for m in roster.members
        ),
        roles=tuple(replace(r, members=change(r.members)) for r in roster.roles),
    )


def everything(warm: Virtual) -> list[Hint]:
    """A hint of each department and each person."""
    truth = warm.desk.truth()
    departments = [hint("department", d.id) for d in truth.departments]
    return departments + [hint("member", m.id) for m in truth.members]


def test_one_person_costs_two_calls() -> None:
    """The organization itself, to know whether all is in sight, and the person."""
    warm = followed()
    assert not warm.weigh(warm.look(told("update_user", UserID="bob")))
    assert warm.desk.calls == {"gettoken": 1, "department/get": 1, "user/get": 1}


def test_many_of_a_department_are_asked_for_together() -> None:
    """Five hundred people of twelve departments take twelve lists, and the same records."""
    warm = followed(company(12, 600))
    hints = [one for n in range(500) for one in told("update_user", UserID=f"u{n}") * 2]
    whole, seen = warm.read(), warm.look(hints)
    assert not seen.gaps
    records = {m.id: m for m in whole.members}
    assert {m.id: m for m in seen.members} == {f"u{n}": records[f"u{n}"] for n in range(500)}
    warm.desk.app.stats.reset()
    warm.look(hints)
    assert warm.desk.calls["user/list"] == 12
    assert "user/get" not in warm.desk.calls


def test_who_is_not_in_their_department_any_more_is_asked_for_alone() -> None:
    """Being left out of a list proves nothing."""
    warm = followed(company(2, 60))
    roster = company(2, 60)
    moved = replace(roster.members[58], departments=("101",))
    warm.put(replace(roster, members=(*roster.members[:58], moved)))
    hints = [hint("member", f"u{n}") for n in range(60)]
    assert warm.weigh(warm.look(hints)) == warm.weigh(warm.read())
    assert warm.desk.calls["user/get"] == 2


def test_more_single_people_than_a_look_takes_are_a_gap(monkeypatch: pytest.MonkeyPatch) -> None:
    """Then a whole reading is cheaper, and nobody is asked for."""
    monkeypatch.setattr("adapters.wecom.looking.MOST", 50)
    warm = followed()
    seen = warm.look([hint("member", f"new{n}") for n in range(51)])
    assert "people one by one" in str(seen.gaps)
    assert not warm.desk.calls


@pytest.mark.parametrize("alone", [False, True])
@pytest.mark.parametrize("visible", [("1",), ("2",), ("3",), ("3", "2")])
def test_what_is_in_sight_is_seen_as_a_whole_reading_sees_it(
    visible: tuple[str, ...], alone: bool
) -> None:
    """Who and what is out of sight is neither gone nor blank, and costs no whole reading."""
    warm = followed(alone=alone, visible_departments=visible)
    warm.put(
        replace(
            SMALL,
            departments=tuple(replace(d, name=f"{d.name}新") for d in SMALL.departments),
            members=tuple(replace(m, name=f"{m.name}新") for m in SMALL.members),
        )
    )
    whole, seen = warm.read(), warm.look(everything(warm))
    assert not seen.gaps
    assert {d.id: d for d in seen.departments} == {d.id: d for d in whole.departments}
    assert {m.id: m for m in seen.members} == {m.id: m for m in whole.members}
    assert warm.take(seen) == {
        "DepartmentRenamed": len(whole.departments),
        "MemberRenamed": len(whole.members),
    }
    assert not warm.weigh(warm.read())


@pytest.mark.parametrize("alone", [False, True])
def test_who_leaves_the_visible_range(alone: bool) -> None:
    """Where all ids are listed they are there; else only a whole reading can say."""
    warm = followed(alone=alone, visible_departments=("2",))
    ann, bob, *others = SMALL.members
    warm.put(replace(SMALL, members=(ann, replace(bob, departments=("hr",)), *others)))
    seen = warm.look(told("update_user", UserID="bob"))
    assert bool(seen.gaps) is alone
    assert not warm.weigh(seen)


def test_who_left_unseen_is_gone_where_all_ids_are_listed() -> None:
    """The app may see neither those who left nor those who are out of its range."""
    warm = followed()
    warm.desk.app.provider.patch_settings({"visible_departments": ["3"]})
    warm.put(replace(SMALL, members=SMALL.members[:3]))
    seen = warm.look(told("delete_user", UserID="dai") + told("update_user", UserID="cai"))
    assert not seen.gaps
    assert seen.coverage.gone_members == {"dai"}
    assert warm.take(seen) == {"MemberResigned": 1}


def test_somebody_with_another_id_is_the_same_person() -> None:
    """NewUserID: who reports to them, what they lead and the tags they have stay as they are."""
    warm = followed()
    uid = warm.directory.linked("wc", "member").uids["Ann"]
    warm.put(called("Ann", "ann.li"))
    seen = warm.look(told("update_user", UserID="Ann", NewUserID="ann.li"))
    assert seen.renamed == {"ann.li": "Ann"}
    assert warm.take(seen) == {"RecordUnlinked": 1, "RecordLinked": 1}
    assert warm.directory.linked("wc", "member").uids["ann.li"] == uid
    assert not warm.weigh(warm.read())


def test_an_id_changed_twice_is_followed() -> None:
    """Also where both events come at once, in the wrong order."""
    warm = followed()
    warm.put(called("Ann", "ann.three"))
    hints = told("update_user", UserID="ann.two", NewUserID="ann.three")
    hints += told("update_user", UserID="ann", NewUserID="ann.two")
    assert warm.take(warm.look(hints)) == {"RecordUnlinked": 1, "RecordLinked": 1}
    assert not warm.weigh(warm.read())


def test_a_changed_id_that_cannot_be_read_takes_nobody_away() -> None:
    """The former id is not there any more, and that proves nothing alone."""
    warm = followed()
    warm.put(called("Ann", "ann.li"))
    warm.desk.fault("user/get:http_500:match.userid=ann.li")
    seen = warm.look(told("update_user", UserID="Ann", NewUserID="ann.li"))
    assert seen.gaps
    assert not warm.weigh(seen)


def test_who_left_after_their_id_changed_has_left() -> None:
    """Nobody is there under the new id, nor under the former one."""
    warm = followed()
    warm.put(Roster())
    hints = told("update_user", UserID="Ann", NewUserID="ann.li")
    assert warm.look(hints).coverage.gone_members == {"Ann", "ann.li"}


@pytest.mark.parametrize("userid", ["ANN", "ann"])
def test_a_userid_is_the_same_in_any_case(userid: str) -> None:
    """Of somebody who is there, and of somebody who has left."""
    warm = followed()
    assert not warm.weigh(warm.look(told("update_user", UserID=userid)))
    warm.put(Roster())
    assert warm.look(told("delete_user", UserID=userid)).coverage.gone_members == {"Ann"}


def test_state_five_has_left() -> None:
    """user/get may still show who left (wecom.md, section 3.3)."""
    warm = followed()
    warm.desk.directory.people.users["dai"].state = 5
    assert warm.take(warm.look(told("update_user", UserID="dai")))["MemberResigned"] == 1


@pytest.mark.parametrize("alone", [False, True])
def test_a_tag_of_departments_is_held_by_their_people(alone: bool) -> None:
    """Also by those below; without the list of all ids only a whole reading says who that is."""
    warm = followed(alone=alone)
    tag = warm.desk.directory.tag_ids.number("r2")
    warm.desk.directory.tags.tags[tag].parties = {2: None}
    seen = warm.look(told("update_tag", TagId=str(tag), AddPartyItems="2"))
    if alone:
        assert "holders of role" in str(seen.gaps)
        assert not warm.weigh(seen)
    else:
        assert warm.take(seen) == {"RoleGranted": 2}
        assert not warm.weigh(warm.read())


def test_half_a_denial_is_a_gap() -> None:
    """department/get says that a department is gone, department/simplelist that it is there."""
    warm = followed()

    def deny(answer: Any) -> Any:
        found = answer.get("department")
        denied = isinstance(found, dict) and found["id"] == 3
        return {"errcode": 60003, "errmsg": "department not found"} if denied else answer

    warm.desk.rewrite = deny
    seen = warm.look(told("delete_party", Id="3"))
    assert "department 3" in str(seen.gaps)
    assert not warm.weigh(seen)


def test_what_is_hidden_is_not_said() -> None:
    """An app made since 2022-06-20 sees no mobile numbers: unknown, not empty."""
    warm = followed(company(3, 9), private_fields="absent")
    (seen,) = warm.look(told("update_user", UserID="u7")).members
    assert seen.mobile is UNSET
    assert seen.email is UNSET


def test_a_hint_without_an_id_is_a_gap() -> None:
    """No interface finds somebody by open_userid for an app of one's own."""
    assert followed().look([replace(hint("member", ""), keys={"open_userid": "x"})]).gaps
