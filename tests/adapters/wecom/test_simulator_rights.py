"""Two secrets with different rights, tokens, addresses, and what each may see."""

from __future__ import annotations

from typing import Any

import pytest

from tests.adapters.wecom.simulator_desk import CORP, SECRETS, Desk

DETAIL: list[tuple[str, dict[str, Any]]] = [
    ("department/list", {}),
    ("department/get", {"id": 2}),
    ("user/get", {"userid": "Ann"}),
    ("user/list", {"department_id": 2}),
    ("user/simplelist", {"department_id": 2}),
]


def ids(reply: dict[str, Any], key: str, field: str = "id") -> list[Any]:
    return [one[field] for one in reply[key]]


def test_each_secret_has_one_token_of_its_own_for_its_life() -> None:
    """Asked again within its life a secret gets the same token; the other one has another."""
    desk = Desk()
    query = {"corpid": CORP, "corpsecret": SECRETS["app"]}
    first = desk.http("GET", "/cgi-bin/gettoken", params=query).json()
    assert first["expires_in"] == 7200 and len(first["access_token"]) <= 512
    again = desk.http("GET", "/cgi-bin/gettoken", params=query).json()
    assert again["access_token"] == first["access_token"] != desk.login("contact")
    desk.sim("POST", "clock", {"advance": 7200})
    assert desk.ask("contact", "tag/list", {})["errcode"] == 42001
    later = desk.http("GET", "/cgi-bin/gettoken", params=query).json()
    assert later["access_token"] != first["access_token"]


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ({}, 41002),
        ({"corpid": CORP}, 41004),
        ({"corpid": "ww", "corpsecret": SECRETS["app"]}, 40013),
        ({"corpid": CORP, "corpsecret": "no"}, 40001),
    ],
)
def test_wrong_credentials_have_a_code_each(query: dict[str, str], code: int) -> None:
    """What is wrong about corpid and secret is told by a code, with HTTP 200."""
    reply = Desk().http("GET", "/cgi-bin/gettoken", params=query)
    assert (reply.status_code, reply.json()["errcode"]) == (200, code)


def test_a_refusal_looks_like_a_real_one() -> None:
    """Wording, hint, address, link, headers, and the empty list that comes along."""
    desk = Desk(untrusted=["app"])
    method, path, parts = desk.request("app", "department/list", {})
    reply = desk.http(method, path, **parts)
    body = reply.json()
    assert body["errmsg"].startswith("not allow to access from your ip, hint: [")
    assert ", from ip: 127.0.0.1, more info at https://open.work.weixin.qq.com/" in body["errmsg"]
    assert body["department"] == []
    assert reply.headers["error-code"] == "60020"
    assert desk.code("contact", "department/simplelist", {}) == 0


def test_tokens_are_asked_for() -> None:
    """No token, one that nobody has, and one that the platform ended early."""
    desk = Desk()
    assert desk.http("GET", "/cgi-bin/tag/list").json()["errcode"] == 41001
    path = "/cgi-bin/tag/list?access_token=no"
    assert desk.http("GET", path).json()["errcode"] == 40014
    desk.login()
    desk.sim("POST", "faults", [{"api": "tag/list", "kind": "expire_token", "times": 1}])
    assert desk.code("contact", "tag/list", {}) == 42001


@pytest.mark.parametrize(("api", "query"), DETAIL)
def test_details_are_closed_to_the_contact_sync_secret(api: str, query: dict[str, Any]) -> None:
    """48009 from an address listed after 2022-08-15; older ones still read."""
    assert Desk().code("contact", api, query) == 48009
    assert Desk(contact_details=True).code("contact", api, query) == 0
    assert Desk().code("app", api, query) == 0


@pytest.mark.parametrize(
    ("api", "query", "body"),
    [
        ("user/list_id", None, {}),
        ("department/create", None, {"name": "x", "parentid": 1}),
        ("department/update", None, {"id": 2}),
        ("department/delete", {"id": 3}, {}),
        ("user/create", None, {"userid": "x", "name": "x", "email": "x@x.example"}),
        ("user/update", None, {"userid": "Ann"}),
        ("user/delete", {"userid": "Ann"}, {}),
        ("user/batchdelete", None, {"useridlist": ["Ann"]}),
        ("tag/create", None, {"tagname": "x"}),
        ("tag/addtagusers", None, {"tagid": 7, "userlist": ["cai"]}),
    ],
)
def test_the_app_neither_writes_nor_lists_ids(
    api: str, query: dict[str, Any] | None, body: dict[str, Any]
) -> None:
    """48002, and nothing changes."""
    desk = Desk()
    before = desk.sim("GET", "roster")
    assert desk.code("app", api, query, **body) == 48002
    assert desk.sim("GET", "roster") == before


def test_ids_come_page_by_page_one_row_per_membership() -> None:
    """user/list_id: a cursor until nothing follows, {} is a question too, nonsense is refused."""
    desk = Desk()
    everything = desk.post("user/list_id")
    assert everything["next_cursor"] == ""
    rows = [(row["userid"], row["department"]) for row in everything["dept_user"]]
    hr = next(d["id"] for d in tree_of(desk) if d["parentid"] == 1 and d["id"] != 2)
    assert rows == [("Ann", 2), ("Ann", 3), ("bob", 3), ("cai", 1), ("dai", hr)]
    pages, cursor = [], ""
    while True:
        page = desk.post("user/list_id", limit=2, **({"cursor": cursor} if cursor else {}))
        pages.append([(row["userid"], row["department"]) for row in page["dept_user"]])
        cursor = page["next_cursor"]
        if not cursor:
            break
    assert pages == [rows[:2], rows[2:4], rows[4:]]
    assert desk.code("contact", "user/list_id", cursor="nonsense") == 60268
    assert desk.code("contact", "user/list_id", limit=10_001) == 40058
    assert desk.code("contact", "user/list_id", limit=0) == 40058


def tree_of(desk: Desk) -> list[dict[str, Any]]:
    """All departments as the contact-sync secret sees them."""
    found: list[dict[str, Any]] = desk.get("department/simplelist", "contact")["department_id"]
    return found


def test_the_app_sees_its_range_only() -> None:
    """Granted departments and what is below, granted people; the rest is 60011."""
    desk = Desk(visible_departments=["3"], visible_users=["dai"])
    assert [d["id"] for d in desk.get("department/list")["department"]] == [3]
    assert desk.get("department/list")["department"][0]["parentid"] == 2
    assert [d["id"] for d in desk.get("department/simplelist")["department_id"]] == [3]
    assert len(desk.get("department/simplelist", "contact")["department_id"]) == 4
    assert desk.code("app", "department/list", {"id": 1}) == 60011
    assert desk.code("app", "department/get", {"id": 2}) == 60011
    assert desk.code("app", "user/list", {"department_id": 2}) == 60011
    assert desk.code("app", "user/get", {"userid": "cai"}) == 60011
    assert desk.get("user/get", userid="dai")["department"] == []
    ann = desk.get("user/get", userid="ANN")
    assert (ann["userid"], ann["department"], ann["is_leader_in_dept"]) == ("Ann", [3], [0])
    assert ann["main_department"] == 3 and ann["direct_leader"] == []
    assert desk.get("user/get", userid="bob")["direct_leader"] == ["Ann"]
    assert ids(desk.get("tag/get", tagid=7), "userlist", "userid") == ["Ann", "bob"]
    agent = desk.get("agent/get", agentid=1000002)
    assert agent["allow_partys"] == {"partyid": [3]}
    assert agent["allow_userinfos"] == {"user": [{"userid": "dai"}]}
    assert desk.code("app", "agent/get", {"agentid": 5}) == 40056
    assert desk.code("app", "agent/get", {}) == 41011


def test_a_tag_in_range_brings_its_people_and_departments() -> None:
    """allow_tags (agent/get): who has the tag is seen, and what is below its departments."""
    desk = Desk(visible_departments=[], visible_tags=["7"])
    assert desk.get("department/list")["department"] == []
    assert desk.get("user/get", userid="Ann")["department"] == []
    assert desk.code("app", "user/get", {"userid": "cai"}) == 60011
    desk.post("tag/addtagusers", tagid=7, partylist=[2])
    assert ids(desk.get("department/list"), "department") == [2, 3]


@pytest.mark.parametrize("kind", ["shown", "absent", "empty"])
def test_private_fields_are_hidden_from_new_apps(kind: str) -> None:
    """Absent or "" since 2022-06-20; a hidden gender is "0", positions stay visible."""
    desk = Desk(private_fields=kind)
    desk.change("update_member", id="Ann", details={"gender": "2"})
    ann = desk.get("user/get", userid="Ann")
    assert ann["position"] == "主任"
    assert ann.get("mobile") == {"shown": "13800000001", "absent": None, "empty": ""}[kind]
    assert ann.get("email") == {"shown": "ann@example.com", "absent": None, "empty": ""}[kind]
    assert ann["gender"] == ("2" if kind == "shown" else "0")


def test_arrays_of_a_person_go_together() -> None:
    """department, order and is_leader_in_dept have the same length; status says what is on."""
    desk = Desk(private_fields="shown")
    listed = desk.get("user/list", department_id=2)["userlist"]
    assert [one["userid"] for one in listed] == ["Ann"]
    ann = listed[0]
    assert (ann["department"], ann["order"], ann["is_leader_in_dept"]) == ([2, 3], [0, 0], [1, 0])
    assert ann["main_department"] == 3 and ann["status"] == 1
    bob = desk.get("user/get", userid="bob")
    assert (bob["status"], bob["enable"], bob["direct_leader"]) == (2, 0, ["Ann"])
    simple = desk.get("user/simplelist", department_id=3)["userlist"]
    assert simple[0] == {"userid": "Ann", "name": "安", "department": [2, 3]}


def test_departments_are_read_in_their_order_with_leaders() -> None:
    """department/list: the root first with parent 0, larger orders first."""
    shown = Desk().get("department/list")["department"]
    assert [d["name"] for d in shown] == ["Simulated Organization", "研发", "平台", "人事"]
    assert shown[0]["parentid"] == 0 and shown[0]["id"] == 1
    assert shown[1]["department_leader"] == ["Ann"]
    assert shown[1]["order"] > shown[3]["order"]


@pytest.mark.parametrize(
    ("api", "query", "code"),
    [
        ("department/get", {}, 60123),
        ("department/get", {"id": "-1"}, 60123),
        ("department/get", {"id": 99}, 60003),
        ("department/list", {"id": 99}, 60003),
        ("user/list", {"department_id": 99}, 60003),
        ("user/list", {"department_id": "x"}, 40058),
        ("user/get", {}, 41009),
        ("user/get", {"userid": "nobody"}, 60111),
        ("tag/get", {}, 41017),
        ("tag/get", {"tagid": 99}, 40068),
    ],
)
def test_nonsense_is_refused(api: str, query: dict[str, Any], code: int) -> None:
    """Missing, malformed and unknown ids have a code each."""
    assert Desk().code("app", api, query) == code


def test_numbers_and_mails_are_looked_up() -> None:
    """getuserid and get_userid_by_email; 46004 for nobody, a day's block after many misses."""
    desk = Desk(real_limits=True)
    assert desk.post("user/getuserid", mobile="+86 13800000001")["userid"] == "Ann"
    mail = {"email": "dai@example.com", "email_type": 2}
    assert desk.post("user/get_userid_by_email", **mail)["userid"] == "dai"
    assert desk.code("contact", "user/getuserid", mobile="1") == 60103
    assert desk.code("contact", "user/getuserid", mobile="13800009999") == 46004
    assert desk.code("contact", "user/getuserid", mobile="13800009998") == 45009
    desk.sim("POST", "clock", {"advance": 86_400})
    desk._tokens.clear()
    assert desk.code("contact", "user/getuserid", mobile="13800009998") == 46004


def test_an_unknown_path_is_a_web_page() -> None:
    """Nothing there, and a method that a path does not have."""
    desk = Desk()
    assert desk.http("GET", "/cgi-bin/user/nothing").status_code == 404
    assert desk.http("POST", "/cgi-bin/department/list").status_code == 404
