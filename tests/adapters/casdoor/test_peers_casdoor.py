"""Casdoor's own Python SDK drives the simulator over real HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from casdoor import CasdoorSDK
from casdoor.group import Group
from casdoor.organization import Organization
from casdoor.role import Role
from casdoor.user import User

from adapters.casdoor.simulator import CasdoorSettings, create_app
from adapters.simulation.server import Running, running
from tests.adapters.casdoor.casdoor_desk import ORG, PAIR, SMALL

WHEN = "2026-11-21T00:00:00Z"


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Running]:
    """A simulator on a free port, which no proxy stands before."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with running(create_app(CasdoorSettings(), SMALL)) as served:
        yield served


def client(server: Running, secret: str = PAIR["clientSecret"]) -> Any:
    """The peer, pointed at the simulator."""
    return CasdoorSDK(
        endpoint=server.url,
        client_id=PAIR["clientId"],
        client_secret=secret,
        certificate="",
        org_name=ORG,
        application_name="app-simulated",
    )


def test_groups(server: Running) -> None:
    """Add, read, page, change and delete a group."""
    sdk = client(server)
    group = Group.new(ORG, "d-new", WHEN, "新")
    group.parentId = "d-rd"
    assert sdk.add_group(group) == "Affected"
    assert {each.name for each in sdk.get_groups()} == {"d-rd", "d-50", "d-hr", "d-new"}
    read = sdk.get_group("d-new")
    assert (read.displayName, read.parentId, read.createdTime) == ("新", "d-rd", WHEN)
    read.displayName = "newer"
    assert sdk.update_group(read) == "Affected"
    page, total = sdk.get_pagination_groups(1, 2, {"sortField": "name", "sortOrder": "ascend"})
    assert ([each.name for each in page], total) == (["d-50", "d-hr"], 4)
    assert sdk.delete_group(read) == "Affected"
    assert sdk.get_group("d-new") is None


def test_refusals_are_exceptions_with_the_message(server: Running) -> None:
    """The SDK raises what the simulator says."""
    sdk = client(server)
    with pytest.raises(ValueError, match=r"^group has children group$"):
        sdk.delete_group(sdk.get_group("d-rd"))
    with pytest.raises(ValueError, match=r"^group name can't be empty$"):
        sdk.add_group(Group.new(ORG, "", WHEN, "x"))
    with pytest.raises(
        ValueError, match=r"^Incorrect client secret for application: app-simulated$"
    ):
        client(server, "wrong").get_groups()


def test_users(server: Running) -> None:
    """Add somebody, read by every key, change columns, page, count and delete."""
    sdk = client(server)
    user = User.new(ORG, "dai", WHEN, "戴", email="dai@example.com", phone="13900000001")
    user.countryCode = "CN"
    user.groups = [f"{ORG}/d-hr"]
    sdk.add_user(user)
    read = sdk.get_user("dai")
    assert (read.displayName, read.groups, read.countryCode) == ("戴", [f"{ORG}/d-hr"], "CN")
    assert sdk.get_user_by_email("dai@example.com").name == "dai"
    assert sdk.get_user_by_phone("13900000001").name == "dai"
    assert sdk.get_user_by_user_id(read.id).name == "dai"
    read.title, read.email = "x", "other@example.com"
    sdk.update_user_for_columns(read, ["title"])
    again = sdk.get_user("dai")
    assert (again.title, again.email) == ("x", "dai@example.com")
    assert sdk.get_user_count() == 4
    page, total = sdk.get_pagination_users(2, 3, {"sortField": "name", "sortOrder": "ascend"})
    assert ([each.name for each in page], total) == (["dai"], 4)
    assert {each.name for each in sdk.get_users()} == {"ann", "bob", "cai", "dai"}
    sdk.delete_user(again)
    assert sdk.get_user("dai") is None


def test_a_whole_user_is_written_back_as_it_was_read(server: Running) -> None:
    """Read, change, write without columns: what was read is kept."""
    sdk = client(server)
    read = sdk.get_user("ann")
    read.title = "新"
    sdk.update_user(read)
    again = sdk.get_user("ann")
    assert (again.title, again.phone, again.groups) == ("新", "13800000001", read.groups)
    read.id = "another"
    with pytest.raises(Exception, match=r"^The ID is immutable\.$"):
        sdk.update_user(read)


def test_roles(server: Running) -> None:
    """Add a role, give it and take it, page, delete."""
    sdk = client(server)
    role = Role.new(ORG, "r9", WHEN, "九", "")
    role.users = []
    sdk.add_role(role)
    sdk.assign_role_to_user("ann", "r9")
    assert sdk.get_role("r9").users == [f"{ORG}/ann"]
    assert {each.name for each in sdk.get_user_roles("ann")} == {"r1", "r9"}
    sdk.remove_role_from_user("ann", "r9")
    assert sdk.get_role("r9").users == []
    page, total = sdk.get_pagination_roles(1, 2)
    assert (len(page), total) == (2, 3)
    sdk.delete_role(role)
    assert {each.name for each in sdk.get_roles()} == {"r1", "r2"}


def test_organizations(server: Running) -> None:
    """Organizations are read and added."""
    sdk = client(server)
    assert sdk.get_organization(ORG).displayName == "Simulated Organization"
    made = Organization()
    made.owner, made.name = "admin", "other"
    assert sdk.add_organization(made) == "Affected"
    assert {each.name for each in sdk.get_organizations()} == {"built-in", ORG, "other"}


def test_an_access_token_stands_for_the_pair(server: Running) -> None:
    """Client credentials give a token that opens calls as Bearer."""
    sdk = client(server)
    token = sdk.get_oauth_token()["access_token"]
    assert len(sdk.with_access_token(token).get_groups()) == 3
