"""A small organization in the simulated Casdoor, and a way to ask it things from a test."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import msgspec

from adapters.casdoor.simulator import CasdoorSettings, create_app
from domain.records import DepartmentRecord, MemberRecord, RoleRecord, Roster

ORG = "simulated"
PAIR = {"clientId": "casdoor-simulated-client", "clientSecret": "simulated-secret"}

SMALL = Roster(
    departments=(
        DepartmentRecord(id="d-rd", name="研发", parent_id=None, leaders=("ann",)),
        DepartmentRecord(id="d-50", name="平台", parent_id="d-rd", leaders=("ann", "bob")),
        DepartmentRecord(id="d-hr", name="人事/行政", parent_id=None),
    ),
    members=(
        MemberRecord(
            id="ann",
            name="安",
            departments=("d-rd", "d-50"),
            email="ann@example.com",
            mobile="13800000001",
            job_number="1",
            title="主任",
        ),
        MemberRecord(id="bob", name="博", departments=("d-50",), manager="ann", active=False),
        MemberRecord(id="cai", name="蔡", departments=()),
    ),
    roles=(
        RoleRecord(id="r1", name="架构师", members=("ann", "bob")),
        RoleRecord(id="r2", name="保安", members=()),
    ),
)


class Desk:
    """One simulator in process; every question is one HTTP request."""

    def __init__(self, roster: Roster | None = SMALL, **settings: Any) -> None:
        self.app = create_app(CasdoorSettings(**settings), roster)

    def http(self, method: str, path: str, **request: Any) -> httpx.Response:
        """One request without credentials."""

        async def ask() -> httpx.Response:
            transport = httpx.ASGITransport(app=self.app)
            async with httpx.AsyncClient(
                transport=transport, base_url="http://sim", trust_env=False
            ) as client:
                return await client.request(method, path, **request)

        return asyncio.run(ask())

    def reply(self, api: str, body: object = None, **query: Any) -> dict[str, Any]:
        """The whole answer of a call with credentials; with a body it is a POST."""
        method = "GET" if body is None else "POST"
        content = None if body is None else msgspec.json.encode(body)
        shown = self.http(method, f"/api/{api}", params={**PAIR, **query}, content=content)
        assert shown.status_code == 200, shown.text
        decoded: dict[str, Any] = shown.json()
        assert list(decoded) == ["status", "msg", "sub", "name", "data", "data2", "data3"]
        return decoded

    def data(self, api: str, body: object = None, **query: Any) -> Any:
        """The data of a call that must succeed."""
        reply = self.reply(api, body, **query)
        assert reply["status"] == "ok", reply
        return reply["data"]

    def refused(self, api: str, body: object = None, **query: Any) -> str:
        """The message of a call that must be refused."""
        reply = self.reply(api, body, **query)
        assert reply["status"] == "error" and reply["data"] is None, reply
        message: str = reply["msg"]
        return message

    def user(self, name: str) -> Any:
        """One user as get-user shows it."""
        return self.data("get-user", id=f"{ORG}/{name}")

    def group(self, name: str) -> Any:
        """One group as get-group shows it."""
        return self.data("get-group", id=f"{ORG}/{name}")

    def role(self, name: str) -> Any:
        """One role as get-role shows it."""
        return self.data("get-role", id=f"{ORG}/{name}")

    def sim(self, method: str, path: str, body: object = None, status: int = 200) -> Any:
        """One call of a control endpoint."""
        content = None if body is None else msgspec.json.encode(body)
        reply = self.http(method, f"/_sim/{path}", content=content)
        assert reply.status_code == status, reply.text
        return reply.json()


def user(name: str, **fields: Any) -> dict[str, Any]:
    """A body for add-user and update-user."""
    return {"owner": ORG, "name": name, "displayName": name.upper(), **fields}


def group(name: str, parent: str = ORG, **fields: Any) -> dict[str, Any]:
    """A body for add-group and update-group."""
    top = parent == ORG
    return {"owner": ORG, "name": name, "parentId": parent, "isTopGroup": top, **fields}
