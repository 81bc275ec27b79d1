"""Microsoft's own SDK against the simulator, over HTTP.

msgraph-sdk takes 470 MB, so it has an environment of its own: ``make peers``.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from typing import Any, TypeVar

import httpx
import pytest

from adapters.entra.simulator import EntraSettings, create_app
from adapters.entra.simulator.directory import guid
from adapters.simulation.faults import Fault
from adapters.simulation.server import Running, running
from tests.adapters.entra.entra_desk import APP, company

REASON = "msgraph-sdk is not installed here: 'make peers' runs this in an environment that has it"
pytestmark = [
    # msgraph-sdk 1.65 itself uses what kiota 1.16 has renamed
    pytest.mark.filterwarnings("ignore::DeprecationWarning:kiota_abstractions.*"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning:msgraph.*"),
]

msgraph = pytest.importorskip("msgraph", reason=REASON)
core = pytest.importorskip("msgraph_core", reason=REASON)
odata = pytest.importorskip("msgraph.generated.models.o_data_errors.o_data_error", reason=REASON)
authentication = pytest.importorskip("kiota_abstractions.authentication", reason=REASON)

T = TypeVar("T")


@pytest.fixture
def served() -> Iterator[Running]:
    with running(create_app(EntraSettings(), company(4, 250))) as found:
        yield found


def ask(served: Running, work: Callable[[Any], Awaitable[T]]) -> T:
    """What ``work`` makes of the SDK's client, with a token fetched by plain httpx.

    MSAL demands https (entra.md, section 1), so the SDK cannot fetch the token itself.
    """

    async def main() -> T:
        # ours, because the SDK's middleware never closes the connections below it
        async with httpx.AsyncHTTPTransport() as wire:
            plain = httpx.AsyncClient(transport=wire, trust_env=False)
            http = core.GraphClientFactory.create_with_default_middleware(client=plain)
            adapter = msgraph.GraphRequestAdapter(_bearer(served), client=http)
            adapter.base_url = f"{served.url}/v1.0"
            return await work(msgraph.GraphServiceClient(request_adapter=adapter))

    return asyncio.run(main())


def _bearer(served: Running) -> Any:
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

    return Bearer()


def asking(**query: Any) -> Any:
    """The SDK's way to give query parameters, with any request."""
    from kiota_abstractions.base_request_configuration import RequestConfiguration
    from msgraph.generated.users.users_request_builder import UsersRequestBuilder

    parameters = UsersRequestBuilder.UsersRequestBuilderGetQueryParameters(**query)
    return RequestConfiguration(query_parameters=parameters)


async def round_of(builder: Any, first: Any) -> tuple[list[Any], str]:
    """All entries of a delta round from its first page on, and the link to the next round."""
    page, entries = first, list(first.value)
    while page.odata_next_link:
        page = await builder.with_url(page.odata_next_link).get()
        entries += page.value
    return entries, page.odata_delta_link


def test_it_pages_through_people_by_whole_links(served: Running) -> None:
    """Everybody comes once, over three pages, with the fields that were selected and no others."""

    async def work(graph: Any) -> list[Any]:
        page = await graph.users.get(asking(select=["id", "displayName", "department"], top=100))
        found, pages = list(page.value), 1
        while page.odata_next_link:
            page = await graph.users.with_url(page.odata_next_link).get()
            found, pages = found + page.value, pages + 1
        assert pages == 3
        return found

    people = ask(served, work)
    assert {user.id for user in people} == {guid("user", f"u{n}") for n in range(250)}
    assert {user.display_name for user in people} == {f"人{n}" for n in range(250)}
    assert {user.department for user in people} == {f"部门{n}" for n in range(4)}
    assert {user.user_principal_name for user in people} == {None}


def test_it_reads_a_round_of_changes_and_the_next_one(served: Running) -> None:
    """The first round has everybody; the next one the one who changed, and who left as removed."""

    async def work(graph: Any) -> tuple[list[Any], list[Any]]:
        delta = graph.users.delta
        first = await delta.get(asking(select=["displayName", "manager"]))
        assert first.odata_next_link  # 250 do not fit into a page of 200
        everybody, link = await round_of(delta, first)
        served.app.provider.change({"op": "update_member", "id": "u7", "manager": "u3"})
        served.app.provider.change({"op": "delete_member", "id": "u249"})
        changed, _ = await round_of(delta, await delta.with_url(link).get())
        return everybody, changed

    everybody, changed = ask(served, work)
    assert len(everybody) == len({user.id for user in everybody}) == 250
    by_id = {user.id: user.additional_data for user in changed}
    assert by_id.keys() == {guid("user", "u7"), guid("user", "u249")}
    assert by_id[guid("user", "u249")]["@removed"] == {"reason": "changed"}
    ties = by_id[guid("user", "u7")]["manager@delta"]
    ends = {str(tie["id"]): "@removed" not in tie for tie in ties}
    assert ends == {guid("user", "u3"): True, guid("user", "u0"): False}


def test_it_reads_groups_their_members_and_the_changes_of_members(served: Running) -> None:
    """Groups, direct members with their types, and members@delta after somebody moved."""

    async def work(graph: Any) -> tuple[Any, Any, list[Any]]:
        groups = await graph.groups.get()
        members = await graph.groups.by_group_id(guid("group", "d0")).members.get()
        delta = graph.groups.delta
        _, link = await round_of(delta, await delta.get(asking(select=["displayName", "members"])))
        served.app.provider.change({"op": "update_member", "id": "u8", "departments": ["d1"]})
        changed, _ = await round_of(delta, await delta.with_url(link).get())
        return groups, members, changed

    groups, members, changed = ask(served, work)
    assert {group.display_name for group in groups.value} == {f"部门{n}" for n in range(4)}
    assert {one.odata_type for one in members.value} == {"#microsoft.graph.user"}
    assert {one.id for one in members.value} == {guid("user", f"u{n}") for n in range(0, 250, 4)}
    moved = {
        group.id: [(str(tie["id"]), "@removed" in tie) for tie in ties]
        for group in changed
        if (ties := group.additional_data["members@delta"])
    }
    assert moved == {
        guid("group", "d0"): [(guid("user", "u8"), True)],
        guid("group", "d1"): [(guid("user", "u8"), False)],
    }


def test_it_reads_a_manager_and_is_told_that_there_is_none(served: Running) -> None:
    """A manager is a person of its own; who has none answers 404 as an ODataError."""

    def manager_of(person: str) -> Callable[[Any], Awaitable[Any]]:
        return lambda graph: graph.users.by_user_id(guid("user", person)).manager.get()

    assert ask(served, manager_of("u25")).id == guid("user", "u2")
    with pytest.raises(odata.ODataError) as caught:
        ask(served, manager_of("u0"))
    assert caught.value.error.code == "Request_ResourceNotFound"


def test_it_waits_for_a_throttled_call_and_makes_it_again(served: Running) -> None:
    """The SDK takes our 429 and its Retry-After for Graph's own: it waits, and gets the answer."""
    served.app.faults.set([Fault(api="users", kind="throttle", times=2)])

    async def work(graph: Any) -> tuple[Any, float]:
        loop = asyncio.get_running_loop()
        began = loop.time()
        return await graph.users.get(), loop.time() - began

    page, seconds = ask(served, work)
    assert len(page.value) == 100
    assert served.app.stats.calls["users"] == 3
    assert served.app.stats.throttled == 2
    assert seconds >= 2, "Retry-After: 1 was given twice"


@pytest.mark.parametrize(
    ("ask_for", "status", "code"),
    [
        (lambda graph: graph.users.by_user_id("nobody").get(), 404, "Request_ResourceNotFound"),
        (lambda graph: graph.users.get(asking(top=1000)), 400, "Request_UnsupportedQuery"),
        (lambda graph: graph.users.delta.get(asking(top=5)), 400, "Request_BadRequest"),
    ],
    ids=["nobody", "page-too-large", "not-with-delta"],
)
def test_a_refusal_is_an_odata_error_with_status_code_and_message(
    served: Running, ask_for: Callable[[Any], Awaitable[Any]], status: int, code: str
) -> None:
    """What the simulator refuses has the form that the SDK knows how to read."""
    with pytest.raises(odata.ODataError) as caught:
        ask(served, ask_for)
    error = caught.value
    assert (error.response_status_code, error.error.code) == (status, code)
    assert error.error.message
    assert error.error.inner_error.request_id
