"""People: creating and changing them, and every refusal."""

from __future__ import annotations

from typing import Any

import pytest

from tests.adapters.feishu.simulator_desk import Desk

ATTRS = [
    {"id": "C-1", "name": "note"},
    {"id": "C-2", "name": "link", "type": "HREF"},
    {"id": "C-3", "name": "size", "type": "ENUMERATION", "options": {"o1": "L"}},
    {"id": "C-4", "name": "buddy", "type": "GENERIC_USER"},
]


def test_create_shows_everything_and_gives_all_ids() -> None:
    desk = Desk()
    body = desk.person(
        user_id="dai",
        email="d@example.com",
        department_ids=["rd", "hr"],
        leader_user_id="ann",
        dotted_line_leader_user_ids=["bob"],
        job_title="工程师",
        employee_no="77",
        join_time=1700000000,
        country="CN",
    )
    made = desk.data("POST", "users", **body)["user"]
    for name, value in body.items():
        assert made[name] == value
    assert made["open_id"].startswith("ou_") and made["union_id"].startswith("on_")
    assert made["status"] == {
        "is_frozen": False,
        "is_resigned": False,
        "is_activated": False,
        "is_exited": False,
        "is_unjoin": False,
    }
    assert [one["is_primary_dept"] for one in made["orders"]] == [True, False]
    assert desk.data("GET", "users/dai")["user"] == made
    generated = desk.data("POST", "users", **desk.person())["user"]["user_id"]
    assert desk.code("GET", f"users/{generated}") == (200, 0)
    assert [event for event, _ in desk.events()] == ["contact.user.created_v3"] * 2


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"name": None}, 41006),
        ({"name": " "}, 41040),
        ({"name": "x" * 256}, 41070),
        ({"en_name": "x" * 256}, 41071),
        ({"nickname": "x" * 256}, 41072),
        ({"mobile": None}, 41009),
        ({"mobile": None, "email": "x@example.com"}, 41010),
        ({"mobile": "13800000001"}, 41001),
        ({"mobile": "+8613800000001"}, 41001),
        ({"mobile": "1234"}, 41004),
        ({"mobile": "+41446681800"}, 44020),
        ({"email": "ann@example.com"}, 41002),
        ({"email": "nobody"}, 41005),
        ({"department_ids": None}, 41017),
        ({"department_ids": []}, 41017),
        ({"department_ids": [f"d{i}" for i in range(51)]}, 41033),
        ({"department_ids": ["nowhere"]}, 99992380),
        ({"department_ids": "hr"}, 99992402),
        ({"employee_type": None}, 41057),
        ({"employee_type": 9}, 41059),
        ({"employee_type": "1.5"}, 99992402),
        ({"user_id": "ann"}, 41011),
        ({"user_id": "x" * 65}, 41043),
        ({"user_id": "a b"}, 41012),
        ({"gender": 4}, 41038),
        ({"avatar_key": "a/b"}, 41036),
        ({"leader_user_id": "nobody"}, 44022),
        ({"city": "x" * 101}, 99992402),
        ({"country": "china"}, 99992402),
        ({"join_time": -1}, 41042),
        ({"employee_no": "1"}, 44051),
        ({"enterprise_email": "x@example.com"}, 44001),
        ({"job_title": "x" * 101}, 41063),
        ({"job_level_id": "l"}, 44044),
        ({"job_family_id": "f"}, 44045),
        ({"geo": "moon"}, 44038),
        ({"orders": [{"department_id": "rd"}]}, 41025),
        ({"custom_attrs": [{"type": "TEXT", "value": {"text": "x"}}]}, 41044),
        ({"custom_attrs": [{"id": "C-9", "type": "TEXT", "value": {"text": "x"}}]}, 41045),
        ({"custom_attrs": [{"id": "C-1", "type": "HREF", "value": {"text": "x"}}]}, 41045),
        ({"custom_attrs": [{"id": "C-1", "type": "TEXT"}]}, 41046),
        ({"custom_attrs": [{"id": "C-2", "type": "HREF", "value": {"url": "x"}}]}, 41047),
        ({"custom_attrs": [{"id": "C-2", "type": "HREF", "value": {"text": "x"}}]}, 41048),
        (
            {"custom_attrs": [{"id": "C-3", "type": "ENUMERATION", "value": {"option_id": "x"}}]},
            41046,
        ),
    ],
)
def test_create_refuses(body: dict[str, Any], code: int) -> None:
    """A refused create changes nothing."""
    desk = Desk(custom_attrs=ATTRS)
    before = desk.sim("GET", "roster")
    assert desk.code("POST", "users", **desk.person(**body)) == (400, code)
    assert desk.sim("GET", "roster") == before and desk.events() == []


def test_an_inactive_employee_type_is_41060_and_an_own_one_is_good() -> None:
    desk = Desk(employee_types={7: "Guest", 8: "Old"}, inactive_employee_types=[8])
    assert desk.code("POST", "users", **desk.person(employee_type=8)) == (400, 41060)
    assert desk.code("POST", "users", **desk.person(employee_type=7)) == (200, 0)


def test_regions_of_mobile_numbers() -> None:
    foreign = {"mobile": "+41446681800", "email": "x@example.com"}
    lark, small, desk = Desk(lark=True), Desk(certified=False), Desk()
    assert lark.code("POST", "users", **lark.person()) == (400, 44018)
    assert lark.code("POST", "users", **lark.person(**foreign)) == (200, 0)
    assert small.code("POST", "users", **small.person(**foreign)) == (400, 44019)
    assert desk.code("POST", "users", **desk.person(**foreign)) == (200, 0)


def test_a_full_department_is_41016() -> None:
    desk = Desk(department_size=2)
    body = {"department_ids": ["50"]}
    assert desk.code("POST", "users", **desk.person(**body)) == (400, 41016)
    assert desk.code("PATCH", "users/ann", department_ids=["50"]) == (200, 0)


def test_the_primary_department_has_the_largest_order() -> None:
    desk = Desk()

    def order(department: str, rank: int, primary: bool) -> dict[str, Any]:
        return {
            "department_id": department,
            "user_order": 5,
            "department_order": rank,
            "is_primary_dept": primary,
        }

    two = {"department_ids": ["rd", "hr"]}
    good = [order("rd", 1, False), order("hr", 2, True)]
    made = desk.data("POST", "users", **desk.person(user_id="dai", orders=good, **two))["user"]
    assert made["orders"] == good
    assert desk.data("GET", "departments/hr")["department"]["primary_member_count"] == 1
    for bad in (
        [order("rd", 3, False), order("hr", 2, True)],
        [order("rd", 2, True), order("hr", 1, True)],
    ):
        body = desk.person(orders=bad, **two)
        assert desk.code("POST", "users", **body) == (400, 41410)
    assert desk.code("PATCH", "users/dai", orders=good) == (400, 44002)
    assert desk.code("PATCH", "users/dai", orders=good, **two) == (200, 0)


def test_custom_fields_name_people_by_user_id_whatever_the_call_uses() -> None:
    desk = Desk(custom_attrs=ATTRS)
    values = [
        {"type": "TEXT", "id": "C-1", "value": {"text": "x"}},
        {"type": "ENUMERATION", "id": "C-3", "value": {"option_id": "o1"}},
        {"type": "GENERIC_USER", "id": "C-4", "value": {"generic_user": {"id": "ann", "type": 1}}},
    ]
    open_ids = {"user_id_type": "open_id"}
    made = desk.data("POST", "users", open_ids, **desk.person(custom_attrs=values))["user"]
    assert made["custom_attrs"][1]["value"] == {"option_id": "o1", "option_value": "L"}
    assert made["custom_attrs"][2]["value"]["generic_user"]["id"].startswith("ou_")
    wrong = [{**values[2], "value": {"generic_user": {"id": "ou_1", "type": 1}}}]
    assert desk.code("POST", "users", open_ids, **desk.person(custom_attrs=wrong)) == (400, 41046)


def test_patch_leaves_what_is_absent_and_empties_what_is_empty() -> None:
    desk = Desk()
    body = {"en_name": "Ann", "leader_user_id": "cai", "join_time": 1700000000}
    shown = desk.data("PATCH", "users/ann", **body)["user"]
    assert (shown["name"], shown["email"], shown["en_name"]) == ("安", "ann@example.com", "Ann")
    assert (shown["leader_user_id"], shown["department_ids"]) == ("cai", ["rd", "50"])
    emptied = {"email": "", "leader_user_id": "", "join_time": 0, "job_title": ""}
    shown = desk.data("PATCH", "users/ann", **emptied)["user"]
    assert {name: shown[name] for name in emptied} == emptied
    assert shown["en_name"] == "Ann"
    *_, (_, told), (_, apart) = desk.events()
    assert {*told["old_object"], *apart["old_object"]} == set(emptied)
    assert set(apart["old_object"]) == {"email"}
    assert desk.code("POST", "users", **desk.person(email="ann@example.com")) == (200, 0)


@pytest.mark.parametrize(
    ("person", "body", "code"),
    [
        ("ann", {"leader_user_id": "ann"}, 41030),
        ("ann", {"name": ""}, 41040),
        ("cai", {"mobile": "13800000001"}, 41001),
        ("ann", {"is_frozen": "yes"}, 99992402),
        ("ann", {"department_ids": []}, 41017),
        ("nobody", {"name": "x"}, 99992360),
        ("bob", {"is_frozen": True, "name": "x"}, 44036),
    ],
)
def test_patch_refuses(person: str, body: dict[str, Any], code: int) -> None:
    desk = Desk(founder="bob")
    assert desk.code("PATCH", f"users/{person}", **body) == (400, code)
    assert desk.events() == []


def test_moves_and_freezing_are_limited_to_one_a_second() -> None:
    """Only what really moves or freezes counts; other changes go on."""
    desk = Desk()
    assert desk.code("PATCH", "users/ann", department_ids=["rd", "50"]) == (200, 0)
    assert desk.code("PATCH", "users/ann", is_frozen=True) == (200, 0)
    reply = desk.ask("PATCH", "users/cai", department_ids=["hr"])
    assert (reply.status_code, reply.json()["code"]) == (429, 99991400)
    assert reply.headers["x-ogw-ratelimit-reset"] == "1"
    assert reply.headers["x-ogw-ratelimit-limit"] == "1"
    assert desk.code("PATCH", "users/cai", name="蔡二") == (200, 0)
    assert desk.data("GET", "users/cai")["user"]["department_ids"] == ["0"]
    desk.sim("POST", "clock", {"advance": 1})
    assert desk.code("PATCH", "users/cai", department_ids=["hr"]) == (200, 0)
    assert desk.sim("GET", "stats")["throttled"] == 1
    free = Desk(move_per_second=None)
    for frozen in (True, False, True):
        assert free.code("PATCH", "users/ann", is_frozen=frozen) == (200, 0)
    roster = free.sim("GET", "roster")["members"]
    assert [one["active"] for one in roster if one["id"] == "ann"] == [False]


def test_half_successes_are_errors_although_the_person_is_there() -> None:
    desk = Desk(refused_cities=["Atlantis"], refused_job_titles=["King"])
    both = {"city": "Atlantis", "job_title": "King"}
    for number, body in enumerate(
        ({"city": "Atlantis"}, {"job_title": "King"}, both),
    ):
        made = desk.person(user_id=f"u{number}", **body)
        assert desk.code("POST", "users", **made) == (400, 44054 + number)
        assert desk.data("GET", f"users/u{number}")["user"]["city"] == ""
        changed = {"name": "neu", **body}
        assert desk.code("PATCH", f"users/u{number}", **changed) == (400, 44057 + number)
        assert desk.data("GET", f"users/u{number}")["user"]["name"] == "neu"


def test_who_has_not_joined_cannot_be_changed() -> None:
    desk = Desk(auto_join=False)
    made = desk.data("POST", "users", **desk.person(user_id="dai"))["user"]
    assert made["status"]["is_unjoin"] is True
    assert desk.code("PATCH", "users/dai", name="x") == (400, 44010)
    joined = {"op": "update_member", "id": "dai", "details": {"is_unjoin": False}}
    desk.sim("POST", "change", joined)
    assert desk.code("PATCH", "users/dai", name="x") == (200, 0)


def test_another_source_keeps_its_people() -> None:
    assert Desk(external_users=["ann"]).code("PATCH", "users/ann", name="x") == (400, 44053)


def test_user_ids_change_a_limited_number_of_times() -> None:
    desk, path = Desk(id_changes=1), "users/{}/update_user_id"
    assert desk.code("PATCH", path.format("ann"), new_user_id="bob") == (400, 41011)
    assert desk.code("PATCH", path.format("ann")) == (400, 41054)
    assert desk.data("PATCH", path.format("ann"), new_user_id="an2") == {}
    assert desk.code("GET", "users/ann") == (400, 99992360)
    assert desk.data("GET", "departments/rd")["department"]["leader_user_id"] == "an2"
    assert desk.code("PATCH", path.format("an2"), new_user_id="an3") == (400, 41013)
