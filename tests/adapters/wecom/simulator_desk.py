"""A small corporation in the simulator, and a way to ask it things from a test."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import msgspec

from adapters.wecom.simulator import WeComSettings, create_app
from domain.records import DepartmentRecord, MemberRecord, RoleRecord, Roster

SMALL = Roster(
    departments=(
        DepartmentRecord(id="2", name="研发", parent_id=None, leaders=("Ann",), order=2),
        DepartmentRecord(id="3", name="平台", parent_id="2", order=1),
        DepartmentRecord(id="hr", name="人事", parent_id=None, order=5),
    ),
    members=(
        MemberRecord(
            id="Ann",
            name="安",
            departments=("2", "3"),
            main_department="3",
            email="ann@example.com",
            mobile="13800000001",
            title="主任",
        ),
        MemberRecord(
            id="bob",
            name="博",
            departments=("3",),
            mobile="13800000002",
            manager="Ann",
            active=False,
        ),
        MemberRecord(id="cai", name="蔡", departments=()),
        MemberRecord(id="dai", name="戴", departments=("hr",), email="dai@example.com"),
    ),
    roles=(
        RoleRecord(id="7", name="架构师", members=("Ann", "bob")),
        RoleRecord(id="r2", name="保安", members=()),
    ),
)

SECRETS = {"contact": "simulated-contact-secret", "app": "simulated-app-secret"}
CORP = "wwsimulatedcorp"


class Desk:
    """One simulator in process; every question is one HTTP request with a secret's token."""

    def __init__(self, roster: Roster | None = SMALL, **settings: Any) -> None:
        self.app = create_app(msgspec.convert(settings, WeComSettings), roster)
        self._tokens: dict[str, str] = {}

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

    def login(self, caller: str = "contact") -> str:
        """The token of one of the two secrets."""
        if caller not in self._tokens:
            query = {"corpid": CORP, "corpsecret": SECRETS[caller]}
            reply = self.http("GET", "/cgi-bin/gettoken", params=query).json()
            self._tokens[caller] = reply["access_token"]
        return self._tokens[caller]

    def request(
        self, caller: str, api: str, query: dict[str, Any] | None = None, **body: Any
    ) -> tuple[str, str, dict[str, Any]]:
        """A request with a token, for ``together``; with a body it is a POST."""
        parts: dict[str, Any] = {"params": {**(query or {}), "access_token": self.login(caller)}}
        if query is None:
            parts["json"] = body
        return "GET" if query is not None else "POST", f"/cgi-bin/{api}", parts

    def ask(
        self, caller: str, api: str, query: dict[str, Any] | None = None, **body: Any
    ) -> dict[str, Any]:
        """One call: GET with ``query``, else POST with ``body``; the whole reply."""
        method, path, parts = self.request(caller, api, query, **body)
        reply = self.http(method, path, **parts)
        assert reply.status_code == 200
        answer: dict[str, Any] = reply.json()
        return answer

    def get(self, api: str, caller: str = "app", **query: Any) -> dict[str, Any]:
        """A GET that must succeed."""
        reply = self.ask(caller, api, query)
        assert reply["errcode"] == 0, reply
        return reply

    def post(self, api: str, caller: str = "contact", **body: Any) -> dict[str, Any]:
        """A POST that must succeed."""
        reply = self.ask(caller, api, **body)
        assert reply["errcode"] == 0, reply
        return reply

    def code(self, caller: str, api: str, query: dict[str, Any] | None = None, **body: Any) -> int:
        """The code of a call."""
        return int(self.ask(caller, api, query, **body)["errcode"])

    def sim(self, method: str, path: str, body: object = None, status: int = 200) -> Any:
        """One call of a control endpoint."""
        content = None if body is None else msgspec.json.encode(body)
        reply = self.http(method, f"/_sim/{path}", content=content)
        assert reply.status_code == status, reply.text
        return reply.json()

    def change(self, op: str, **fields: Any) -> str:
        """One change in the console; the id of what changed."""
        made: str = self.sim("POST", "change", {"op": op, **fields})["id"]
        return made

    def events(self, after: int = 0) -> list[tuple[str, dict[str, Any]]]:
        """The events after a number, as type and own fields."""
        common = {"number", "ToUserName", "FromUserName", "CreateTime", "MsgType", "Event"}
        told = self.sim("GET", f"events?after={after}")
        return [
            (one["ChangeType"], {k: v for k, v in one.items() if k not in {*common, "ChangeType"}})
            for one in told
        ]
