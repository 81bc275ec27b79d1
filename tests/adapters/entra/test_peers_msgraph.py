"""Microsoft's own SDK against the simulator.

msgraph-sdk takes 470 MB, so it is not among the tests' dependencies. CI: an environment of its own,
``pip install "msgraph-sdk>=1.65,<2"``, then this file (docs/providers/entra.md, The simulator).
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from adapters.entra.simulator import EntraSettings, create_app
from adapters.entra.simulator.directory import guid
from adapters.simulation.server import Running, running
from tests.adapters.entra.entra_desk import APP, company

REASON = "msgraph-sdk is not installed"
msgraph = pytest.importorskip("msgraph", reason=REASON)
abstractions = pytest.importorskip("kiota_abstractions.api_error", reason=REASON)
authentication = pytest.importorskip("kiota_abstractions.authentication", reason=REASON)


@pytest.fixture(scope="module")
def served() -> Iterator[Running]:
    with running(create_app(EntraSettings(), company(4, 250))) as found:
        yield found


def client(served: Running) -> Any:
    """The SDK at the simulator, with a token fetched by plain httpx: MSAL demands https."""
    form = {
        "client_id": APP["client_id"],
        "client_secret": APP["client_secret"],
        "scope": "https://graph.microsoft.com/.default",
        "grant_type": "client_credentials",
    }
    url = f"{served.url}/{APP['tenant_id']}/oauth2/v2.0/token"
    token = httpx.post(url, data=form, trust_env=False).json()["access_token"]

    class Bearer(authentication.AuthenticationProvider):  # type: ignore[misc,name-defined]
        async def authenticate_request(self, request: Any, *_: Any, **__: Any) -> None:
            request.headers.try_add("Authorization", f"Bearer {token}")

    adapter = msgraph.GraphRequestAdapter(Bearer())
    adapter.base_url = f"{served.url}/v1.0"
    return msgraph.GraphServiceClient(request_adapter=adapter)


def test_it_pages_through_people(served: Running) -> None:
    async def main() -> list[str]:
        users = client(served).users
        page = await users.get()
        found = [user.id for user in page.value]
        while page.odata_next_link:
            page = await users.with_url(page.odata_next_link).get()
            found += [user.id for user in page.value]
        return found

    assert len(set(asyncio.run(main()))) == 250


def test_it_reads_a_delta_round(served: Running) -> None:
    async def main() -> Any:
        page = await client(served).users.delta.get()
        return await client(served).users.delta.with_url(page.odata_next_link).get()

    assert asyncio.run(main()).odata_delta_link


def test_it_reads_members_and_managers(served: Running) -> None:
    async def main() -> tuple[Any, Any]:
        graph = client(served)
        members = await graph.groups.by_group_id(guid("group", "d0")).members.get()
        manager = await graph.users.by_user_id(guid("user", "u25")).manager.get()
        return members, manager

    members, manager = asyncio.run(main())
    assert "#microsoft.graph.user" in {one.odata_type for one in members.value}
    assert manager.id == guid("user", "u2")


def test_a_refusal_has_code_and_message(served: Running) -> None:
    with pytest.raises(abstractions.APIError) as caught:
        asyncio.run(client(served).users.by_user_id("nobody").get())
    assert caught.value.error.code == "Request_ResourceNotFound"
    assert caught.value.response_status_code == 404
