"""wechatpy, an independent client of WeCom, drives the simulator over real HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from wechatpy.exceptions import APILimitedException, WeChatClientException
from wechatpy.work import WeChatClient

from adapters.simulation.faults import parse_fault
from adapters.simulation.server import Running, running
from adapters.wecom.simulator import WeComSettings, create_app
from tests.adapters.wecom.simulator_desk import CORP, SECRETS, SMALL

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
