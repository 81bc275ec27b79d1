"""What a Feishu app sees by user groups, and departments that are told only by half."""

from __future__ import annotations

from typing import Any

import pytest

from adapters.feishu.client import _judge
from adapters.feishu.simulator.model import Group
from adapters.feishu.wire import Answer, Nothing
from adapters.http import Reply
from domain.decide import decide
from domain.directory import Directory
from domain.errors import StrangerFault, SystemFault, TransientFault
from domain.events import DepartmentDeleted, OrganizationRegistered
from domain.evolve import evolve
from tests.adapters.feishu.source_desk import SourceDesk, by_id, company


def part(**simulated: Any) -> SourceDesk:
    """The range is department d1 and the user group g1, in which are u0 and u2."""
    desk = SourceDesk(company(4, 8), visible_departments=("d1",), visible_groups=("g1",))
    people = {u.user_id: u.key for u in desk.directory.people.users.values()}
    desk.directory.groups.add(Group("g1", "组", "", {people["u0"]: None, people["u2"]: None}))
    return desk


def test_people_in_range_by_a_user_group_are_read() -> None:
    """They are visible (Feishu contact v3, scopes), as people who are granted one by one."""
    seen = part().read()
    assert set(by_id(seen.members)) == {"u0", "u1", "u2", "u5"}
    assert seen.gaps == ()
    assert seen.coverage.roots == ("d1",)


def test_a_user_group_in_range_that_may_not_be_looked_into_is_told() -> None:
    """Who is in it is not known; the departments in range are complete all the same."""
    desk = part()
    desk.fault("group/member/simplelist:permission")
    seen = desk.read()
    assert [gap.what for gap in seen.gaps] == ["people in range by user group g1"]
    assert seen.coverage.departments and seen.coverage.members


def test_user_groups_in_range_are_checked() -> None:
    """How many, and whether the app may look into them."""
    desk = part()
    text = next(f.text for f in desk.check() if f.subject == "range")
    assert text.endswith("and who is in 1 user groups.")
    desk.fault("group/member/simplelist:permission")
    assert [f for f in desk.check() if "contact:group" in f.subject and f.level == "error"]


def known(desk: SourceDesk) -> Directory:
    """What the ledger has after one reading."""
    directory = Directory(org="acme")
    evolve(directory, OrganizationRegistered(uid="acme", name="Acme", source="fs"))
    for fact in decide(directory, desk.read()).facts:
        evolve(directory, fact)
    return directory


def hiding(desk: SourceDesk, custom_id: str) -> None:
    """From now on it is not told where one department belongs."""
    provider = desk.app.provider
    shown = provider.answer

    def answer(call: Any, request: Any, fault: Any) -> Any:
        reply = shown(call, request, fault)
        old, new = b'"parent_department_id"', b'"nothing_of_the_kind"'
        rows = reply.body.split(b'{"name"') if custom_id.encode() in reply.body else [reply.body]
        mark = f'"department_id":"{custom_id}"'.encode()
        reply.body = b'{"name"'.join(r.replace(old, new) if mark in r else r for r in rows)
        return reply

    provider.answer = answer  # type: ignore[method-assign]


def test_a_department_without_a_parent_is_a_gap_and_neither_a_root_nor_gone() -> None:
    """A field without its permission is left out silently (feishu.md, section 5.3)."""
    desk = SourceDesk(company(6, 6))
    directory = known(desk)
    hiding(desk, "d4")
    seen = desk.read()
    assert "d4" not in by_id(seen.departments)
    assert [gap.what for gap in seen.gaps] == ["the place of department d4"]
    assert not seen.coverage.departments
    facts = decide(directory, seen).facts
    assert not [f for f in facts if isinstance(f, DepartmentDeleted)]


def test_a_department_that_is_told_as_deleted_is_none() -> None:
    """status.is_deleted in a list (Feishu contact v3, department object)."""
    desk = SourceDesk(company(3, 3))
    provider = desk.app.provider
    shown = provider.answer

    def answer(call: Any, request: Any, fault: Any) -> Any:
        reply = shown(call, request, fault)
        if call.api == "departments/children":
            reply.body = reply.body.replace(b'"is_deleted":false', b'"is_deleted":true', 1)
        return reply

    provider.answer = answer  # type: ignore[method-assign]
    seen = desk.read()
    assert len(seen.departments) == 2
    assert seen.coverage.departments


@pytest.mark.parametrize(
    ("status", "kind"), [(500, TransientFault), (429, TransientFault), (404, StrangerFault)]
)
def test_json_without_a_code_is_judged_by_its_status(status: int, kind: type[SystemFault]) -> None:
    """A gateway's own error is worth another try; a stranger's answer is not."""
    with pytest.raises(SystemFault) as caught:
        _judge("users/get", Reply(status, "", b'{"detail":"x"}'), Answer[Nothing])
    assert type(caught.value) is kind


@pytest.mark.parametrize("people", [99, 100, 101, 149, 150, 151])
def test_pages_of_the_range_and_batches_of_people(people: int) -> None:
    """The range has a hundred nodes a page, and fifty people are asked for at once."""
    users = tuple(f"u{n}" for n in range(people))
    desk = SourceDesk(company(2, 160), visible_departments=(), visible_users=users)
    assert set(by_id(desk.read().members)) == set(users)
    assert desk.calls["scopes/list"] == max(1, -(-people // 100))
    assert desk.calls["users/batch"] == -(-people // 50)


@pytest.mark.parametrize("number", [99, 100, 101])
def test_pages_of_user_groups_and_of_who_is_in_them(number: int) -> None:
    """Both come a hundred a page."""
    desk = SourceDesk(company(1, number))
    groups, people = desk.directory.groups, list(desk.directory.people.users)
    for n in range(number):
        groups.add(Group(f"g{n}", f"组{n}", "", dict.fromkeys(people if n == 0 else ())))
    roles = by_id(desk.read(user_groups=True).roles)
    assert len(roles) == number
    assert len(roles["group:g0"].members) == number
