"""Every call that we send is one that Authing's own SDK sends: method, path and parameters."""

from __future__ import annotations

import ast
import asyncio
import inspect
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from authing import ManagementClient
from msgspec.structs import replace

import adapters.authing
from adapters.authing.mapping import FIELDS, OWN
from adapters.authing.settings import AuthingSettings
from adapters.authing.target import AuthingTarget
from adapters.simulation.http import Request
from domain.delivery.operation import Acknowledged, Relations
from domain.ports import Finding
from tests.adapters.authing.authing_desk import SMALL
from tests.adapters.authing.target_desk import AuthingTargetDesk, VirtualDesk, changed

ROWS = {"create-users-batch": "create-user", "update-user-batch": "update-user"}
"""Calls whose list has rows like the body of another one."""

OPTIONS = {
    "list-users": {"pagination", "withCustomData", "withDepartmentIds"},
    "create-user": {"departmentIdType"},
    "create-users-batch": {"departmentIdType"},
}
"""What we send within ``options``: authing-node-sdk, ListUsersOptionsDto, CreateUserOptionsDto."""

REQUIRED = {
    "create-department": {"organizationCode", "name", "parentDepartmentId", "metadata"},
    "update-department": {"organizationCode", "departmentId"},
    "delete-department": {"organizationCode", "departmentId"},
    "set-user-departments": {"userId", "departments"},
    "remove-department-members": {"userIds", "organizationCode", "departmentId"},
    "update-role": {"name", "newCode", "code"},
    "assign-role": {"targets", "code"},
    "revoke-role": {"targets", "code"},
}
"""Parameters without a default in the SDK, which every such call must have."""


def offered() -> dict[tuple[str, str], set[str]]:
    """Method and call to its parameters, as the SDK's source has them."""
    found: dict[tuple[str, str], set[str]] = {}
    for node in ast.walk(
        ast.parse(Path(inspect.getfile(ManagementClient)).read_text(encoding="utf-8"))
    ):
        if not (isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "request"):
            continue
        given = {keyword.arg: keyword.value for keyword in node.keywords}
        place = ast.literal_eval(given["url"]).removeprefix("/api/v3/")
        names: set[str] = set()
        for part in (given.get("json"), given.get("params")):
            if isinstance(part, ast.Dict):
                names |= {ast.literal_eval(key) for key in part.keys if key is not None}
        found[ast.literal_eval(given["method"]), place] = names
    return found


def everything(desk: VirtualDesk) -> list[Request]:
    """All that a target can be asked for, once."""

    def places(*keys: str) -> tuple[str, ...]:
        return tuple(desk.department(key).id for key in keys)

    def person(key: str, **more: Any) -> Any:
        fields = {"externalId": key, "username": key, "name": key, **more}
        relations = Relations(departments=places("d-rd", "d-hr"), active=True)
        return changed("member", "create", key=key, fields=fields, relations=relations)

    texts = dict.fromkeys(FIELDS["member"] - {"phone", "gender", "email"}, "x")
    every = {**texts, "phone": "+8613800000007", "gender": "F", "email": "a@b.cn",
             **dict.fromkeys(OWN, "x")}  # fmt: skip
    below = Relations(parent=places("d-rd")[0])
    new = {"key": "d-n", "fields": {"name": "N", "code": "n"}, "relations": below}
    desk.done("department", "create", **new)
    made = desk.apply_all(person("u-a"), person("u-b"))
    one = desk.apply("member", "create", key="u-c", fields={**every, "externalId": "u-c"},
                     relations=Relations(departments=places("d-hr"), active=False))  # fmt: skip
    assert isinstance(one, Acknowledged)
    for again in (person("u-a"), replace(person("u-z", email="a@b.cn"), again=True)):
        desk.apply_all(again)  # what is there, and what somebody else has
    desk.apply_all(*(changed("member", "update", remote=r.remote, key="k", fields={"name": "n"})
                     for r in made if isinstance(r, Acknowledged)))  # fmt: skip
    plain = {name: value for name, value in every.items() if name not in ("externalId", "username")}
    desk.done("member", "update", remote=one.remote, key="u-c", fields=plain)
    there = Relations(departments=places("d-rd", "d-hr"))
    desk.done("member", "relate", remote=one.remote, key="u-c", relations=there)
    out = {"had": there, "relations": Relations(departments=())}
    desk.done("member", "relate", remote=one.remote, key="u-c", **out)
    for key in ("d-n", "d-50"):
        (row,) = places(key)
        desk.done("department", "update", remote=row, key=key, fields={"name": "M"})
        desk.done("department", "delete", remote=row, key=key)
    desk.done("role", "create", key="r-n", fields={"name": "R", "description": "d"})
    desk.apply("role", "create", key="r-n", fields={"name": "R"}, again=True)
    desk.done("role", "update", remote="r-n", fields={"description": "e"}, known={"name": "R"})
    for what in ("add", "remove"):
        desk.done("role", what, remote="r-n", members=(desk.user("ann").id,))
    desk.done("role", "delete", remote="r-n")
    desk.read()
    desk.work(lambda target: target.check())
    desk.apply("department", "update", remote="nothing", key="d-x", fields={"name": "M"})
    desk.done("member", "delete", remote=one.remote, key="u-c")
    people = [r.remote for r in made if isinstance(r, Acknowledged)]
    desk.apply_all(changed("member", "delete", remote=people[0], key="u-a"), resign=True)
    return desk.asked


def named() -> Iterator[str]:
    """The calls that our code knows."""
    words = r'"((?:get|list|create|update|delete|set|remove|resign|assign|revoke|is)-[a-z-]+)"'
    for file in Path(adapters.authing.__path__[0]).glob("*.py"):
        yield from re.findall(words, file.read_text(encoding="utf-8"))


def test_every_call_that_we_send_is_one_of_the_sdks() -> None:
    """Every call that the code knows was sent, each with parameters that Authing names."""
    calls = offered()
    sent: set[str] = set()
    for request in everything(VirtualDesk(SMALL)):
        api = request.path.removeprefix("/api/v3/")
        sent.add(api)
        if api == "get-management-token":
            assert request.payload.keys() == {"accessKeyId", "accessKeySecret"}
            continue
        assert (request.method, api) in calls
        given = request.payload if request.method == "POST" else request.query
        assert (set(request.query) == set()) or request.method == "GET"
        assert given.keys() <= calls[request.method, api], api
        assert REQUIRED.get(api, set()) <= given.keys(), api
        if isinstance(options := given.get("options"), dict):
            assert options.keys() <= OPTIONS[api], api
        if api in ROWS:
            for row in given["list"]:
                assert row.keys() <= calls["POST", ROWS[api]], api
        assert request.headers["authorization"].startswith("Bearer ")
        assert request.headers["x-authing-userpool-id"]
    assert set(named()) <= sent


def test_a_check_compares_the_clocks() -> None:
    """Every answer has a date, and a clock that agrees is said."""

    async def check(settings: dict[str, Any]) -> list[Finding]:
        target = AuthingTarget("authing-main", AuthingSettings(**settings))
        try:
            return await target.check()
        finally:
            await target.close()

    with AuthingTargetDesk() as desk:
        findings = {found.subject: found for found in asyncio.run(check(desk.settings()))}
    assert "agrees with Authing's" in findings["clock"].text
