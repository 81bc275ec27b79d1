"""Authing's own Python SDK drives the simulator over real HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from authing import ManagementClient

from adapters.authing.simulator import AuthingSettings, create_app
from adapters.simulation.server import Running, running
from tests.adapters.authing.authing_desk import KEY, ORG, SMALL


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Running]:
    """A simulator on a free port, which no proxy stands before."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with running(create_app(AuthingSettings(), SMALL)) as served:
        yield served


def client(server: Running, secret: str = KEY["accessKeySecret"]) -> Any:
    """The peer, pointed at the simulator."""
    return ManagementClient(
        access_key_id=KEY["accessKeyId"], access_key_secret=secret, host=server.url
    )


def taken(reply: dict[str, Any]) -> Any:
    """The data of an answer that must be a success."""
    assert reply["statusCode"] == 200, reply
    return reply["data"]


def test_departments(server: Running) -> None:
    """Make, list, rename, move, lead and delete a department by our own ids."""
    sdk = client(server)
    by_ours = {"department_id_type": "open_department_id"}
    made = taken(
        sdk.create_department(ORG, "新", "d-rd", {}, open_department_id="d-new", **by_ours)
    )
    assert (made["openDepartmentId"], made["name"]) == ("d-new", "新")
    children = taken(sdk.list_children_departments(ORG, "d-rd", **by_ours))
    assert [row["openDepartmentId"] for row in children["list"]] == ["d-50", "d-new"]
    ann = taken(sdk.get_user("ann", user_id_type="external_id"))["userId"]
    moved = sdk.update_department(
        ORG, "d-new", [ann], name="newer", parent_department_id="d-hr", **by_ours
    )
    assert (taken(moved)["name"], taken(moved)["leaderUserIds"]) == ("newer", [ann])
    everything = taken(sdk.get_all_departments(ORG))
    assert {row["openDepartmentId"] for row in everything["list"]} == {
        "d-rd", "d-50", "d-hr", "d-new",
    }  # fmt: skip
    assert taken(sdk.delete_department(ORG, "d-new", **by_ours)) == {"success": True}
    assert sdk.get_department(ORG, "d-new", **by_ours)["statusCode"] == 404


def test_people(server: Running) -> None:
    """Make people alone and in a batch, change, place, page, find and delete them."""
    sdk = client(server)
    one = taken(sdk.create_user(username="cai", external_id="cai", email="Cai@Example.com"))
    assert one["email"] == "cai@example.com"
    two = taken(sdk.create_users_batch([{"username": "dan"}, {"phone": "13800000009"}]))
    assert [row["username"] for row in two] == ["dan", None]
    place = taken(sdk.get_department(ORG, "d-hr", department_id_type="open_department_id"))
    rows = [{"departmentId": place["departmentId"], "isLeader": True, "isMainDepartment": True}]
    taken(sdk.set_user_departments("cai", rows, {"userIdType": "external_id"}))
    (shown,) = taken(sdk.get_user_departments("cai", "external_id"))["list"]
    assert (shown["openDepartmentId"], shown["isLeader"], shown["isMainDepartment"]) == (
        "d-hr", True, True,
    )  # fmt: skip
    changed = sdk.update_user_batch(
        [
            {
                "userId": one["userId"],
                "name": "蔡",
                "status": "Suspended",
                "customData": {"title": "x"},
            }
        ]
    )
    assert (taken(changed)[0]["status"], taken(changed)[0]["customData"]) == (
        "Suspended", {"title": "x"},
    )  # fmt: skip
    page = taken(sdk.list_users(options={"pagination": {"page": 2, "limit": 2}}))
    assert (page["totalCount"], len(page["list"])) == (5, 2)
    assert len(taken(sdk.list_users_legacy(page=1, limit=50))["list"]) == 5
    assert taken(sdk.is_user_exists(email="cai@example.com")) == {"exists": True}
    found = taken(sdk.get_user_batch(["ann", "cai"], user_id_type="external_id"))
    assert [row["externalId"] for row in found] == ["ann", "cai"]
    taken(sdk.resign_user("cai", "external_id"))
    taken(sdk.delete_users_batch(["cai"], {"userIdType": "external_id"}))
    assert sdk.get_user("cai", user_id_type="external_id")["statusCode"] == 404


def test_roles_and_fields(server: Running) -> None:
    """Make, rename, assign, revoke and delete a role; read what custom data there may be."""
    sdk = client(server)
    taken(sdk.create_role("r9", name="值班", namespace="default"))
    taken(sdk.update_role("值班员", "r9", "r9", namespace="default"))
    ann = taken(sdk.get_user("ann", user_id_type="external_id"))["userId"]
    target = [{"targetType": "USER", "targetIdentifier": ann}]
    taken(sdk.assign_role(target, "r9"))
    (holder,) = taken(sdk.list_role_members("r9"))["list"]
    assert holder["userId"] == ann
    taken(sdk.revoke_role(target, "r9"))
    assert taken(sdk.list_role_members("r9"))["totalCount"] == 0
    assert {row["code"] for row in taken(sdk.list_roles())["list"]} == {"r1", "r2", "r9"}
    taken(sdk.delete_roles_batch(["r9"]))
    assert sdk.get_role("r9")["statusCode"] == 404
    keys = [row["key"] for row in taken(sdk.get_custom_fields("USER"))]
    assert keys == ["job_number", "title", "manager"]


def test_a_wrong_secret_is_refused(server: Running) -> None:
    """The SDK raises what the simulator says of a wrong key."""
    with pytest.raises(Exception, match="accessKeyId"):
        client(server, "wrong").list_roles()
