"""The community client dingtalk-sdk drives the simulator over real HTTP."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from typing import Any

import pytest
import requests

from adapters.dingtalk.simulator import DingTalkSettings, create_app
from adapters.simulation.server import Running, running
from tests.adapters.dingtalk.simulator_desk import SMALL

with warnings.catch_warnings():
    # the package has invalid escape sequences, which Python reports when it first compiles them
    warnings.simplefilter("ignore")
    from dingtalk.client import AppKeyClient
    from dingtalk.core.exceptions import DingTalkClientException


@pytest.fixture
def server() -> Iterator[Running]:
    """A simulator on a free port."""
    with running(create_app(DingTalkSettings(), SMALL)) as served:
        yield served


@pytest.fixture
def client(server: Running) -> Iterator[Any]:
    """The client of the peer, pointed at the simulator."""

    class Local(AppKeyClient):  # type: ignore[misc]
        API_BASE_URL = server.url + "/"

    made = Local("dingsimulatedcorp", "dingsimulatedapp", "simulated-secret")
    yield made
    made._http.close()


def test_it_logs_in_and_walks_the_whole_organization(client: Any) -> None:
    assert client.user.auth_scopes()["auth_org_scopes"]["authed_dept"] == [1]
    waiting, departments, people = [1], [], set()
    while waiting:
        dept_id = waiting.pop()
        below = client.post("/topapi/v2/department/listsub", {"dept_id": dept_id})["result"]
        waiting += [row["dept_id"] for row in below]
        departments += [row["name"] for row in below]
        cursor, more = 0, True
        while more:
            body = {"dept_id": dept_id, "cursor": cursor, "size": 1}
            page = client.post("/topapi/v2/user/list", body)["result"]
            people |= {row["userid"] for row in page["list"]}
            more, cursor = page["has_more"], page.get("next_cursor")
    assert sorted(departments) == ["人事-行政", "平台", "研发"]
    assert people == {"ann", "bob", "cai"}


def test_it_renews_an_expired_token_that_is_not_wrapped(client: Any, server: Running) -> None:
    with requests.Session() as session:
        settings = {"bare_gateway_errors": True}
        assert session.post(server.url + "/_sim/settings", json=settings).ok
        client.post("/topapi/v2/department/get", {"dept_id": 1})
        assert session.post(server.url + "/_sim/clock", json={"advance": 7300}).ok
        assert client.post("/topapi/v2/department/get", {"dept_id": 1})["errcode"] == 0
        stats = session.get(server.url + "/_sim/stats").json()
    assert stats["calls"]["gettoken"] == 2 and stats["errors"] == {"40014": 1}


def test_it_writes_people_departments_and_roles(client: Any) -> None:
    body = {"name": "新部门", "parent_id": 1, "source_identifier": "x"}
    dept_id = client.post("/topapi/v2/department/create", body)["result"]["dept_id"]
    person = {"userid": "dai", "name": "戴", "mobile": "13900000001", "dept_id_list": str(dept_id)}
    assert client.post("/topapi/v2/user/create", person)["result"]["userid"] == "dai"
    group = client.post("/role/add_role_group", {"name": "项目"})["groupId"]
    role = client.post("/role/add_role", {"roleName": "经理", "groupId": group})["roleId"]
    client.post("/topapi/role/addrolesforemps", {"roleIds": str(role), "userIds": "dai"})
    user = client.post("/topapi/v2/user/get", {"userid": "dai"})["result"]
    assert user["dept_id_list"] == [dept_id]
    assert user["role_list"] == [{"id": role, "name": "经理", "group_name": "项目"}]
    with pytest.raises(DingTalkClientException) as refused:
        client.post("/topapi/v2/department/delete", {"dept_id": dept_id})
    assert refused.value.errcode == 60005
    client.post("/topapi/v2/user/delete", {"userid": "dai"})
    assert client.post("/topapi/v2/department/delete", {"dept_id": dept_id})["errcode"] == 0


def test_it_sees_the_outer_code_of_a_wrapped_refusal(client: Any, server: Running) -> None:
    with requests.Session() as session:
        assert session.post(server.url + "/_sim/settings", json={"permissions": []}).ok
    with pytest.raises(DingTalkClientException) as refused:
        client.post("/topapi/v2/user/get", {"userid": "ann"})
    assert refused.value.errcode == 88 and "60011" in refused.value.errmsg
