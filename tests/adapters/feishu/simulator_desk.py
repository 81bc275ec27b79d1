"""A small organization in the simulator, and a way to ask it things from a test."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import msgspec

from adapters.feishu.simulator import FeishuSettings, create_app
from domain.records import DepartmentRecord, MemberRecord, RoleRecord, Roster

SMALL = Roster(
    departments=(
        DepartmentRecord(id="rd", name="研发", parent_id=None, leaders=("ann",), order=2),
        DepartmentRecord(id="50", name="平台", parent_id="rd", order=1),
        DepartmentRecord(id="hr", name="人事-行政", parent_id=None, order=5),
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
        RoleRecord(id="r1", name="架构师", members=("ann", "bob")),
        RoleRecord(id="r2", name="保安", members=()),
    ),
)

CUSTOM = {"user_id_type": "user_id", "department_id_type": "department_id"}
API = "/open-apis/contact/v3/"
TOKEN = "/open-apis/auth/v3/tenant_access_token/internal"


def many(count: int, parent: str | None = None) -> Roster:
    """A roster of ``count`` departments and as many people in a department of their own."""
    crowd = DepartmentRecord(id="crowd", name="crowd", parent_id=parent)
    departments = [
        DepartmentRecord(id=f"d{i}", name=f"d{i}", parent_id="crowd") for i in range(count)
    ]
    members = [MemberRecord(id=f"u{i}", name=f"u{i}", departments=("crowd",)) for i in range(count)]
    return Roster(departments=(crowd, *departments), members=tuple(members))


class Desk:
    """One simulator in process; every question is one HTTP request with custom ids."""

    def __init__(self, roster: Roster | None = SMALL, **settings: Any) -> None:
        self.app = create_app(msgspec.convert(settings, FeishuSettings), roster)
        self.token = ""
        self.people = 0

    def http(self, method: str, path: str, **request: Any) -> httpx.Response:
        """One request without credentials."""
        return self.together((method, path, request))[0]

    def together(self, *requests: tuple[str, str, dict[str, Any]]) -> list[httpx.Response]:
        """Requests without credentials, all at the same time."""

        async def ask() -> list[httpx.Response]:
            transport = httpx.ASGITransport(app=self.app)
            async with httpx.AsyncClient(
                transport=transport, base_url="http://sim", trust_env=False
            ) as client:
                calls = [client.request(m, path, **request) for m, path, request in requests]
                return await asyncio.gather(*calls)

        return asyncio.run(ask())

    def login(self) -> str:
        """The app's access token."""
        if not self.token:
            given = {"app_id": "cli_simulatedapp", "app_secret": "simulated-secret"}
            self.token = self.http("POST", TOKEN, json=given).json()["tenant_access_token"]
        return self.token

    def request(
        self, method: str, path: str, query: dict[str, Any] | None = None, **body: Any
    ) -> tuple[str, str, dict[str, Any]]:
        """A request with the app's token, for ``together``."""
        parts: dict[str, Any] = {
            "params": {**CUSTOM, **(query or {})},
            "headers": {"Authorization": f"Bearer {self.login()}"},
        }
        if method != "GET" and body:
            parts["json"] = body
        return method, API + path, parts

    def ask(
        self, method: str, path: str, query: dict[str, Any] | None = None, **body: Any
    ) -> httpx.Response:
        """One call with the app's token and custom ids."""
        made = self.request(method, path, query, **body)
        return self.http(made[0], made[1], **made[2])

    def data(self, method: str, path: str, query: dict[str, Any] | None = None, **body: Any) -> Any:
        """The data of a call that must succeed."""
        reply = self.ask(method, path, query, **body)
        assert (reply.status_code, reply.json()["code"]) == (200, 0), reply.text
        return reply.json()["data"]

    def code(
        self, method: str, path: str, query: dict[str, Any] | None = None, **body: Any
    ) -> tuple[int, int]:
        """The HTTP status and the code of a call."""
        reply = self.ask(method, path, query, **body)
        return reply.status_code, int(reply.json()["code"])

    def sim(self, method: str, path: str, body: object = None, status: int = 200) -> Any:
        """One call of a control endpoint."""
        content = None if body is None else msgspec.json.encode(body)
        reply = self.http(method, f"/_sim/{path}", content=content)
        assert reply.status_code == status, reply.text
        return reply.json()

    def person(self, **changes: Any) -> dict[str, Any]:
        """A body that creates somebody."""
        self.people += 1
        return {
            "name": "戴",
            "mobile": f"139{self.people:08d}",
            "department_ids": ["hr"],
            "employee_type": 1,
            **changes,
        }

    def events(self, after: int = 0) -> list[tuple[str, Any]]:
        """The events after a number, as type and payload."""
        told = self.sim("GET", f"events?after={after}")
        return [(one["header"]["event_type"], one["event"]) for one in told]

    def pages(self, path: str, key: str = "items", **query: Any) -> list[list[Any]]:
        """All pages of a listing."""
        pages, token = [], ""
        while True:
            data = self.data("GET", path, {**query, **({"page_token": token} if token else {})})
            pages.append(data[key])
            if not data["has_more"]:
                assert "page_token" not in data
                return pages
            token = data["page_token"]
