"""A small organization in the simulated Authing, and a way to ask it things from a test."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import msgspec

from adapters.authing.simulator import AuthingSettings, create_app
from domain.records import DepartmentRecord, MemberRecord, RoleRecord, Roster

ORG = "simulated"
KEY = {"accessKeyId": "authing-simulated-key", "accessKeySecret": "simulated-secret"}

SMALL = Roster(
    departments=(
        DepartmentRecord(id="d-rd", name="研发", parent_id=None, leaders=("ann",)),
        DepartmentRecord(id="d-50", name="平台", parent_id="d-rd", leaders=("ann", "bob")),
        DepartmentRecord(id="d-hr", name="人事/行政", parent_id=None, leaders=()),
    ),
    members=(
        MemberRecord(
            id="ann",
            name="安",
            departments=("d-rd", "d-50"),
            main_department="d-50",
            email="ann@example.com",
            mobile="+8613800000001",
            job_number="1",
            title="主任",
            active=True,
            manager=None,
        ),
        MemberRecord(
            id="bob",
            name="博",
            departments=("d-50",),
            main_department="d-50",
            email=None,
            mobile="+491711234567",
            job_number=None,
            title=None,
            active=False,
            manager="ann",
        ),
    ),
    roles=(
        RoleRecord(id="r1", name="架构师", members=("ann", "bob")),
        RoleRecord(id="r2", name="保安", members=()),
    ),
)


class Desk:
    """One simulator in process; every question is one HTTP request."""

    def __init__(self, roster: Roster | None = SMALL, **settings: Any) -> None:
        self.app = create_app(AuthingSettings(**settings), roster)
        self._token = ""

    def http(self, method: str, path: str, **request: Any) -> httpx.Response:
        """One request without credentials."""

        async def ask() -> httpx.Response:
            transport = httpx.ASGITransport(app=self.app)
            async with httpx.AsyncClient(
                transport=transport, base_url="http://sim", trust_env=False
            ) as client:
                return await client.request(method, path, **request)

        return asyncio.run(ask())

    def token(self) -> str:
        """A token, fetched once."""
        if not self._token:
            reply = self.http("POST", "/api/v3/get-management-token", json=KEY).json()
            self._token = reply["data"]["access_token"]
        return self._token

    def reply(self, api: str, body: object = None, **query: Any) -> dict[str, Any]:
        """The whole answer of a call with credentials; with a body it is a POST."""
        method = "GET" if body is None else "POST"
        content = None if body is None else msgspec.json.encode(body)
        headers = {"Authorization": f"Bearer {self.token()}"}
        shown = self.http(method, f"/api/v3/{api}", params=query, content=content, headers=headers)
        assert shown.status_code == 200, shown.text
        decoded: dict[str, Any] = shown.json()
        return decoded

    def data(self, api: str, body: object = None, **query: Any) -> Any:
        """The data of a call that must succeed."""
        reply = self.reply(api, body, **query)
        assert (reply["statusCode"], reply["message"]) == (200, ""), reply
        assert "apiCode" not in reply
        return reply["data"]

    def refused(self, api: str, body: object = None, **query: Any) -> tuple[int, str]:
        """The status code and message of a call that must be refused."""
        reply = self.reply(api, body, **query)
        assert reply["statusCode"] != 200 and "data" not in reply, reply
        assert reply["requestId"]
        return reply["statusCode"], reply["message"]

    def user(self, key: str) -> Any:
        """One user by our id, with everything."""
        return self.data(
            "get-user",
            userId=key,
            userIdType="external_id",
            withCustomData="true",
            withDepartmentIds="true",
        )

    def department(self, key: str) -> Any:
        """One department by our id."""
        return self.data(
            "get-department",
            organizationCode=ORG,
            departmentId=key,
            departmentIdType="open_department_id",
        )

    def sim(self, method: str, path: str, body: object = None, status: int = 200) -> Any:
        """One call of a control endpoint."""
        content = None if body is None else msgspec.json.encode(body)
        reply = self.http(method, f"/_sim/{path}", content=content)
        assert reply.status_code == status, reply.text
        return reply.json()
