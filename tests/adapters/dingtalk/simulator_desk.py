"""A small organization in the simulator, and a way to ask it things from a test."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import msgspec

from adapters.dingtalk.simulator import DingTalkSettings, create_app
from domain.records import DepartmentRecord, MemberRecord, RoleRecord, Roster

SMALL = Roster(
    departments=(
        DepartmentRecord(id="rd", name="研发", parent_id=None, leaders=("ann",), order=2),
        DepartmentRecord(id="50", name="平台", parent_id="rd", order=1),
        DepartmentRecord(id="hr", name="人事-行政", parent_id=None),
    ),
    members=(
        MemberRecord(
            id="ann",
            name="安",
            departments=("rd", "50"),
            email="ann@example.com",
            mobile="13800000001",
            job_number="1",
            title="主任",
        ),
        MemberRecord(id="bob", name="博", departments=("50",), manager="ann", active=False),
        MemberRecord(id="cai", name="蔡", departments=()),
    ),
    roles=(
        RoleRecord(id="r1", name="架构师", group="职务", members=("ann", "bob")),
        RoleRecord(id="r2", name="保安", members=()),
    ),
)


class Desk:
    """One simulator in process; every question is one HTTP request."""

    def __init__(self, roster: Roster | None = SMALL, **settings: Any) -> None:
        self.app = create_app(DingTalkSettings(**settings), roster)
        self.token = ""

    def http(self, method: str, path: str, **request: Any) -> httpx.Response:
        """One request without credentials."""

        async def ask() -> httpx.Response:
            transport = httpx.ASGITransport(app=self.app)
            async with httpx.AsyncClient(
                transport=transport, base_url="http://sim", trust_env=False
            ) as client:
                return await client.request(method, path, **request)

        return asyncio.run(ask())

    def login(self) -> str:
        """The app's access token."""
        if not self.token:
            given = {"appkey": "dingsimulatedapp", "appsecret": "simulated-secret"}
            reply = self.http("GET", "/gettoken", params=given).json()
            self.token = reply["access_token"]
        return self.token

    def call(self, path: str, **body: Any) -> dict[str, Any]:
        """One call of the old API."""
        reply = self.http("POST", path, params={"access_token": self.login()}, json=body)
        assert reply.status_code == 200
        decoded: dict[str, Any] = reply.json()
        return decoded

    def result(self, path: str, **body: Any) -> Any:
        """The result of a call that must succeed."""
        reply = self.call(path, **body)
        assert reply["errcode"] == 0, reply
        return reply["result"]

    def code(self, path: str, **body: Any) -> int:
        """The effective error code of a call: the inner one if it is wrapped in 88."""
        reply = self.call(path, **body)
        return int(reply["sub_code"]) if reply["errcode"] == 88 else int(reply["errcode"])

    def new(self, method: str, path: str, **request: Any) -> httpx.Response:
        """One call of the new API."""
        headers = {"x-acs-dingtalk-access-token": self.login()}
        return self.http(method, path, headers=headers, **request)

    def sim(self, method: str, path: str, body: object = None, status: int = 200) -> Any:
        """One call of a control endpoint."""
        content = None if body is None else msgspec.json.encode(body)
        reply = self.http(method, f"/_sim/{path}", content=content)
        assert reply.status_code == status, reply.text
        return reply.json()

    def dept(self, own: str) -> int:
        """DingTalk's id of a department of the roster."""
        shown, owns = self.sim("GET", "roster"), self.sim("GET", "roster?ids=own")
        pairs = zip(shown["departments"], owns["departments"], strict=True)
        return next(int(mine["id"]) for mine, theirs in pairs if theirs["id"] == own)

    def role(self, own: str) -> int:
        """DingTalk's id of a role of the roster."""
        shown, owns = self.sim("GET", "roster"), self.sim("GET", "roster?ids=own")
        pairs = zip(shown["roles"], owns["roles"], strict=True)
        return next(int(mine["id"]) for mine, theirs in pairs if theirs["id"] == own)

    def events(self, after: int = 0) -> list[tuple[str, Any]]:
        """The events after a number, as type and payload."""
        return [(e["eventType"], e["data"]) for e in self.sim("GET", f"events?after={after}")]
