"""Feishu follows hints: the contract suite, and what only Feishu's events and ranges have."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import permutations
from typing import Any, ClassVar

import pytest
from msgspec.structs import replace

from adapters.feishu.client import BATCH
from domain.hints import Kind
from tests.adapters.feishu.source_contract_desk import DEPARTMENT, SINGLE, FeishuDesk, OpenIdsDesk
from tests.delivery.people import (
    Change,
    add,
    after,
    close,
    department,
    dept,
    leave,
    member,
    person,
)
from tests.sources.looking import LookingSuite, Warm, hint
from tests.sources.situations import ORDERED

HOLDERS = "functional_roles/members/list"


class TestLooking(LookingSuite):
    WHOLE: ClassVar[dict[str, str]] = {
        "role_deleted": "A role is read because the settings name it, and nothing tells its end."
    }
    FAILING: ClassVar[dict[Kind, tuple[str, ...]]] = {
        "member": ("users/get:http_500",),
        "department": ("departments/get:truncated_json",),
        "role": (f"{HOLDERS}:http_500",),
    }
    FORBIDDEN: ClassVar[dict[Kind, tuple[str, ...]]] = {
        "member": ("users/get:permission",),
        "department": ("departments/get:permission",),
        "role": (f"{HOLDERS}:permission",),
    }
    PASSING: ClassVar[tuple[str, ...]] = ("*:throttle:times=2",)

    def desk(self) -> FeishuDesk:
        return FeishuDesk()


@pytest.mark.slow
class TestOpenIds(TestLooking):
    """The same, known by open ids; told in one manner."""

    test_what_is_told_somehow_is_seen = None

    def desk(self) -> OpenIdsDesk:
        return OpenIdsDesk()


@pytest.fixture
def desk() -> Iterator[FeishuDesk]:
    with FeishuDesk() as found:
        found.put(ORDERED)
        yield found


@pytest.fixture
def warm(desk: FeishuDesk) -> Warm:
    """An organization that was read once."""
    return begun(desk)


def begun(desk: FeishuDesk) -> Warm:
    found = Warm(desk)
    found.take(found.read())
    return found


def change(warm: Warm, *changes: Change) -> None:
    warm.desk.put(after(ORDERED, *changes))


def people(warm: Warm) -> Any:
    """The simulator's own memory of people."""
    provider: Any = warm.desk.sim.provider
    return provider._world.directory.people


def open_id(warm: Warm, user_id: str) -> dict[str, str]:
    return {"open_id": people(warm).by_user_id(user_id).key}


def test_somebody_told_of_by_another_kind_of_id_is_found(warm: Warm) -> None:
    """An event without the user_id leads to the person by the open_id that it has."""
    keys = open_id(warm, "u4")
    change(warm, member("u4", title="Lead"))
    seen = warm.look([replace(hint("member", ""), keys=keys)])
    assert [m.id for m in seen.members] == ["u4"]
    assert dict(warm.take(seen)) == {"MemberProfileChanged": 1}
    assert not warm.weigh(warm.read())


def test_who_left_is_known_by_another_kind_of_id(warm: Warm) -> None:
    """Feishu still tells of people who left, so that the event's open_id is enough."""
    keys = open_id(warm, "u7")
    change(warm, leave("u7"))
    seen = warm.look([replace(hint("member", "", gone=True), keys=keys)])
    assert seen.coverage.gone_members == {"u7"}
    assert warm.take(seen)["MemberResigned"] == 1


def test_a_stranger_by_another_kind_of_id_is_a_gap(warm: Warm) -> None:
    """Whom an unknown open_id meant cannot be told, so nobody is said to be gone."""
    seen = warm.look([replace(hint("member", "", gone=True), keys={"open_id": "ou_nobody"})])
    assert seen.gaps
    assert not seen.coverage.gone_members


def test_out_of_range_is_not_gone(warm: Warm) -> None:
    """Who cannot be seen any more did not leave: a whole reading decides of them."""
    warm.desk.narrow("sales")
    seen = warm.look([hint("member", "u4", gone=True), hint("department", "rd", gone=True)])
    assert len(seen.gaps) == 2
    assert not seen.coverage.gone_members
    assert not seen.coverage.gone_departments
    assert not warm.weigh(seen)


def test_a_stranger_out_of_range_is_no_matter(desk: FeishuDesk) -> None:
    """Of somebody who never was in range comes neither a fact nor a whole reading."""
    desk.narrow("sales")
    warm = begun(desk)
    seen = warm.look([hint("member", "u4"), hint("department", "be")])
    assert not seen.gaps
    assert not warm.weigh(seen)


def test_a_granted_department_stays_at_the_top(desk: FeishuDesk) -> None:
    """What lies above a granted department is out of sight, for a look as for a whole reading."""
    desk.narrow("rd")
    warm = begun(desk)
    change(warm, dept("rd", name="Labs"), member("u4", title="Lead"))
    whole = warm.weigh(warm.read())
    seen = warm.look([hint("department", "rd"), hint("member", "u4")])
    assert [d.parent_id for d in seen.departments if d.name == "Labs"] == [None]
    assert warm.take(seen) == whole
    assert not warm.weigh(warm.read())


def test_another_user_id_is_the_same_person(warm: Warm) -> None:
    """A user_id can be changed, and the event tells both."""
    people(warm).rename_id(people(warm).by_user_id("u4"), "four")
    seen = warm.look([replace(hint("member", "four"), was="u4")])
    assert seen.renamed == {"four": "u4"}
    facts = warm.take(seen)
    assert not {"MemberCreated", "MemberResigned"} & facts.keys()
    assert not warm.weigh(warm.read())


def test_a_third_user_id_waits_for_a_whole_reading(warm: Warm) -> None:
    """Somebody whose former id neither we nor Feishu have would be made a second time."""
    people(warm).rename_id(people(warm).by_user_id("u4"), "four")
    last = replace(hint("member", "four"), was="between")
    seen = warm.look([last])
    assert seen.gaps
    assert not seen.members
    assert warm.look([replace(hint("member", "between"), was="u4"), last]).renamed == {"four": "u4"}


def test_a_field_without_its_permission_is_not_emptied(warm: Warm) -> None:
    """A permission that was taken away empties nobody's field, and costs one call to tell."""
    warm.desk.hide("title")
    warm.desk.sim.stats.calls.clear()
    seen = warm.look([hint("member", "u4")])
    assert seen.members
    assert not warm.weigh(seen)
    assert warm.desk.sim.stats.calls["users/batch"] == 1


def test_an_empty_field_that_is_left_out_is_emptied(warm: Warm) -> None:
    """One row may leave out what is empty; that others have the field tells it from a secret."""
    change(warm, member("u4", title=None))
    answer = warm.desk.sim.provider.answer

    def without(call: Any, request: Any, fault: Any) -> Any:
        reply: Any = answer(call, request, fault)
        reply.body = reply.body.replace(b'"job_title":"",', b"")
        return reply

    warm.desk.sim.provider.answer = without  # type: ignore[method-assign]
    assert dict(warm.take(warm.look([hint("member", "u4")]))) == {"MemberProfileChanged": 1}
    assert warm.differences() == []


def test_nobody_is_moved_where_rows_do_not_say_who_is_where(warm: Warm) -> None:
    """Without the permission for departments only lists tell it, which a look does not read."""
    warm.desk.patch(scopes=sorted(SINGLE - {DEPARTMENT}))
    seen = warm.look([hint("member", "u4")])
    assert seen.gaps
    assert not seen.members


def test_a_burst_is_read_in_batches(warm: Warm) -> None:
    """Sixty people who came at once are two calls, and their new department a third."""
    many = tuple(person(n, "lab") for n in range(100, 110 + BATCH))
    change(warm, add(department("lab", "Laboratory", "hq"), *many))
    warm.desk.sim.stats.calls.clear()
    seen = warm.look([hint("member", one.id) for one in many])
    assert warm.take(seen)["MemberCreated"] == len(many)
    assert warm.differences() == []
    calls = warm.desk.sim.stats.calls
    assert (calls["users/batch"], calls["departments/get"], calls["users/get"]) == (2, 1, 0)


EMPTIED = (member("u5", departments=("fe",)), member("u8", departments=("east",)), close("be"))
DELETED = (leave("u6", "u7", "u8"), close("sales", "east"))


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        (EMPTIED, ("department be", "member u5", "member u8")),
        (DELETED, ("department sales", "department east", "member u6", "member u7", "member u8")),
    ],
    ids=["emptied", "deleted_with_people"],
)
def test_a_department_goes_in_whichever_order_it_is_told(
    desk: FeishuDesk, changes: tuple[Change, ...], told: tuple[str, ...]
) -> None:
    """Its deletion told before the last person was seen to be elsewhere is not forgotten."""
    orders = list(permutations(told))
    for order in orders[:: max(1, len(orders) // 4)]:
        desk.put(ORDERED)
        warm = begun(desk)
        change(warm, *changes)
        for kind, key in (one.split() for one in order):
            seen = warm.look([hint(kind, key)])  # type: ignore[arg-type]
            assert not seen.gaps
            warm.take(seen)
        assert warm.differences() == [], order
