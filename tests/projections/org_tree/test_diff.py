"""The difference between two moments, in the words of the source."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from domain import events as e
from domain.rows import Rows
from projections.org_tree.diff import Change, diff
from tests.projections.org_tree.histories import FOUNDED, LATER, directory

BEFORE, AFTER = directory(), directory([*FOUNDED, *LATER])


def test_departments_then_members_then_roles() -> None:
    assert diff(BEFORE, AFTER) == [
        Change(
            "department",
            "changed",
            "3",
            "d-3",
            "发现",
            {"name": ("搜索", "发现"), "parent_id": ("1", "4")},
        ),
        Change("member", "changed", "b", "m-b", "Ben", {"departments": (["2", "3"], ["3"])}),
        Change("member", "removed", "d", "m-d", "Ann"),
        Change("member", "added", "e", "m-e", "Eve"),
        Change(
            "role",
            "changed",
            "9",
            "r-1",
            "Auditor",
            {"group": ("Audit", "Control"), "members": (["a", "b"], ["b"])},
        ),
    ]


def test_there_is_no_difference_to_itself() -> None:
    assert diff(AFTER, AFTER) == []
    assert diff(AFTER, directory([*FOUNDED, *LATER])) == []


def test_the_order_of_departments_or_leaders_is_no_difference() -> None:
    turned = e.MemberTransferred(uid="m-b", departments=("d-3", "d-2"))
    assert diff(BEFORE, directory([*FOUNDED, turned])) == []


def test_who_came_back_is_added() -> None:
    gone = directory([*FOUNDED, e.MemberResigned(uid="m-c")])
    back = directory([*FOUNDED, e.MemberResigned(uid="m-c"), e.MemberRehired(uid="m-c")])
    assert [(c.change, c.id) for c in diff(gone, back)] == [("added", "c")]


@settings(max_examples=50, deadline=None)
@given(st.integers(0, len(LATER)), st.integers(0, len(LATER)))
def test_backwards_it_is_the_mirror_image(one: int, other: int) -> None:
    mirror = {"added": "removed", "removed": "added", "changed": "changed"}
    a, b = directory([*FOUNDED, *LATER[:one]]), directory([*FOUNDED, *LATER[:other]])
    there = {(c.uid, c.change): c.fields for c in diff(a, b)}
    back = {(c.uid, mirror[c.change]): c.fields for c in diff(b, a)}
    assert there.keys() == back.keys()
    for key, fields in there.items():
        assert {f: (new, old) for f, (old, new) in fields.items()} == back[key]


def test_no_difference_means_the_same_roster() -> None:
    for n in range(len(LATER) + 1):
        then = directory([*FOUNDED, *LATER[:n]])
        same = Rows(then).roster() == Rows(AFTER).roster()
        assert (diff(then, AFTER) == []) == same
