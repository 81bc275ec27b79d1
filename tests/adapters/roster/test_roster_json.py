"""A roster in JSON: what is read, and what is said about mistakes."""

from __future__ import annotations

import pytest
from msgspec import UNSET

from adapters.roster.read import read_roster
from domain.errors import InputError
from domain.records import DepartmentRecord, MemberRecord, RoleRecord
from tests.adapters.roster.files import json_file, refused

HQ = {"id": "hq", "name": "HQ", "parent_id": None}
ANN = {"id": "ann", "name": "Ann", "departments": ["hq"]}


def read(tmp_path, **lists):
    return read_roster(json_file(tmp_path, **lists)).roster


def test_absent_is_unknown_and_null_is_empty(tmp_path):
    bob = {**ANN, "id": "bob", "email": None, "manager": None, "departments": None}
    ann, bob = read(tmp_path, departments=[HQ], members=[ANN, bob]).members
    assert ann == MemberRecord(id="ann", name="Ann", departments=("hq",))
    assert (bob.email, bob.manager, bob.departments) == (None, None, ())


def test_every_field_is_read(tmp_path):
    department = {**HQ, "leaders": ["ann"], "order": 3, "details": {"floor": 7}}
    member = {
        **ANN,
        "main_department": "hq",
        "email": "ann@acme.cn",
        "mobile": "+86-138",
        "job_number": "007",
        "title": "Lead",
        "avatar": "https://a.cn/1.png",
        "active": False,
        "manager": "ann",
        "keys": {"unionid": "x"},
        "details": {"a": [1]},
    }
    role = {"id": "r", "name": "R", "group": "G", "group_id": "g", "members": ["ann"]}
    roster = read(tmp_path, departments=[department], members=[member], roles=[role])
    assert roster.departments == (
        DepartmentRecord(
            id="hq", name="HQ", parent_id=None, leaders=("ann",), order=3, details={"floor": 7}
        ),
    )
    assert roster.members == (MemberRecord(**{**member, "departments": ("hq",)}),)
    assert roster.roles == (RoleRecord(**{**role, "members": ("ann",)}),)


def test_null_leaders_and_holders_are_nobody(tmp_path):
    role = {"id": "r", "name": "R", "members": None}
    roster = read(tmp_path, departments=[{**HQ, "leaders": None}], roles=[role])
    assert roster.departments[0].leaders == ()
    assert roster.roles[0].members == ()


def test_ids_may_be_numbers(tmp_path):
    department = {"id": 1, "name": "HQ", "parent_id": None, "leaders": [7]}
    member = {"id": 7, "name": "Ann", "departments": [1], "mobile": 13800138000, "job_number": 7}
    roster = read(tmp_path, departments=[department], members=[member])
    assert roster.departments[0].leaders == ("7",)
    ann = roster.members[0]
    assert (ann.departments, ann.mobile, ann.job_number) == (("1",), "13800138000", "7")


def test_unknown_keys_go_to_the_details_and_the_uid_of_the_ledger_does_not(tmp_path):
    member = {**ANN, "uid": "m-1", "site": "B", "level": None, "details": {"floor": 7}}
    (ann,) = read(tmp_path, departments=[HQ], members=[member]).members
    assert ann.details == {"floor": 7, "site": "B", "level": None}


def test_other_keys_beside_the_lists_are_not_the_rosters(tmp_path):
    assert read(tmp_path, at="2026-01-01", departments=[HQ]).departments[0].id == "hq"


def test_an_empty_text_is_an_empty_field(tmp_path):
    (ann,) = read(tmp_path, departments=[HQ], members=[{**ANN, "email": ""}]).members
    assert ann.email is None


def test_an_active_of_null_is_unknown(tmp_path):
    (ann,) = read(tmp_path, departments=[HQ], members=[{**ANN, "active": None}]).members
    assert ann.active is UNSET


def test_an_empty_organization_is_read_as_empty(tmp_path):
    assert read(tmp_path).members == ()


def test_a_file_that_does_not_speak_of_roles_does_not_know_them(tmp_path):
    assert not read_roster(json_file(tmp_path)).roles
    assert read_roster(json_file(tmp_path, roles=[])).roles
    assert read_roster(json_file(tmp_path, roles=None)).roles


def test_a_byte_order_mark_does_no_harm(tmp_path):
    path = json_file(tmp_path, departments=[HQ])
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    assert len(read_roster(path).roster.departments) == 1


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ('{"members": [\n {"id": 1,}]}', "line 2, column 11: the JSON is malformed: "),
        ('{"members": [', "line 1, column 14: the JSON is malformed: expecting value"),
        ("", "the file is empty. "),
        (" \n", "the file is empty. "),
        ("[]", "the file does not hold an object. "),
        ('{"departments": [], "members": {}}', "members: it is not a list. "),
        ('{"departments": []}', "members: the list is missing. "),
        ('{"departments": [7], "members": []}', "departments[0]: it is not an object. "),
        ('{"departments": [], "members": [], "x": NaN}', "a number or a character in it is none"),
        ('{"a": "\\ud800"}', "a number or a character in it is none that JSON allows"),
        ("[" * 100_000, "it is nested too deeply"),
    ],
    ids=range(11),
)
def test_a_file_of_the_wrong_form_is_refused_with_the_place(tmp_path, text, problem):
    path = tmp_path / "roster.json"
    path.write_text(text, encoding="utf-8")
    (found,) = refused(path)
    assert found.startswith(problem)


def test_a_file_in_another_encoding_is_refused_with_the_line(tmp_path):
    path = tmp_path / "roster.json"
    path.write_bytes('{"departments": [],\n"members": [{"name": "张"}]}'.encode("gb18030"))
    assert refused(path) == ["line 2: the file is not in UTF-8. Mend the JSON at this place."]


def test_a_file_that_is_missing_says_where_it_was_looked_for(tmp_path):
    with pytest.raises(InputError, match=r"There is no file .*nowhere\.json\. Correct the path"):
        read_roster(tmp_path / "nowhere.json")


@pytest.mark.parametrize("name", ["nowhere.txt", "nowhere"])
def test_a_missing_file_of_an_unknown_form_is_missing(tmp_path, name):
    with pytest.raises(InputError, match="There is no file"):
        read_roster(tmp_path / name)


def test_a_file_of_an_unknown_form_is_refused_with_the_forms_there_are(tmp_path):
    path = tmp_path / "roster.pdf"
    path.write_bytes(b"%PDF")
    with pytest.raises(InputError, match=r"Give a \.json or \.xlsx file, or \.csv files"):
        read_roster(path)


def test_a_folder_named_like_a_file_is_refused_with_the_reason(tmp_path):
    (tmp_path / "members.csv").mkdir()
    (tmp_path / "departments.csv").write_text("id,name,parent_id\n")
    with pytest.raises(InputError, match="cannot be read"):
        read_roster(tmp_path / "members.csv" / ".." / "departments.csv")
