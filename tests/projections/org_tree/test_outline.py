"""The outline: in the order to show, everybody counted once."""

from __future__ import annotations

from domain import events as e
from projections.org_tree.outline import Branch, outline
from tests.projections.org_tree.histories import FOUNDED, department, directory, member


def names(branch: Branch) -> tuple[str, list[str], list[object]]:
    return (
        branch.department.name,
        [m.name for m in branch.members],
        [names(child) for child in branch.children],
    )


def test_siblings_by_order_then_name_and_those_without_an_order_last() -> None:
    whole = outline(directory())
    assert [names(branch) for branch in whole.branches] == [
        ("Board", [], []),
        (
            "R&D",
            ["欧阳晓月"],
            [("搜索", ["Ben"], []), ("Search", ["单雄信", "Ben"], [])],
        ),
    ]


def test_leaders_come_first_and_then_names() -> None:
    facts = [
        *(member(name, name, "d-1") for name in ("Zoe", "Ann", "Ben")),
        e.DepartmentLeadersChanged(uid="d-1", leaders=("m-Zoe",)),
    ]
    (branch, *_) = outline(directory([department("1", "D"), *facts])).branches
    assert [m.name for m in branch.members] == ["Zoe", "Ann", "Ben"]


def test_somebody_in_two_departments_is_counted_once_above_them() -> None:
    whole = outline(directory())
    research = whole.branches[1]
    assert [child.people for child in research.children] == [1, 2]
    assert research.people == 3
    assert whole.people == 4


def test_who_is_in_no_department_is_beside_the_tree() -> None:
    assert [m.name for m in outline(directory()).members] == ["Ann"]


def test_what_is_gone_is_not_in_it() -> None:
    gone = [e.MemberResigned(uid="m-d"), e.DepartmentDeleted(uid="d-4")]
    whole = outline(directory([*FOUNDED, *gone]))
    assert whole.members == ()
    assert [branch.department.name for branch in whole.branches] == ["R&D"]


def test_siblings_of_the_same_name_keep_their_order() -> None:
    twins = [department(n, "Same") for n in ("2", "1", "3")]
    whole = outline(directory(twins))
    assert [b.department.uid for b in whole.branches] == ["d-1", "d-2", "d-3"]
