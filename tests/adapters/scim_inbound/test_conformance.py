"""Checked by clients that others wrote: scim2-tester, and scim2-client as a careful sender."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx2
import pytest
from scim2_client.engines.httpx2 import SyncSCIMClient
from scim2_models import SearchRequest
from scim2_tester import Status, check_server

from tests.adapters.scim_inbound.inbound_desk import TOKEN, Desk


@pytest.fixture
def client(desk: Desk) -> Iterator[SyncSCIMClient]:
    headers = {"Authorization": f"Bearer {TOKEN}"}
    with httpx2.Client(base_url=desk.url, headers=headers, timeout=60) as http:
        yield SyncSCIMClient(http)


def test_scim2_tester_finds_nothing_wrong(client: SyncSCIMClient) -> None:
    """Every check of the conformance suite succeeds, none is skipped for what we lack."""
    results = check_server(client)
    wrong = [
        (result.status.name, result.title, result.reason)
        for result in results
        if result.status is not Status.SUCCESS
    ]
    assert wrong == []
    assert len(results) > 100


def test_a_careful_client_keeps_an_organization(client: SyncSCIMClient, desk: Desk) -> None:
    """scim2-client discovers the service, checks every answer, and its changes are in the tree."""
    careful: Any = client  # its models come from what it discovers
    careful.discover()
    user, group = careful.get_resource_model("User"), careful.get_resource_model("Group")
    assert user is not None
    assert group is not None
    ann = careful.create(user(user_name="ann", display_name="Ann", active=True))
    team = careful.create(group(display_name="Team", members=[{"value": ann.id}]))
    ann = careful.query(user, ann.id)  # being in a group changed what others see of her
    ann.title = "Engineer"
    careful.replace(ann)
    found = careful.query(user, query_parameters=SearchRequest[user](filter='title eq "Engineer"'))
    assert [one.id for one in found.resources] == [ann.id]
    member = desk.directory().members[ann.id]
    assert (member.title, member.departments) == ("Engineer", (team.id,))
    careful.delete(group, team.id)
    careful.delete(user, ann.id)
    assert careful.query(user).total_results == 0
