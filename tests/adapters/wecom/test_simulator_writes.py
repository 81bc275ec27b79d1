"""Writing with the contact-sync secret: departments, people, tags, each with its rules."""

from __future__ import annotations

from typing import Any

import pytest

from adapters.wecom.order import TOP
from domain.records import DepartmentRecord, MemberRecord, Roster
from tests.adapters.wecom.simulator_desk import SMALL, Desk


def departments(desk: Desk) -> dict[int, dict[str, Any]]:
    return {one["id"]: one for one in desk.get("department/list")["department"]}


def test_a_department_with_an_id_of_ones_own() -> None:
    """create says "created" with the id; without one WeCom makes it."""
    desk = Desk()
    body = {"name": "新", "name_en": "New", "parentid": 2, "order": 10, "id": 4_294_967_295}
    reply = desk.post("department/create", **body)
    assert (reply["errmsg"], reply["id"]) == ("created", 4_294_967_295)
    shown = departments(desk)[4_294_967_295]
    assert (shown["name"], shown["name_en"], shown["parentid"], shown["order"]) == (
        "新",
        "New",
        2,
        10,
    )
    other = desk.post("department/create", name="别", parentid=1)["id"]
    assert other not in (1, 2, 3)
    assert departments(desk)[other]["order"] == 0


def test_departments_move_and_are_renamed_and_deleted() -> None:
    """update changes what it says only; delete takes what is empty."""
    desk = Desk()
    assert desk.post("department/update", id=3, parentid=1)["errmsg"] == "updated"
    assert departments(desk)[3]["parentid"] == 1 and departments(desk)[3]["name"] == "平台"
    desk.post("department/update", id=3, name="平台部", order=7)
    assert (departments(desk)[3]["name"], departments(desk)[3]["order"]) == ("平台部", 7)
    made = desk.post("department/create", name="x", parentid=2)["id"]
    assert desk.get("department/delete", "contact", id=made)["errmsg"] == "deleted"
    assert desk.code("contact", "department/delete", {"id": made}) == 60003


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"parentid": 1}, 60125),
        ({"name": "", "parentid": 1}, 60001),
        ({"name": "x" * 65, "parentid": 1}, 60001),
        ({"name": "a|b", "parentid": 1}, 60009),
        ({"name": "a｜b", "parentid": 1}, 60009),
        ({"name": "x"}, 60124),
        ({"name": "x", "parentid": 99}, 60004),
        ({"name": "研发", "parentid": 1}, 60008),
        ({"name": "x", "parentid": 1, "id": 2}, 60008),
        ({"name": "x", "parentid": 1, "id": 1}, 60008),
        ({"name": "x", "parentid": 1, "id": 2**32}, 40058),
        ({"name": "x", "parentid": 1, "order": 2**32}, 40058),
        ({"name": 5, "parentid": 1}, 40058),
    ],
)
def test_departments_that_cannot_be(body: dict[str, Any], code: int) -> None:
    """Names, parents, ids and orders outside the rules create nothing."""
    desk = Desk()
    before = departments(desk)
    assert desk.code("contact", "department/create", **body) == code
    assert departments(desk) == before


def test_a_wrong_type_is_warned_about() -> None:
    """The wording says so (global error codes)."""
    reply = Desk().ask("contact", "department/create", name=5, parentid=1)
    assert reply["errmsg"].startswith("Warning: wrong json format.")


def test_the_tree_keeps_its_shape() -> None:
    """No cycle, no deletion of the root or of what is not empty, at most 15 levels."""
    desk = Desk()
    assert desk.code("contact", "department/update", id=2, parentid=3) == 60010
    assert desk.code("contact", "department/update", id=2, parentid=2) == 60010
    assert desk.code("contact", "department/delete", {"id": 1}) == 60007
    assert desk.code("contact", "department/delete", {"id": 3}) == 60005
    parent = 1
    for level in range(2, 16):
        parent = desk.post("department/create", name=f"l{level}", parentid=parent)["id"]
    assert desk.code("contact", "department/create", name="deep", parentid=parent) == 81002
    desk.get("user/delete", "contact", userid="Ann")
    assert desk.code("contact", "department/delete", {"id": 2}) == 60006


def test_somebody_new_is_not_activated_and_is_invited_by_default() -> None:
    """user/create: parallel arrays, a main department, status 4; to_invite is true unless said."""
    desk = Desk(private_fields="shown")
    body = {
        "userid": "eve",
        "name": "夏",
        "mobile": "+86 13900000001",
        "department": [2, 3],
        "order": [10, 40],
        "is_leader_in_dept": [1, 0],
        "main_department": 3,
        "direct_leader": ["ANN"],
        "position": "工程师",
        "gender": "2",
        "telephone": "020-123456",
    }
    assert desk.post("user/create", **body)["errmsg"] == "created"
    shown = desk.get("user/get", userid="eve")
    assert (shown["department"], shown["order"], shown["is_leader_in_dept"]) == (
        [2, 3],
        [10, 40],
        [1, 0],
    )
    assert (shown["status"], shown["main_department"], shown["direct_leader"]) == (4, 3, ["Ann"])
    assert (shown["mobile"], shown["gender"]) == ("13900000001", "2")
    assert departments(desk)[2]["department_leader"] == ["eve", "Ann"]
    quiet = {"userid": "fay", "name": "f", "email": "fay@example.com", "to_invite": False}
    desk.post("user/create", **quiet)
    users = desk.app.provider._world.directory.people.users  # type: ignore[attr-defined]
    assert (users["eve"].invited, users["fay"].invited) == (True, False)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"userid": ""}, 41009),
        ({"userid": "-a"}, 40003),
        ({"userid": "a b"}, 40003),
        ({"userid": "x" * 65}, 40003),
        ({"userid": "ANN"}, 60102),
        ({"name": ""}, 60112),
        ({"name": "x" * 65}, 60112),
        ({"email": None}, 60129),
        ({"email": "x"}, 60105),
        ({"email": "dai@example.com"}, 60106),
        ({"mobile": "13800000001"}, 60104),
        ({"mobile": "abc"}, 60103),
        ({"department": [2], "is_leader_in_dept": [1, 0]}, 60132),
        ({"department": [2], "order": [1, 0]}, 40058),
        ({"department": list(range(2, 103))}, 60110),
        ({"department": [2], "main_department": 3}, 40058),
        ({"direct_leader": ["nobody"]}, 60111),
        ({"direct_leader": ["Ann", "bob"]}, 60257),
        ({"biz_mail": "x@elsewhere.example"}, 60143),
        ({"gender": "3"}, 40058),
        ({"telephone": "abc"}, 40058),
        ({"position": "x" * 129}, 40058),
    ],
)
def test_people_who_cannot_be(change: dict[str, Any], code: int) -> None:
    """Every rule of user/create has its code, and nobody is created."""
    desk = Desk()
    body = {"userid": "new", "name": "新", "email": "new@example.com", **change}
    assert desk.code("contact", "user/create", **body) == code
    assert len(desk.sim("GET", "roster")["members"]) == len(SMALL.members)


def test_a_number_that_is_taken_names_its_holder() -> None:
    """60104 says whose it is."""
    body = {"userid": "new", "name": "新", "mobile": "13800000001"}
    reply = Desk().ask("contact", "user/create", **body)
    assert reply["errmsg"].startswith("mobile existed:Ann")


def test_unknown_departments_are_made_and_told() -> None:
    """Without a department one is "to be assigned"; an unknown one appears below it."""
    desk = Desk()
    desk.post("user/create", userid="eve", name="夏", email="eve@example.com")
    (waiting,) = desk.get("user/get", userid="eve")["department"]
    assert departments(desk)[waiting]["name"].startswith("其他")
    body = {"userid": "fay", "name": "f", "email": "fay@example.com", "department": [2, 777]}
    made = desk.post("user/create", **body)["created_department_list"]
    assert made == {"department_info": [{"name": "777", "id": 777}]}
    assert departments(desk)[777]["parentid"] == waiting
    assert desk.code("contact", "user/update", userid="fay", department=[778]) == 40066


def test_updates_change_what_they_say() -> None:
    """Absent stays; the mobile of somebody activated stays silently; userids ignore case."""
    desk = Desk(private_fields="shown")
    desk.post("user/update", userid="ann", name="安娜", mobile="13999999999", department=[3])
    ann = desk.get("user/get", userid="Ann")
    assert (ann["name"], ann["mobile"], ann["department"]) == ("安娜", "13800000001", [3])
    assert ann["email"] == "ann@example.com" and ann["position"] == "主任"
    desk.post("user/update", userid="bob", enable=1, direct_leader=[])
    bob = desk.get("user/get", userid="bob")
    assert (bob["status"], bob["direct_leader"]) == (1, [])
    desk.change("update_member", id="dai", details={"status": 4})
    desk.post("user/update", userid="dai", mobile="13999999999")
    assert desk.get("user/get", userid="dai")["mobile"] == "13999999999"
    assert desk.code("contact", "user/update", userid="nobody", name="x") == 60111
    assert desk.code("contact", "user/update", userid="dai", mobile="", email="") == 60129


def test_an_order_and_a_leadership_stay_where_a_person_stays() -> None:
    """Departments given again without order and leadership keep both."""
    desk = Desk()
    desk.post("user/update", userid="Ann", department=[2, 3], order=[5, 6])
    desk.post("user/update", userid="Ann", department=[2])
    ann = desk.get("user/get", userid="Ann")
    assert (ann["department"], ann["order"], ann["is_leader_in_dept"]) == ([2], [5], [1])
    assert ann["main_department"] == 2


def test_a_userid_changes_once_if_wecom_made_it() -> None:
    """301036 otherwise; tags and reports follow the new one."""
    desk = Desk()
    assert desk.code("contact", "user/update", userid="Ann", new_userid="Anna") == 301036
    desk.change("update_member", id="Ann", details={"userid_generated": True})
    assert desk.code("contact", "user/update", userid="Ann", new_userid="-") == 40003
    assert desk.code("contact", "user/update", userid="Ann", new_userid="BOB") == 60102
    desk.post("user/update", userid="Ann", new_userid="Anna")
    assert desk.code("app", "user/get", {"userid": "Ann"}) == 60111
    assert desk.get("user/get", userid="anna")["is_leader_in_dept"] == [1, 0]
    assert desk.get("user/get", userid="bob")["direct_leader"] == ["Anna"]
    assert [u["userid"] for u in desk.get("tag/get", tagid=7)["userlist"]] == ["Anna", "bob"]
    assert desk.code("contact", "user/update", userid="Anna", new_userid="Ann") == 301036


def test_business_mail_is_set_once() -> None:
    """biz_mail needs a domain of the corporation (60143) and changes once (60144)."""
    desk = Desk(mail_domains=["corp.example"], private_fields="shown")
    desk.post("user/update", userid="cai", biz_mail="cai@corp.example")
    assert desk.get("user/get", userid="cai")["biz_mail"] == "cai@corp.example"
    assert desk.code("contact", "user/update", userid="cai", biz_mail="c@corp.example") == 60144
    body = {"userid": "eve", "name": "e", "email": "eve@example.com"}
    assert desk.code("contact", "user/create", **body, biz_mail="cai@corp.example") == 60145


def test_people_are_deleted_one_by_one_and_together() -> None:
    """One bad id fails the whole batch; reports and tags forget who left."""
    desk = Desk(creator="cai")
    assert desk.code("contact", "user/batchdelete", useridlist=["bob", "nobody"]) == 40031
    assert desk.code("contact", "user/batchdelete", useridlist=[]) == 40032
    assert desk.code("contact", "user/batchdelete", useridlist=["x"] * 201) == 40032
    assert desk.code("contact", "user/delete", {"userid": "cai"}) == 301005
    assert desk.code("contact", "user/batchdelete", useridlist=["dai", "CAI"]) == 301005
    assert len(desk.sim("GET", "roster")["members"]) == 4
    assert desk.get("user/delete", "contact", userid="ann")["errmsg"] == "deleted"
    assert desk.get("user/get", userid="bob")["direct_leader"] == []
    assert [u["userid"] for u in desk.get("tag/get", tagid=7)["userlist"]] == ["bob"]
    assert desk.post("user/batchdelete", useridlist=["bob", "BOB"])["errmsg"] == "deleted"
    assert desk.code("contact", "user/delete", {"userid": "bob"}) == 60111


def test_more_people_than_the_corporation_has_room_for() -> None:
    """45024 at the account cap; 45029 where a list gets too large."""
    desk = Desk(account_cap=4, largest_reply=2)
    body = {"userid": "eve", "name": "e", "email": "eve@example.com"}
    assert desk.code("contact", "user/create", **body) == 45024
    assert desk.code("app", "department/list", {}) == 45029
    assert desk.code("app", "user/list", {"department_id": 3}) == 0


def test_no_more_new_people_in_a_month_than_three_times_the_cap() -> None:
    """Also where others are deleted again; then 45009 until the month is over."""
    desk = Desk(account_cap=5, monthly_creations=None)
    world = desk.app.provider._world  # type: ignore[attr-defined]
    now = world.clock.now()
    world.clock.now = lambda: now
    body = {"userid": "eve", "name": "e", "email": "eve@example.com"}
    for _ in range(15):
        desk.post("user/create", **body)
        desk.get("user/delete", "contact", userid="eve")
    assert desk.code("contact", "user/create", **body) == 45009
    world.clock.now = lambda: now + 30 * 86_400
    desk._tokens.clear()
    assert desk.code("contact", "user/create", **body) == 0


def test_tags_are_written() -> None:
    """Names are unique and short; ids may be chosen."""
    desk = Desk()
    made = desk.post("tag/create", tagname="新")
    assert made["errmsg"] == "created"
    assert desk.post("tag/create", tagname="别", tagid=900)["tagid"] == 900
    assert desk.code("contact", "tag/create", tagname="别") == 40071
    assert desk.code("contact", "tag/create", tagname="x" * 33) == 40072
    assert desk.code("contact", "tag/create") == 41018
    assert desk.code("contact", "tag/create", tagname="y", tagid=900) == 40068
    assert desk.post("tag/update", tagid=900, tagname="别的")["errmsg"] == "updated"
    assert {t["tagname"] for t in desk.get("tag/list")["taglist"]} >= {"新", "别的"}
    assert desk.get("tag/delete", "contact", tagid=900)["errmsg"] == "deleted"
    assert desk.code("contact", "tag/delete", {"tagid": 900}) == 40068


def test_tags_are_given_and_taken_in_part() -> None:
    """Wrong ids are told in invalidlist and invalidparty; nothing but wrong ones is an error."""
    desk = Desk()
    reply = desk.post("tag/addtagusers", tagid=7, userlist=["CAI", "x", "y"], partylist=[2, 99])
    assert (reply["invalidlist"], reply["invalidparty"]) == ("x|y", [99])
    shown = desk.get("tag/get", tagid=7)
    assert [u["userid"] for u in shown["userlist"]] == ["Ann", "bob", "cai"]
    assert shown["partylist"] == [2] and shown["tagname"] == "架构师"
    assert desk.code("contact", "tag/addtagusers", tagid=7, userlist=["x"]) == 40070
    assert desk.code("contact", "tag/deltagusers", tagid=7, userlist=["x"]) == 40031
    reply = desk.post("tag/deltagusers", tagid=7, userlist=["ann", "x"], partylist=[2])
    assert reply["errmsg"] == "deleted" and reply["invalidlist"] == "x"
    assert [u["userid"] for u in desk.get("tag/get", tagid=7)["userlist"]] == ["bob", "cai"]
    assert desk.code("contact", "tag/addtagusers", tagid=7) == 40035
    assert desk.code("contact", "tag/addtagusers", tagid=7, userlist=["x"] * 1001) == 81014


def test_a_tag_of_another_app_is_left_alone() -> None:
    """81011, whatever is asked."""
    desk = Desk(foreign_tags=["7"])
    assert desk.code("contact", "tag/addtagusers", tagid=7, userlist=["cai"]) == 81011
    assert desk.code("contact", "tag/update", tagid=7, tagname="x") == 81011
    assert desk.code("contact", "tag/delete", {"tagid": 7}) == 81011


def test_creations_side_by_side_conflict() -> None:
    """Departments and people are created one after the other (45035), unless switched off."""

    def both(**settings: Any) -> list[int]:
        desk = Desk(latency_ms=20, **settings)
        first = desk.request("contact", "department/create", name="x", parentid=1)
        body = {"userid": "eve", "name": "e", "email": "eve@example.com"}
        second = desk.request("contact", "user/create", **body)
        return sorted(reply.json()["errcode"] for reply in desk.together(first, second))

    assert both() == [0, 45035]
    assert both(serial_writes=False) == [0, 0]


def test_the_documented_rate_of_one_interface() -> None:
    """10,000 calls a minute, then 45009 until the minute is over; other interfaces go on."""
    desk = Desk(real_limits=True)
    world = desk.app.provider._world  # type: ignore[attr-defined]
    now = world.clock.now()
    world.clock.now = lambda: now
    desk.login("app")
    for _ in range(10_000):
        assert world.limits.admit("tag/list 60", now, 10_000, window=60)
    assert desk.code("app", "tag/list", {}) == 45009
    assert desk.code("app", "department/list", {}) == 0
    world.clock.now = lambda: now + 60
    assert desk.code("app", "tag/list", {}) == 0


def test_the_default_order_of_a_roster_is_behind_the_last() -> None:
    """Siblings without an order keep the roster's sequence."""
    names = [DepartmentRecord(id=f"{n}", name=f"d{n}", parent_id=None) for n in (5, 4, 6)]
    desk = Desk(Roster(departments=tuple(names), members=()))
    shown = [d for d in desk.get("department/list")["department"] if d["id"] != 1]
    assert [d["id"] for d in shown] == [5, 4, 6]
    assert [d["order"] for d in shown] == [TOP - 1, TOP - 2, TOP - 3]


def test_a_body_that_is_no_json() -> None:
    """40035 with the warning."""
    desk = Desk()
    path = f"/cgi-bin/user/create?access_token={desk.login()}"
    reply = desk.http("POST", path, content=b"{").json()
    assert reply["errcode"] == 40035 and "Warning" in reply["errmsg"]


def test_nobody_is_in_two_records() -> None:
    """Userids that differ in case only cannot both be in a roster."""
    people = tuple(MemberRecord(id=one, name=one, departments=()) for one in ("a", "A"))
    refused = Desk().sim("PUT", "roster", Roster(members=people), status=400)
    assert "same userid" in "".join(refused["problems"])
