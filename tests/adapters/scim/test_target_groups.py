"""Departments and roles at a SCIM service: groups, their nesting and their members."""

from __future__ import annotations

from domain.delivery.operation import Acknowledged, Action, Change, Relations
from domain.errors import AbsentFault
from tests.adapters.scim.front import error
from tests.adapters.scim.scim_bench import Bench, department, person, role
from tests.adapters.scim.target_desk import TROUBLE


def tree(scim: Bench) -> dict[str, str | None]:
    """Department to parent, as an outsider sees it."""
    return {d.id: d.parent_id for d in scim.hands.roster().departments}


def members(scim: Bench, key: str) -> list[str]:
    return [m["value"] for m in scim.hands.group(key).get("members", ())]


def below(parent: str | None, key: str, action: Action = Action.CREATE, **given: object) -> Change:
    return department(key, action, relations=Relations(parent=parent), **given)


def test_departments_are_nested_groups(scim: Bench) -> None:
    """A child department is a member of its parent's group, and is read back below it."""
    (top,) = scim.done(department("1", fields={"displayName": "总部 🏯"}))
    low, other = scim.done(below(top, "2"), below(top, "3"))
    assert tree(scim) == {"1": None, "2": "1", "3": "1"}
    found = {p.key: p for p in scim.read().present["department"]}
    assert found["1"].fields == {"displayName": "总部 🏯"}
    assert [found[k].relations.parent for k in "123"] == [None, top, top]
    assert all(p.members == frozenset() for p in found.values())
    assert {found[k].remote for k in "23"} == {low, other}


def test_a_department_moves_and_is_renamed(scim: Bench) -> None:
    """A move leaves the old parent, joins the new one, and can go to the top and back."""
    a, b = scim.done(department("a"), department("b"))
    (c,) = scim.done(below(a, "c"))
    had = Relations(parent=a)
    renamed = {"displayName": "C!"}
    scim.done(below(b, "c", Action.MOVE, remote=c, had=had, fields=renamed))
    assert tree(scim) == {"a": None, "b": None, "c": "b"}
    assert scim.hands.group("c")["displayName"] == "C!"
    scim.done(below(None, "c", Action.MOVE, remote=c, had=Relations(parent=b)))
    assert tree(scim) == {"a": None, "b": None, "c": None}
    scim.done(below(a, "c", Action.MOVE, remote=c, had=Relations(parent=None)))
    assert tree(scim)["c"] == "a"


def test_without_nesting_groups_stand_side_by_side(scim: Bench) -> None:
    """``nesting = "none"`` writes and reads no parents at all."""
    (top,) = scim.done(department("1"), nesting="none")
    scim.done(below(top, "2"), nesting="none")
    assert tree(scim) == {"1": None, "2": None}
    found = scim.read(nesting="none").present["department"]
    assert {p.relations for p in found} == {Relations()}


def test_a_list_of_101_members(scim: Bench) -> None:
    """Members come in chunks, a chunk sent twice changes nothing, and all of them can go."""
    (group,) = scim.done(department("d"))
    people = scim.done(*(person(f"u{i}") for i in range(101)))
    first, rest = tuple(people[:100]), tuple(people[100:])
    add = {"remote": group, "relations": Relations()}
    scim.done(department("d", Action.ADD, members=first, **add))
    scim.done(
        department("d", Action.ADD, members=first, again=True, **add),
        department("d", Action.ADD, members=rest, **add),
    )
    assert sorted(members(scim, "d")) == sorted(people)
    (found,) = scim.read().present["department"]
    assert found.members == frozenset(people)
    scim.done(department("d", Action.REMOVE, members=first, **add))
    scim.done(department("d", Action.REMOVE, members=first, again=True, **add))
    assert members(scim, "d") == list(rest)


def test_foreign_members_and_groups_survive(scim: Bench) -> None:
    """Members and groups that we did not put there stay, whatever we write beside them."""
    stranger = scim.hands.put_user(userName="stranger")
    scim.hands.put_group(displayName="Administrators", members=[{"value": stranger}])
    (group,) = scim.done(department("d"))
    (mine,) = scim.done(person("u1"))
    foreign = {"value": stranger, "type": "User"}
    scim.hands.patch(f"/Groups/{group}", {"op": "add", "path": "members", "value": [foreign]})
    step = {"remote": group, "relations": Relations()}
    scim.done(department("d", Action.ADD, members=(mine,), **step))
    scim.done(department("d", Action.UPDATE, fields={"displayName": "D"}, **step))
    scim.done(department("d", Action.REMOVE, members=(mine,), **step))
    assert members(scim, "d") == [stranger]
    scim.done(department("d", Action.DELETE, **step))
    assert [g["displayName"] for g in scim.hands.all("/Groups")] == ["Administrators"]


def test_members_to_remove_that_are_not_there(scim: Bench) -> None:
    """A service that refuses to remove who is not there (noTarget) is asked who is."""
    (group,) = scim.done(department("d"))
    here, gone = scim.done(person("u1"), person("u2"))
    step = {"remote": group, "relations": Relations()}
    scim.done(department("d", Action.ADD, members=(here,), **step))
    scim.front.canned.append(error(400, "noTarget"))
    scim.done(department("d", Action.REMOVE, members=(here, gone), **step))
    assert members(scim, "d") == []


def test_roles_are_groups_with_a_mark(scim: Bench) -> None:
    """A role and a department of the same id and name are two groups, and told apart."""
    scim.done(department("7"), role("7"))
    (person_id,) = scim.done(person("u1"))
    (group,) = [g["id"] for g in scim.hands.all("/Groups") if g["externalId"] == "role:7"]
    scim.done(role("7", Action.ADD, remote=group, members=(person_id,)))
    found = scim.read().present
    assert [(p.key, p.members) for p in found["role"]] == [("7", frozenset({person_id}))]
    assert [(p.key, p.members) for p in found["department"]] == [("7", frozenset())]
    scim.done(role("7", Action.DELETE, remote=group))
    assert [g["externalId"] for g in scim.hands.all("/Groups")] == ["7"]
    assert "role" not in scim.read(roles=False).present


def test_a_group_is_made_once_though_the_service_would_take_two(scim: Bench) -> None:
    """After a lost answer the group is found by our id, and still put below its parent."""
    (top,) = scim.done(department("1"))
    scim.front.canned.append(TROUBLE["lost_reply"])
    scim.fault(below(top, "2"))
    scim.done(below(top, "2", again=True))
    assert tree(scim) == {"1": None, "2": "1"}


def test_a_parent_that_takes_no_groups(scim: Bench) -> None:
    """A group that cannot be nested is there all the same, with a warning; no second is made."""
    (top,) = scim.done(department("1"))
    scim.front.only = "PATCH"
    scim.front.canned.append(error(400, "invalidValue"))
    (result,) = scim.apply(below(top, "2"))
    assert isinstance(result, Acknowledged)
    assert "not below its parent" in result.warning
    assert tree(scim) == {"1": None, "2": None}


def test_what_is_gone(scim: Bench) -> None:
    """Deleting it again is a success, changing it is an AbsentFault, moving below it is not."""
    (gone,) = scim.done(department("x"))
    (here,) = scim.done(department("d"))
    step = {"remote": gone, "relations": Relations()}
    scim.done(department("x", Action.DELETE, **step))
    scim.done(department("x", Action.DELETE, **step))
    for change in (
        department("x", Action.UPDATE, fields={"displayName": "y"}, **step),
        department("x", Action.ADD, members=("u",), **step),
    ):
        assert isinstance(scim.fault(change), AbsentFault)
    fault = scim.fault(below(gone, "d", Action.MOVE, remote=here, had=Relations(parent=None)))
    assert not isinstance(fault, AbsentFault)
    assert "parent department" in str(fault)


def test_a_deleted_department_leaves_its_parent(scim: Bench) -> None:
    """No dangling member stays in the parent's group."""
    (top,) = scim.done(department("1"))
    (low,) = scim.done(below(top, "2"))
    had = Relations(parent=top)
    scim.done(department("2", Action.DELETE, remote=low, relations=Relations(), had=had))
    assert members(scim, "1") == []


def test_of_two_parents_ours_counts(scim: Bench) -> None:
    """A foreign group that contains our department is not taken for its parent."""
    (top,) = scim.done(department("m"))
    (low,) = scim.done(below(top, "2"))
    for name in ("a", "b", "c", "d"):
        inside = [{"value": low, "type": "Group"}]
        scim.hands.put_group(displayName=name, members=inside)
    found = {p.key: p.relations.parent for p in scim.read().present["department"]}
    assert found["2"] == top
