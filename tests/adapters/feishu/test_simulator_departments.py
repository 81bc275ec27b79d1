"""Departments: reading, writing, and every refusal."""

from __future__ import annotations

from typing import Any

import pytest

from domain.records import DepartmentRecord, MemberRecord, Roster
from tests.adapters.feishu.simulator_desk import Desk, many

ALL = "departments/0/children"


def new(desk: Desk, **body: Any) -> Any:
    """A department that is created."""
    given = {"name": "新", "parent_department_id": "0", **body}
    return desk.data("POST", "departments", **given)["department"]


def test_create_gives_both_ids_and_puts_it_last() -> None:
    desk = Desk()
    made = new(desk, department_id="lab", i18n_name={"en_us": "Lab"}, create_group_chat=True)
    assert made["department_id"] == "lab" and made["open_department_id"].startswith("od-")
    assert made["chat_id"].startswith("oc_") and made["order"] == "6"
    assert made["i18n_name"] == {"en_us": "Lab", "ja_jp": "", "zh_cn": ""}
    assert desk.data("GET", "departments/lab")["department"] == made
    generated = new(desk, name="二")["department_id"]
    assert desk.data("GET", f"departments/{generated}")["department"]["name"] == "二"
    assert [event for event, _ in desk.events()] == ["contact.department.created_v3"] * 2


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"name": ""}, (401, 40016)),
        ({"name": "a/b"}, (400, 43029)),
        ({"i18n_name": {"zh_cn": "a/b"}}, (400, 43029)),
        ({"name": "研发"}, (400, 43022)),
        ({"parent_department_id": ""}, (400, 44101)),
        ({"parent_department_id": "nowhere"}, (400, 99992380)),
        ({"department_id": "rd"}, (400, 43007)),
        ({"department_id": "od-x"}, (400, 43008)),
        ({"department_id": "0"}, (400, 43008)),
        ({"department_id": "1"}, (400, 43008)),
        ({"department_id": "-x"}, (400, 43008)),
        ({"department_id": "x" * 65}, (400, 43008)),
        ({"order": "2"}, (400, 43005)),
        ({"order": "-1"}, (400, 99992402)),
        ({"order": 7}, (400, 99992402)),
        ({"unit_ids": ["u"]}, (400, 43004)),
        ({"leader_user_id": "nobody"}, (400, 43025)),
        ({"leaders": [{"leaderType": 2, "leaderID": "ann"}]}, (400, 40001)),
        (
            {
                "leaders": [
                    {"leaderType": 1, "leaderID": "ann"},
                    {"leaderType": 2, "leaderID": "ann"},
                ]
            },
            (400, 43016),
        ),
        (
            {"leader_user_id": "bob", "leaders": [{"leaderType": 1, "leaderID": "ann"}]},
            (400, 40001),
        ),
        ({"leaders": [{"leaderType": 3, "leaderID": "ann"}]}, (400, 99992402)),
        ({"group_chat_employee_types": [9]}, (400, 43026)),
        ({"department_hrbps": ["nobody"]}, (400, 43028)),
        ({"create_group_chat": "maybe"}, (400, 99992402)),
    ],
)
def test_create_refuses(body: dict[str, Any], expected: tuple[int, int]) -> None:
    """A refused create changes nothing."""
    desk = Desk()
    before = desk.sim("GET", "roster")
    given = {"name": "新", "parent_department_id": "0", **body}
    assert desk.code("POST", "departments", **given) == expected
    assert desk.sim("GET", "roster") == before and desk.events() == []


def test_a_type_error_names_the_field_and_not_its_value() -> None:
    reply = Desk().ask("POST", "departments", name=["secret"], parent_department_id="0")
    violation = reply.json()["error"]["field_violations"][0]
    assert violation["field"] == "name" and "secret" not in reply.text


def test_names_differ_among_siblings_or_over_the_tenant() -> None:
    desk = Desk()
    assert new(desk, name="平台")["name"] == "平台"
    strict = Desk(unique_names="tenant")
    body = {"name": "平台", "parent_department_id": "0"}
    assert strict.code("POST", "departments", **body) == (400, 43022)
    new(desk, name="甲", i18n_name={"en_us": "A"})
    body = {"name": "乙", "parent_department_id": "0", "i18n_name": {"en_us": "A"}}
    assert desk.code("POST", "departments", **body) == (400, 43018)


def test_a_custom_id_is_free_again_after_deletion_but_the_open_id_is_not() -> None:
    desk = Desk()
    first = new(desk, department_id="lab")
    assert desk.data("DELETE", "departments/lab") == {}
    assert desk.code("GET", "departments/lab") == (400, 40015)
    second = new(desk, department_id="lab")
    assert second["open_department_id"] != first["open_department_id"]
    kind = {"department_id_type": "open_department_id"}
    assert desk.code("GET", f"departments/{first['open_department_id']}", kind) == (400, 40015)


def test_patch_leaves_what_is_absent_and_moves_with_another_parent() -> None:
    desk = Desk()
    new(desk, department_id="lab", leader_user_id="ann", department_hrbps=["bob"])
    body = {"parent_department_id": "rd"}
    moved = desk.data("PATCH", "departments/lab", **body)["department"]
    assert (moved["name"], moved["parent_department_id"]) == ("新", "rd")
    assert (moved["leader_user_id"], moved["department_hrbps"]) == ("ann", ["bob"])
    renamed = desk.data("PATCH", "departments/lab", name="旧", department_hrbps=[])["department"]
    assert (renamed["name"], renamed["department_hrbps"]) == ("旧", [])
    assert renamed["parent_department_id"] == "rd"
    event, told = desk.events()[-1]
    assert event == "contact.department.updated_v3"
    assert set(told["old_object"]) == {"name", "department_hrbps"}
    assert isinstance(told["object"]["order"], int)


@pytest.mark.parametrize(
    ("path", "body", "expected"),
    [
        ("0", {"name": "x"}, (400, 40002)),
        ("rd", {}, (400, 40008)),
        ("rd", {"name": ""}, (400, 40016)),
        ("rd", {"name": "人事-行政"}, (400, 43022)),
        ("rd", {"order": "5"}, (400, 43005)),
        ("rd", {"parent_department_id": "50"}, (400, 40018)),
        ("rd", {"parent_department_id": "rd"}, (400, 40018)),
        ("nowhere", {"name": "x"}, (400, 99992380)),
    ],
)
def test_patch_refuses(path: str, body: dict[str, Any], expected: tuple[int, int]) -> None:
    desk = Desk()
    assert desk.code("PATCH", f"departments/{path}", **body) == expected
    assert desk.events() == []


def test_put_clears_what_is_absent_save_order_and_chat() -> None:
    desk = Desk()
    body = {"leader_user_id": "ann", "order": "9", "create_group_chat": True}
    new(desk, department_id="lab", i18n_name={"zh_cn": "中"}, **body)
    kept = desk.data("PUT", "departments/lab", name="旧", parent_department_id="rd")["department"]
    assert (kept["leaders"], kept["leader_user_id"], kept["i18n_name"]["zh_cn"]) == ([], "", "")
    assert kept["order"] == "9" and kept["chat_id"]
    assert desk.code("PUT", "departments/lab", parent_department_id="rd") == (400, 40016)
    assert desk.code("PUT", "departments/lab", name="x") == (400, 40017)


def test_the_primary_leader_and_leader_user_id_are_the_same_person() -> None:
    desk = Desk()
    pair = [{"leaderType": 2, "leaderID": "bob"}, {"leaderType": 1, "leaderID": "ann"}]
    made = new(desk, department_id="lab", leaders=pair)
    assert made["leader_user_id"] == "ann" and made["leaders"] == pair[::-1]
    changed = desk.data("PATCH", "departments/lab", leader_user_id="cai")["department"]
    assert changed["leaders"] == [
        {"leaderType": 1, "leaderID": "cai"},
        {"leaderType": 2, "leaderID": "bob"},
    ]
    assert desk.data("PATCH", "departments/lab", leaders=[])["department"]["leader_user_id"] == ""
    desk.data("DELETE", "users/cai")
    assert desk.code("PATCH", "departments/lab", leader_user_id="cai") == (400, 42006)


def test_who_has_not_joined_leads_nothing() -> None:
    desk = Desk(auto_join=False)
    desk.data("POST", "users", **desk.person(user_id="dai"))
    assert desk.code("PATCH", "departments/rd", leader_user_id="dai") == (400, 43025)


def test_delete_needs_an_empty_department() -> None:
    desk = Desk()
    assert desk.code("DELETE", "departments/0") == (400, 40002)
    assert desk.code("DELETE", "departments/50") == (400, 43011)
    new(desk, department_id="a")
    new(desk, department_id="b", parent_department_id="a")
    assert desk.code("DELETE", "departments/a") == (400, 43012)
    desk.data("DELETE", "departments/b")
    desk.data("DELETE", "departments/a")
    event, told = desk.events()[-1]
    assert event == "contact.department.deleted_v3" and told["object"]["status"]["is_deleted"]


def test_depth_and_breadth_have_an_end() -> None:
    chain = [
        DepartmentRecord(id=f"l{i}", name=f"l{i}", parent_id=f"l{i - 1}" if i > 1 else None)
        for i in range(1, 26)
    ]
    desk = Desk(Roster(departments=tuple(chain)))
    assert desk.code("POST", "departments", name="x", parent_department_id="l25") == (400, 43019)
    new(desk, department_id="top")
    new(desk, department_id="sub", parent_department_id="top")
    assert desk.code("PATCH", "departments/top", parent_department_id="l24") == (400, 43019)
    desk.data("PATCH", "departments/top", parent_department_id="l23")
    wide = Desk(many(1000))
    assert wide.code("POST", "departments", name="x", parent_department_id="crowd") == (400, 43013)


def test_ids_change_a_limited_number_of_times() -> None:
    desk = Desk(id_changes=2)
    path = "departments/{}/update_department_id"
    assert desk.data("PATCH", path.format("hr"), new_department_id="h2") == {}
    assert desk.code("GET", "departments/hr") == (400, 40015)
    assert desk.code("PATCH", path.format("h2"), new_department_id="rd") == (400, 43007)
    assert desk.code("PATCH", path.format("h2"), new_department_id="a b") == (400, 43008)
    assert desk.code("PATCH", path.format("h2")) == (400, 40001)
    desk.data("PATCH", path.format("h2"), new_department_id="h3")
    assert desk.code("PATCH", path.format("h3"), new_department_id="h4") == (400, 43009)


def test_a_chat_is_unbound_once() -> None:
    desk, path = Desk(), "departments/unbind_department_chat"
    new(desk, department_id="lab", create_group_chat=True)
    assert desk.data("POST", path, department_id="lab") == {}
    assert desk.code("POST", path, department_id="lab") == (403, 40020)
    assert desk.code("POST", path) == (400, 44102)


def test_counts_follow_moves() -> None:
    desk = Desk()

    def counts(department: str) -> tuple[int, int]:
        shown = desk.data("GET", f"departments/{department}")["department"]
        return shown["member_count"], shown["primary_member_count"]

    assert (counts("0"), counts("rd"), counts("50")) == ((3, 1), (2, 1), (2, 1))
    desk.data("PATCH", "departments/50", parent_department_id="hr")
    assert (counts("rd"), counts("hr"), counts("0")) == ((1, 1), (2, 0), (3, 1))


@pytest.mark.parametrize("count", [49, 50, 51])
def test_pages_end_exactly(count: int) -> None:
    """No department is lost or comes twice where a page ends."""
    desk = Desk(many(count))
    for query in ({}, {"fetch_child": "True"}):
        pages = desk.pages("departments/crowd/children", page_size=50, **query)
        assert [len(page) for page in pages] == ([count] if count <= 50 else [50, count - 50])
        assert len({row["department_id"] for page in pages for row in page}) == count
    assert len(desk.pages("departments/crowd/children")[0]) == 10


def test_page_sizes_and_tokens_are_checked() -> None:
    desk = Desk(many(60))
    for size in ("51", "0", "x"):
        assert desk.code("GET", ALL, {"page_size": size}) == (400, 40011)
    token = desk.data("GET", "departments/crowd/children", {"page_size": 50})["page_token"]
    for wrong in ("nonsense", "AAAA", token[:-4]):
        query = {"page_token": wrong}
        assert desk.code("GET", "departments/crowd/children", query) == (400, 40012)
    assert desk.code("GET", ALL, {"page_token": token}) == (400, 40012)


def test_children_are_ordered_and_everything_below_is_not() -> None:
    desk = Desk()
    assert [row["department_id"] for row in desk.data("GET", ALL)["items"]] == ["rd", "hr"]
    below = desk.data("GET", ALL, {"fetch_child": "true"})["items"]
    assert {row["department_id"] for row in below} == {"rd", "50", "hr"}
    big = Desk(many(20), recursion_limit=10)
    assert big.code("GET", ALL, {"fetch_child": "true"}) == (400, 43010)
    assert big.code("GET", ALL) == (200, 0)
    old = desk.data("GET", "departments", {"parent_department_id": "rd"})["items"]
    assert [row["department_id"] for row in old] == ["50"]


def test_parents_go_up_without_the_root() -> None:
    desk = Desk()
    new(desk, department_id="lab", parent_department_id="50")
    items = desk.data("GET", "departments/parent", {"department_id": "lab"})["items"]
    assert [row["department_id"] for row in items] == ["50", "rd"]
    assert desk.code("GET", "departments/parent") == (400, 44102)


def test_batch_leaves_out_what_it_does_not_know() -> None:
    desk, path = Desk(), "departments/batch"
    items = desk.data("GET", path, {"department_ids": ["rd", "nowhere", "50"]})["items"]
    assert [row["department_id"] for row in items] == ["rd", "50"]
    assert desk.code("GET", path) == (400, 99992402)
    ids = [str(number) for number in range(51)]
    assert desk.code("GET", path, {"department_ids": ids}) == (400, 99992402)


def test_each_kind_of_id_has_its_own_refusal() -> None:
    desk = Desk()
    open_id = desk.data("GET", "departments/rd")["department"]["open_department_id"]
    kind = {"department_id_type": "open_department_id"}
    shown = desk.data("GET", f"departments/{open_id}", kind)["department"]
    assert shown["department_id"] == "rd"
    reply = desk.ask("GET", "departments/rd", kind)
    assert (reply.status_code, reply.json()["code"]) == (400, 99992357)
    assert "{open_department_id} or not exists. Invalid ids: [rd]" in reply.json()["msg"]
    assert desk.code("GET", f"departments/{open_id}") == (400, 99992380)
    assert desk.code("GET", "departments/rd", {"department_id_type": "x"}) == (400, 99992402)


def test_another_source_keeps_its_departments() -> None:
    desk = Desk(external_departments=["rd"])
    assert desk.code("PATCH", "departments/rd", name="x") == (400, 43031)
    assert desk.code("DELETE", "departments/rd") == (400, 43031)


def test_who_leaves_leads_no_more() -> None:
    desk = Desk(
        Roster(
            departments=(DepartmentRecord(id="a", name="a", parent_id=None, leaders=("x", "y")),),
            members=(
                MemberRecord(id="x", name="x", departments=()),
                MemberRecord(id="y", name="y", departments=(), manager="x"),
            ),
        )
    )
    desk.data("DELETE", "users/x")
    shown = desk.data("GET", "departments/a")["department"]
    assert shown["leaders"] == [{"leaderType": 2, "leaderID": "y"}]
    assert shown["leader_user_id"] == ""
    assert desk.data("GET", "users/y")["user"]["leader_user_id"] == ""
