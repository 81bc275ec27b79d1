"""Feishu's own Python client, lark-oapi, drives the simulator over real HTTP."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

import httpx
import lark_oapi as lark
import pytest
from lark_oapi.api.contact import v3

from adapters.feishu.simulator import FeishuSettings, create_app
from adapters.simulation.server import Running, running
from domain.records import Roster
from tests.adapters.feishu.simulator_desk import SMALL, many

APPS = itertools.count(1)


class Peer:
    """The official client, pointed at a simulator, with custom ids everywhere."""

    def __init__(self, server: Running, app_id: str) -> None:
        self.server = server
        made = lark.Client.builder().app_id(app_id).app_secret("simulated-secret")
        self.contact = made.domain(server.url).build().contact.v3

    def custom(self, builder: Any) -> Any:
        """A request whose ids are custom ids, where it has any."""
        for kind in ("user_id_type", "department_id_type"):
            if hasattr(builder, kind):
                value = "user_id" if kind == "user_id_type" else "department_id"
                builder = getattr(builder, kind)(value)
        return builder

    def data(self, call: Any, builder: Any) -> Any:
        """The data of a call that must succeed."""
        reply = call(self.custom(builder).build())
        assert reply.success(), (reply.code, reply.msg)
        return getattr(reply, "data", None)


def _peer(roster: Roster) -> Iterator[Peer]:
    # the client keeps tokens by app id for the whole process, so each server is another app
    app_id = f"cli_peer{next(APPS)}"
    with running(create_app(FeishuSettings(app_id=app_id), roster)) as server:
        yield Peer(server, app_id)


@pytest.fixture
def peer() -> Iterator[Peer]:
    """The client and a small organization."""
    yield from _peer(SMALL)


@pytest.fixture
def crowd() -> Iterator[Peer]:
    """The client and an organization of more than one page."""
    yield from _peer(many(51))


def test_it_reads_all_departments_and_people_in_pages(crowd: Peer) -> None:
    calls = crowd.contact
    departments, token = [], ""
    while True:
        builder = v3.ChildrenDepartmentRequest.builder().department_id("0").fetch_child(True)
        builder = builder.page_size(50)
        page = crowd.data(
            calls.department.children, builder.page_token(token) if token else builder
        )
        departments += page.items
        if not page.has_more:
            break
        token = page.page_token
    assert len({one.department_id for one in departments}) == 52
    assert {one.parent_department_id for one in departments} == {"0", "crowd"}
    builder = v3.FindByDepartmentUserRequest.builder().department_id("crowd").page_size(50)
    page = crowd.data(calls.user.find_by_department, builder)
    assert len(page.items) == 50 and page.has_more
    builder = v3.FindByDepartmentUserRequest.builder().department_id("crowd").page_size(50)
    rest = crowd.data(calls.user.find_by_department, builder.page_token(page.page_token))
    assert len(rest.items) == 1 and not rest.has_more
    builder = v3.ListScopeRequest.builder()
    assert crowd.data(calls.scope.list, builder).department_ids == ["crowd"]


def test_it_writes_departments(peer: Peer) -> None:
    calls = peer.contact.department
    body = v3.Department.builder().name("新").parent_department_id("rd").department_id("lab")
    request = v3.CreateDepartmentRequest.builder().request_body(body.build()).client_token("k")
    made = peer.data(calls.create, request).department
    assert (made.department_id, made.order) == ("lab", "2")
    request = v3.CreateDepartmentRequest.builder().request_body(body.build()).client_token("k")
    again = peer.data(calls.create, request).department
    assert again.open_department_id == made.open_department_id
    change = v3.Department.builder().leader_user_id("ann").build()
    request = v3.PatchDepartmentRequest.builder().department_id("lab").request_body(change)
    assert peer.data(calls.patch, request).department.leader_user_id == "ann"
    builder = v3.DeleteDepartmentRequest.builder().department_id("50")
    refused = calls.delete(peer.custom(builder).build())
    assert refused.code == 43011 and refused.raw.status_code == 400 and refused.get_log_id()
    peer.data(calls.delete, v3.DeleteDepartmentRequest.builder().department_id("lab"))
    builder = v3.GetDepartmentRequest.builder().department_id("lab")
    assert calls.get(peer.custom(builder).build()).code == 40015


def test_it_writes_people(peer: Peer) -> None:
    calls = peer.contact.user
    body = v3.User.builder().user_id("dai").name("戴").mobile("13900000001")
    body = body.department_ids(["hr"]).employee_type(1).build()
    made = peer.data(calls.create, v3.CreateUserRequest.builder().request_body(body)).user
    assert made.user_id == "dai" and made.status.is_frozen is False
    change = v3.User.builder().department_ids(["rd"]).leader_user_id("ann").build()
    request = v3.PatchUserRequest.builder().user_id("dai").request_body(change)
    assert peer.data(calls.patch, request).user.department_ids == ["rd"]
    frozen = v3.User.builder().is_frozen(True).build()
    request = v3.PatchUserRequest.builder().user_id("dai").request_body(frozen)
    limited = calls.patch(peer.custom(request).build())
    assert limited.code == 99991400 and limited.raw.status_code == 429
    assert limited.raw.headers["x-ogw-ratelimit-reset"] == "1"
    looked = v3.BatchGetIdUserRequestBody.builder().mobiles(["13900000001"]).build()
    request = v3.BatchGetIdUserRequest.builder().request_body(looked)
    assert peer.data(calls.batch_get_id, request).user_list[0].user_id == "dai"
    acceptor = v3.DeleteUserRequestBody.builder().docs_acceptor_user_id("ann").build()
    peer.data(calls.delete, v3.DeleteUserRequest.builder().user_id("dai").request_body(acceptor))
    shown = peer.data(calls.get, v3.GetUserRequest.builder().user_id("dai")).user
    assert shown.status.is_resigned is True


def test_it_writes_roles(peer: Peer) -> None:
    role = v3.FunctionalRole.builder().role_name("经理").build()
    request = v3.CreateFunctionalRoleRequest.builder().request_body(role)
    role_id = peer.data(peer.contact.functional_role.create, request).role_id
    calls = peer.contact.functional_role_member
    who = v3.BatchCreateFunctionalRoleMemberRequestBody.builder().members(["ann", "no"]).build()
    request = v3.BatchCreateFunctionalRoleMemberRequest.builder().role_id(role_id)
    results = peer.data(calls.batch_create, request.request_body(who)).results
    assert [(one.user_id, one.reason) for one in results] == [("ann", 1), ("no", 2)]
    listed = peer.data(
        calls.list, v3.ListFunctionalRoleMemberRequest.builder().role_id(role_id)
    ).members
    assert [(one.user_id, one.scope_type) for one in listed] == [("ann", "All")]
    gone = v3.BatchDeleteFunctionalRoleMemberRequestBody.builder().members(["ann"]).build()
    request = v3.BatchDeleteFunctionalRoleMemberRequest.builder().role_id(role_id)
    assert peer.data(calls.batch_delete, request.request_body(gone)).result[0].reason == 1
    builder = v3.DeleteFunctionalRoleRequest.builder().role_id(role_id)
    peer.data(peer.contact.functional_role.delete, builder)


def test_it_asks_for_one_token_only(peer: Peer) -> None:
    for _ in range(3):
        peer.data(peer.contact.user.get, v3.GetUserRequest.builder().user_id("ann"))
    with httpx.Client(trust_env=False) as plain:
        stats = plain.get(f"{peer.server.url}/_sim/stats").json()
    assert stats["calls"] == {"tenant_access_token": 1, "users/get": 3}
