"""The simulated ``/subscriptions`` refuses what Graph refuses (entra.md, section 9)."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from adapters.entra.simulator import EntraSettings, create_app
from adapters.entra.simulator.settings import GROUPS, USERS
from adapters.entra.simulator.subscriptions import MOST
from adapters.simulation.http import Receive, Scope, Send, read_request
from adapters.simulation.server import running
from tests.adapters.entra.entra_desk import company
from tests.adapters.entra.graph import Graph

URL = "https://sync.example.com/notified"


class Echo:
    """Answers the check of its address as it is told to."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.status, self.kind, self.wrong, self.seconds = 200, b"text/plain", b"", 0.0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = await read_request(scope, receive)
        self.asked.append(request.path)
        assert request.method == "POST"
        token = request.query["validationToken"]
        await asyncio.sleep(self.seconds)
        headers = [(b"content-type", self.kind)]
        await send({"type": "http.response.start", "status": self.status, "headers": headers})
        await send({"type": "http.response.body", "body": token.encode() + self.wrong})


@pytest.fixture
def echo() -> Echo:
    return Echo()


@pytest.fixture
def graph(echo: Echo) -> Iterator[Graph]:
    app = create_app(EntraSettings(), company(2, 4), httpx.ASGITransport(echo))
    with running(app) as served:
        found = Graph(served)
        yield found
        found.client.close()


def later(**time: float) -> str:
    return (datetime.now(UTC) + timedelta(**time)).strftime("%Y-%m-%dT%H:%M:%S.0000000Z")


def body(**changes: Any) -> dict[str, Any]:
    """What is right, but for ``changes``; a None leaves a property out."""
    given = {
        "changeType": "updated,deleted",
        "notificationUrl": URL,
        "lifecycleNotificationUrl": f"{URL}/lifecycle",
        "resource": "/users",
        "expirationDateTime": later(days=28),
        "clientState": "a secret",
        **changes,
    }
    return {name: value for name, value in given.items() if value is not None}


def post(graph: Graph, **changes: Any) -> httpx.Response:
    return graph.client.post("/v1.0/subscriptions", json=body(**changes))


def test_one_is_made_read_renewed_and_removed(graph: Graph, echo: Echo) -> None:
    """Both addresses are checked; the clientState is never told."""
    made = post(graph)
    assert made.status_code == 201
    assert echo.asked == ["/notified", "/notified/lifecycle"]
    path = f"subscriptions/{made.json()['id']}"
    assert made.json()["clientState"] is None
    assert [one["id"] for one in graph.get("subscriptions").json()["value"]] == [path[14:]]
    until = later(days=20)
    renewed = graph.client.patch(f"/v1.0/{path}", json={"expirationDateTime": until})
    assert renewed.json()["expirationDateTime"][:19] == until[:19]
    assert graph.client.post(f"/v1.0/{path}/reauthorize").status_code == 204
    assert graph.client.delete(f"/v1.0/{path}").status_code == 204
    assert graph.refused(path) == (404, "ResourceNotFound")


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"changeType": None}, 400),
        ({"changeType": "moved"}, 400),
        ({"notificationUrl": None}, 400),
        ({"notificationUrl": "http://sync.example.com/"}, 400),
        ({"notificationUrl": "nowhere"}, 400),
        ({"lifecycleNotificationUrl": "http://sync.example.com/"}, 400),
        ({"resource": None}, 400),
        ({"resource": "/directory/administrativeUnits"}, 400),
        ({"resource": "/users?$filter=x"}, 400),
        ({"expirationDateTime": None}, 400),
        ({"expirationDateTime": "soon"}, 400),
        ({"clientState": "x" * 129}, 400),
        ({"includeResourceData": True}, 400),
        ({"surprise": 1}, 400),
        ({"clientState": "x" * 128, "lifecycleNotificationUrl": None}, 201),
        ({"notificationUrl": "http://127.0.0.1:9/"}, 201),
        ({"resource": "groups/1"}, 201),
    ],
    ids=str,
)
def test_what_is_refused(graph: Graph, changes: dict[str, Any], status: int) -> None:
    """Every property has its rule."""
    assert post(graph, **changes).status_code == status


@pytest.mark.parametrize(("minutes", "status"), [(-1, 400), (41_759, 201), (41_761, 400)])
def test_its_end_is_within_29_days(graph: Graph, minutes: int, status: int) -> None:
    """A subscription to people or groups lasts 41,760 minutes at most."""
    assert post(graph, expirationDateTime=later(minutes=minutes)).status_code == status


@pytest.mark.parametrize(
    "answers",
    [{"status": 202}, {"kind": b"text/html"}, {"wrong": b"!"}, {"seconds": 0.3}],
    ids=str,
)
def test_an_address_must_prove_itself(graph: Graph, echo: Echo, answers: dict[str, Any]) -> None:
    """The token as plain text, by itself and in time; otherwise nothing is made."""
    graph.set(callback_limit=0.1)
    for name, value in answers.items():
        setattr(echo, name, value)
    refused = post(graph)
    assert (refused.status_code, refused.json()["error"]["code"]) == (400, "ValidationError")
    assert graph.get("subscriptions").json()["value"] == []


def test_a_short_life_is_made_longer(graph: Graph) -> None:
    """Less than 45 minutes are 45 minutes."""
    until = datetime.fromisoformat(
        post(graph, expirationDateTime=later(minutes=1)).json()["expirationDateTime"]
    )
    assert timedelta(minutes=44) < until - datetime.now(UTC) < timedelta(minutes=46)


def test_an_app_has_so_many(graph: Graph) -> None:
    """The hundred and first in one tenant is refused."""
    assert [post(graph).status_code for _ in range(MOST)] == [201] * MOST
    assert post(graph).status_code == 403


@pytest.mark.parametrize(("resource", "permission"), [("users", GROUPS), ("groups", USERS)])
def test_the_right_to_read_is_needed(graph: Graph, resource: str, permission: str) -> None:
    """Another permission does not do."""
    graph.set(permissions=[permission])
    assert post(graph, resource=resource).status_code == 403


def test_nobody_subscribes_without_a_token(graph: Graph) -> None:
    """A caller without a token learns nothing."""
    graph.client.headers.pop("Authorization")
    assert post(graph).status_code == 401
    assert graph.client.get("/v1.0/subscriptions").status_code == 401


def test_only_its_end_and_its_address_change(graph: Graph) -> None:
    """What a subscription is about is said once, and its secret as well."""
    path = f"/v1.0/subscriptions/{post(graph).json()['id']}"
    for name in ("changeType", "resource", "clientState", "lifecycleNotificationUrl"):
        assert graph.client.patch(path, json={name: body()[name]}).status_code == 400
    far = {"expirationDateTime": later(days=40)}
    assert graph.client.patch(path, json=far).status_code == 400
    moved = graph.client.patch(path, json={"notificationUrl": f"{URL}/elsewhere"})
    assert moved.json()["notificationUrl"] == f"{URL}/elsewhere"
