"""wechatpy, an independent client of WeCom, drives the simulator over real HTTP."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest
from wechatpy.exceptions import APILimitedException, WeChatClientException
from wechatpy.work import WeChatClient

from adapters.simulation.faults import parse_fault
from adapters.simulation.server import Running, running
from adapters.wecom.settings import WeComSettings as WeComTargetSettings
from adapters.wecom.simulator import WeComSettings, create_app
from adapters.wecom.target import WeComTarget
from domain.delivery.operation import Acknowledged, Relations
from tests.adapters.wecom.simulator_desk import CORP, SECRETS, SMALL
from tests.adapters.wecom.target_desk import changed

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


def client(server: Running, caller: str) -> Any:
    """wechatpy with its two absolute addresses pointed at the simulator."""

    class Pointed(WeChatClient):  # type: ignore[misc]
        API_BASE_URL = f"{server.url}/cgi-bin/"

        def fetch_access_token(self) -> Any:
            params = {"corpid": self.corp_id, "corpsecret": self.secret}
            return self._fetch_access_token(url=f"{server.url}/cgi-bin/gettoken", params=params)

    made = Pointed(CORP, SECRETS[caller], timeout=10)
    made._http.trust_env = False
    return made


class Peers:
    """One client per secret."""

    def __init__(self, server: Running) -> None:
        self.server = server
        self.contact, self.app = client(server, "contact"), client(server, "app")


@pytest.fixture
def peers() -> Iterator[Peers]:
    with running(create_app(WeComSettings(private_fields="shown"), SMALL)) as server:
        made = Peers(server)
        yield made
        made.contact._http.close()
        made.app._http.close()


def refused(call: Any) -> int:
    with pytest.raises(WeChatClientException) as caught:
        call()
    return int(caught.value.errcode)


def test_it_reads_departments_people_and_tags(peers: Peers) -> None:
    """The app's secret reads details, and its helpers find what they expect."""
    app = peers.app
    assert [d["name"] for d in app.department.list()][1:] == ["研发", "平台", "人事"]
    assert [d["id"] for d in app.department.simple_list(2)] == [2, 3]
    assert app.department.get(2)["department_leader"] == ["Ann"]
    assert [u["name"] for u in app.department.get_users(3)] == ["安", "博"]
    assert [u["mobile"] for u in app.user.list(3)] == ["13800000001", "13800000002"]
    assert app.user.get("ANN")["main_department"] == 3
    assert app.department.get_map_users(3, key="name") == {"安": "Ann", "博": "bob"}
    assert [t["tagname"] for t in app.tag.list()] == ["架构师", "保安"]
    assert [u["userid"] for u in app.tag.get_users(7)["userlist"]] == ["Ann", "bob"]
    assert app.user.getuserid("13800000002") == "bob"
    assert app.agent.get(1000002)["allow_partys"]["partyid"] == [1]


def test_it_lists_ids_with_the_contact_sync_secret_only(peers: Peers) -> None:
    """list_id, which wechatpy has no method for; details are closed to that secret."""
    rows = peers.contact.post("user/list_id", data={"limit": 10_000})["dept_user"]
    assert len(rows) == 5
    assert refused(lambda: peers.app.post("user/list_id", data={})) == 48002
    assert refused(peers.contact.department.list) == 48009
    assert len(peers.contact.department.simple_list()) == 4


def test_it_writes_departments_and_people(peers: Peers) -> None:
    """Created, updated, deleted: the words of a success are no errors to it."""
    contact, app = peers.contact, peers.app
    assert contact.department.create("新", parent_id=2, order=9, id=50)["id"] == 50
    contact.department.update(50, name="新部")
    assert app.department.get(50)["name"] == "新部"
    contact.user.create("eve", "夏", [50], mobile="13900000001", to_invite=False)
    contact.user.update("eve", position="工程师", is_leader_in_dept=[1], department=[50])
    shown = app.user.get("eve")
    assert (shown["position"], shown["is_leader_in_dept"]) == ("工程师", [1])
    assert refused(lambda: contact.department.delete(50)) == 60005
    assert refused(lambda: contact.user.create("EVE", "x", [1], email="x@x.example")) == 60102
    contact.user.delete("eve")
    contact.department.delete(50)
    contact.user.batch_delete(["dai", "cai"])
    assert refused(lambda: app.user.get("dai")) == 60111
    assert refused(lambda: app.department.create("x")) == 48002


def test_it_writes_tags(peers: Peers) -> None:
    """Partial success comes through as it is."""
    contact = peers.contact
    tag = contact.tag.create("值班", 90)["tagid"]
    assert contact.tag.add_users(tag, ["cai", "nobody"], [2])["invalidlist"] == "nobody"
    assert contact.tag.delete_users(tag, ["cai"])["errmsg"] == "deleted"
    assert refused(lambda: contact.tag.add_users(tag, ["nobody"])) == 40070
    contact.tag.update(tag, "值班表")
    contact.tag.delete(tag)
    assert refused(lambda: contact.tag.get_users(tag)) == 40068


def test_it_recovers_from_a_token_that_ended_and_knows_the_limit(peers: Peers) -> None:
    """42001 makes it fetch another token; 45009 is its own exception."""
    faults = peers.server.app.faults
    peers.app.department.list()
    faults.set([parse_fault("department/list:expire_token:times=1")])
    assert len(peers.app.department.list()) == 4
    faults.set([parse_fault("department/list:throttle:times=1")])
    with pytest.raises(APILimitedException):
        peers.app.department.list()
    assert peers.server.app.stats.calls["gettoken"] == 2


def test_it_meets_the_rules_of_writing(peers: Peers) -> None:
    """Missing contacts, a number that is taken, lists that do not go together, departments that
    are not there, a second userid, a list of which nobody is there."""
    contact, app = peers.contact, peers.app
    new = contact.user.create
    assert refused(lambda: new("eve", "e", [2])) == 60129
    assert refused(lambda: new("eve", "e", [2], mobile="13800000001")) == 60104
    assert (
        refused(lambda: new("eve", "e", [2], email="e@x.example", is_leader_in_dept=[1, 0]))
        == 60132
    )
    made = new("eve", "e", [2, 777], email="e@x.example", to_invite=False)
    assert made["created_department_list"]["department_info"] == [{"name": "777", "id": 777}]
    contact.user.update("Ann", mobile="13999999999")
    assert app.user.get("Ann")["mobile"] == "13800000001"
    assert refused(lambda: contact.user.update("Ann", new_userid="anna")) == 301036
    assert refused(lambda: contact.tag.delete_users(7, ["nobody"])) == 40031
    assert refused(lambda: contact.department.create("研发", parent_id=1)) == 60008
    assert refused(lambda: contact.user.batch_delete(["eve", "nobody"])) == 40031


def test_it_reads_what_our_target_wrote(peers: Peers) -> None:
    """Departments, a leader, a member and a tag, as a client that is not ours sees them."""
    settings = WeComTargetSettings(
        corp_id=CORP,
        contact_secret=SECRETS["contact"],
        app_secret=SECRETS["app"],
        base_url=peers.server.url,
    )

    async def write() -> list[str]:
        target = WeComTarget("wc", settings)
        ids: list[str] = []

        async def one(kind: str, what: str, **change: Any) -> None:
            [result] = await target.apply([changed(kind, what, **change)])
            assert isinstance(result, Acknowledged), result
            ids.append(result.remote)

        try:
            await one(
                "department", "create", fields={"name": "Team"}, relations=Relations(parent="2")
            )
            there = Relations(departments=(ids[0], "3"), manager="Ann", active=True)
            fields = {"name": "夏", "mobile": "13900000001"}
            await one("member", "create", key="eve", fields=fields, relations=there)
            await one("department", "relate", remote=ids[0], relations=Relations(leaders=("eve",)))
            await one("role", "create", fields={"name": "On call"})
            await one("role", "add", remote=ids[-1], members=("eve", "bob"))
        finally:
            await target.close()
        return ids

    department, _, _, tag, _ = asyncio.run(write())
    shown = peers.app.department.get(int(department))
    assert (shown["name"], shown["parentid"], shown["department_leader"]) == ("Team", 2, ["eve"])
    eve = peers.app.user.get("eve")
    assert (eve["department"], eve["main_department"]) == ([int(department), 3], int(department))
    assert (eve["direct_leader"], eve["is_leader_in_dept"], eve["status"]) == (["Ann"], [1, 0], 4)
    assert {u["userid"] for u in peers.app.tag.get_users(int(tag))["userlist"]} == {"eve", "bob"}
