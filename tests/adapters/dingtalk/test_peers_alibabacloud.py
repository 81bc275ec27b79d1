"""The vendor's own client alibabacloud-dingtalk drives the simulator over real HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from adapters.dingtalk.simulator import DingTalkSettings, create_app
from adapters.simulation.server import Running, running
from tests.adapters.dingtalk.simulator_desk import SMALL

contact = pytest.importorskip("alibabacloud_dingtalk.contact_1_0.client")
contact_models = pytest.importorskip("alibabacloud_dingtalk.contact_1_0.models")
oauth = pytest.importorskip("alibabacloud_dingtalk.oauth2_1_0.client")
oauth_models = pytest.importorskip("alibabacloud_dingtalk.oauth2_1_0.models")
openapi = pytest.importorskip("alibabacloud_tea_openapi.models")
util = pytest.importorskip("alibabacloud_tea_util.models")
tea = pytest.importorskip("Tea.exceptions")


@pytest.fixture
def server() -> Iterator[Running]:
    """A simulator on a free port."""
    with running(create_app(DingTalkSettings(), SMALL)) as served:
        yield served


def config(server: Running) -> Any:
    """The peer's configuration, pointed at the simulator."""
    endpoint = server.url.removeprefix("http://")
    return openapi.Config(protocol="http", region_id="central", endpoint=endpoint)


def token(server: Running, secret: str = "simulated-secret") -> str:
    """An access token, fetched by the peer."""
    request = oauth_models.GetAccessTokenRequest(app_key="dingsimulatedapp", app_secret=secret)
    body = oauth.Client(config(server)).get_access_token(request).body
    assert body.expire_in == 7200
    fetched: str = body.access_token
    return fetched


def test_both_token_calls_agree(server: Running) -> None:
    request = oauth_models.GetTokenRequest(
        client_id="dingsimulatedapp",
        client_secret="simulated-secret",
        grant_type="client_credentials",
    )
    body = oauth.Client(config(server)).get_token("dingsimulatedcorp", request).body
    assert (body.access_token, body.expires_in) == (token(server), 7200)


def test_a_wrong_secret_is_named(server: Running) -> None:
    with pytest.raises(tea.TeaException) as refused:
        token(server, "wrong")
    assert refused.value.code == "invalidClientIdOrSecret"


def test_departments_are_found(server: Running) -> None:
    headers = contact_models.SearchDepartmentHeaders(x_acs_dingtalk_access_token=token(server))
    request = contact_models.SearchDepartmentRequest(query_word="平", offset=0, size=10)
    body = (
        contact.Client(config(server))
        .search_department_with_options(request, headers, util.RuntimeOptions())
        .body
    )
    assert (body.list, body.has_more, body.total_count) == ([50], False, 1)


def test_leave_records_are_read(server: Running) -> None:
    server.app.provider.change({"op": "delete_member", "id": "bob"})
    headers = contact_models.ListEmpLeaveRecordsHeaders(x_acs_dingtalk_access_token=token(server))
    since = (datetime.now(UTC) - timedelta(days=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
    request = contact_models.ListEmpLeaveRecordsRequest(
        start_time=since, next_token="0", max_results=50
    )
    client = contact.Client(config(server))
    body = client.list_emp_leave_records_with_options(request, headers, util.RuntimeOptions()).body
    assert [(record.user_id, record.leave_reason) for record in body.records] == [("bob", "leave")]
    assert body.next_token == "0"


def test_a_bad_token_is_named(server: Running) -> None:
    headers = contact_models.SearchDepartmentHeaders(x_acs_dingtalk_access_token="nonsense")
    request = contact_models.SearchDepartmentRequest(query_word="平", offset=0, size=10)
    with pytest.raises(tea.TeaException) as refused:
        contact.Client(config(server)).search_department_with_options(
            request, headers, util.RuntimeOptions()
        )
    assert refused.value.code == "InvalidAuthentication"
