"""Rows: the directory in the exchange format."""

from __future__ import annotations

import msgspec

from domain import events as e
from domain.records import Roster
from domain.rows import Rows
from tests.projections.org_tree.histories import FOUNDED, LATER, directory

HIDES = e.SourceScopeChanged(uid="acme", system="hr", hidden={"member": ("mobile", "email")})


def test_ids_are_those_of_the_source() -> None:
    rows = Rows(directory())
    ben = rows.member(rows.directory.members["m-b"])
    assert (ben["id"], ben["uid"]) == ("b", "m-b")
    assert (ben["departments"], ben["manager"]) == (["2", "3"], "a")
    assert rows.department(rows.directory.departments["d-2"]) == {
        "id": "2",
        "uid": "d-2",
        "name": "Search",
        "parent_id": "1",
        "leaders": ["c"],
        "order": None,
    }


def test_an_entity_is_found_by_either_id() -> None:
    rows = Rows(directory())
    assert rows.uid("member", "b") == rows.uid("member", "m-b") == "m-b"
    assert rows.uid("member", "zzz") is None


def test_a_hidden_field_is_absent_and_an_empty_one_is_none() -> None:
    rows = Rows(directory([*FOUNDED, HIDES]))
    ann = rows.member(rows.directory.members["m-d"])
    assert "email" not in ann
    assert ann["title"] is None
    assert rows.not_permitted("member") == {"mobile", "email"}


def test_a_hidden_field_that_is_known_from_before_is_told() -> None:
    rows = Rows(directory([*FOUNDED, HIDES]))
    assert rows.member(rows.directory.members["m-b"])["email"] == "ben@example.com"


def test_further_ids_and_the_group_are_told() -> None:
    rows = Rows(directory())
    assert rows.member(rows.directory.members["m-b"])["keys"] == {"unionid": "x:b"}
    role = rows.role(rows.directory.roles["r-1"])
    assert role | {"uid": ""} == {
        "id": "9", "uid": "", "name": "Auditor", "group": "Audit", "group_id": "77",
        "members": ["a", "b"],
    }  # fmt: skip


def test_a_group_that_is_known_by_its_name_has_no_id() -> None:
    group = e.RoleGroupCreated(
        uid="g-1", name="Audit", origin=e.Origin(system="hr", id="name:Audit")
    )
    role = e.RoleCreated(uid="r-1", name="Auditor", group="g-1")
    rows = Rows(directory([FOUNDED[0], group, role]))
    assert "group_id" not in rows.role(rows.directory.roles["r-1"])


def test_who_is_gone_is_left_out_unless_asked_for() -> None:
    rows = Rows(directory([*FOUNDED, *LATER]))
    assert [m["id"] for m in rows.roster()["members"]] == ["a", "b", "c", "e"]
    everybody = {m["id"]: m.get("state") for m in rows.roster(everything=True)["members"]}
    assert everybody == {"a": None, "b": None, "c": None, "d": "resigned", "e": None}


def test_rows_are_a_roster() -> None:
    rows = Rows(directory([*FOUNDED, *LATER])).roster()
    roster = msgspec.convert(rows, Roster)
    assert [member.id for member in roster.members] == ["a", "b", "c", "e"]
    assert roster.members[2].active is False
