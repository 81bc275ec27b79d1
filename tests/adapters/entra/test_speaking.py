"""The simulated Graph notifies: which change is told to which subscription, and what is not."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import msgspec
import pytest

from adapters.entra.callbacks import EntraCallbacks
from adapters.entra.settings import EntraSettings
from adapters.entra.simulator import EntraSettings as Simulated
from adapters.entra.simulator import create_app
from adapters.entra.simulator.directory import guid
from adapters.entra.simulator.notifying import Subscription
from adapters.receiving import table
from adapters.simulation.app import SimulatorApp
from adapters.simulation.faults import Fault
from domain.hints import Callback
from domain.records import MemberRecord, Roster
from tests.adapters.entra.entra_desk import APP, GROUPS, company
from tests.adapters.simulation.receiver import URL, Receiver, calling, settled, to

SCOPE = "https://graph.microsoft.com/.default"
STATE = "a secret that only we and Graph know"
DAY = 86_400.0
PEOPLE = company(4, 8, roles=2)


def subscribe(app: SimulatorApp, *resources: str, **fields: Any) -> None:
    """Subscriptions to ``resources``, for a day."""
    world = app.provider._world  # type: ignore[attr-defined]
    for number, resource in enumerate(resources):
        one = Subscription(
            id=f"s{number}",
            resource=resource,
            change_type="updated,deleted",
            notification_url=URL,
            lifecycle_notification_url=f"{URL}/lifecycle",
            client_state=STATE,
            expires=world.clock.now() + DAY,
        )
        world.subscriptions[one.id] = msgspec.structs.replace(one, **fields)


def receiving() -> Receiver:
    """Our side; the fake clock of the simulator is of no matter to it."""
    return Receiver(EntraCallbacks(EntraSettings(**APP, **GROUPS), STATE))


def told(
    *changes: dict[str, Any],
    resources: tuple[str, ...] = ("/users", "/groups"),
    roster: Roster | None = None,
    advance: tuple[float, ...] = (),
    **fields: Any,
) -> Receiver:
    """What subscribers are told of ``changes``, of another roster, or of time that passes."""
    receiver = receiving()
    app = create_app(Simulated(), PEOPLE, to(receiver))
    subscribe(app, *resources, **fields)

    async def change() -> None:
        async with calling(app):
            for one in changes:
                app.provider.change(one)
            if roster is not None:
                app.provider.put_roster(roster)
            for seconds in advance:
                app.provider.clock.advance(seconds)

    asyncio.run(change())
    assert receiver.refused == []
    return receiver


def items(callback: Callback) -> list[dict[str, Any]]:
    """The notifications in a call."""
    found: list[dict[str, Any]] = table(callback.body)["value"]
    return found


NEW = {"op": "create_member", "id": "new", "name": "New", "departments": ["d1"]}
USER, GROUP = "user updated", "group updated"
CHANGES: list[tuple[dict[str, Any], list[tuple[str, str]]]] = [
    (NEW, [(USER, guid("user", "new")), (GROUP, guid("group", "d1"))]),
    ({"op": "update_member", "id": "u5", "name": "x"}, [(USER, guid("user", "u5"))]),
    ({"op": "update_member", "id": "u5", "manager": "u2"}, [(USER, guid("user", "u5"))]),
    ({"op": "rename_role", "id": "r1", "name": "x"}, [(GROUP, guid("role", "r1"))]),
    ({"op": "update_department", "id": "d1", "leaders": []}, [(GROUP, guid("group", "d1"))]),
]


@pytest.mark.parametrize(("change", "expected"), CHANGES, ids=lambda value: str(value)[:60])
def test_each_change_is_told_once_for_each_object(
    change: dict[str, Any], expected: list[tuple[str, str]]
) -> None:
    """entra.md, section 9: a creation is an update; members are a change of their group."""
    assert [(event, who) for event, who, _ in told(change).told] == expected


def test_a_deletion_is_an_update_until_it_is_final() -> None:
    """Somebody who can be restored is updated, and thirty days later deleted."""
    gone = {"op": "delete_member", "id": "u7"}
    assert told(gone).told == [(USER, guid("user", "u7"), False)]
    receiver = told(gone, advance=(31 * DAY,), expires=9e9)
    assert receiver.told[-1] == ("user deleted", guid("user", "u7"), True)


def test_only_what_was_subscribed_to_is_told() -> None:
    """By resource and by kind of change; administrative units have no notifications."""
    assert {event for event, _, _ in told(NEW, resources=("users",)).told} == {USER}
    assert {event for event, _, _ in told(NEW, resources=("/groups",)).told} == {GROUP}
    assert told(NEW, change_type="created").came == []
    one = f"/users/{guid('user', 'u5')}"
    changes = [{"op": "update_member", "id": who, "name": "x"} for who in ("u5", "u6")]
    assert [who for _, who, _ in told(*changes, resources=(one,)).told] == [guid("user", "u5")]
    assert told(NEW, resources=()).came == []


def test_a_subscription_that_ended_is_told_nothing_more() -> None:
    """And Graph says nothing about it."""
    assert told(NEW, expires=1.0).came == []


def test_a_body_is_that_of_the_documents() -> None:
    """Nothing of the person rides along."""
    receiver = told({"op": "update_member", "id": "u5", "name": "Secret"}, resources=("/users",))
    (item,) = items(receiver.came[0])
    assert set(item) == {
        "subscriptionId", "subscriptionExpirationDateTime", "clientState", "changeType",
        "resource", "tenantId", "resourceData",
    }  # fmt: skip
    person = guid("user", "u5")
    assert (item["resource"], item["changeType"]) == (f"Users/{person}", "updated")
    assert item["resourceData"]["@odata.type"] == "#Microsoft.Graph.User"
    assert item["resourceData"]["id"] == person
    assert (item["clientState"], item["subscriptionId"]) == (STATE, "s0")
    assert b"Secret" not in receiver.came[0].body


def test_what_happens_at_once_comes_in_few_calls() -> None:
    """Up to ten notifications in one, of several subscriptions."""
    more = tuple(MemberRecord(id=f"m{n}", name="m", departments=()) for n in range(25))
    roster = Roster(
        departments=PEOPLE.departments, members=(*PEOPLE.members, *more), roles=PEOPLE.roles
    )
    receiver = told(roster=roster)
    assert [len(items(one)) for one in receiver.came] == [10, 10, 5]
    assert len({who for _, who, _ in receiver.told}) == 25


def test_a_subscription_made_through_graph_is_checked_and_then_told() -> None:
    """Graph calls the address with a token, and makes no subscription when it is not answered."""
    receiver = receiving()
    receiver.troubles.append(500)
    app = create_app(Simulated(), PEOPLE, to(receiver))
    until = datetime.now(UTC) + timedelta(days=1)
    body = {
        "changeType": "updated,deleted",
        "notificationUrl": URL.replace("http:", "https:"),
        "resource": "/users",
        "expirationDateTime": until.isoformat(),
        "clientState": STATE,
    }

    async def run() -> list[int]:
        way = httpx.ASGITransport(app=app)
        async with calling(app), httpx.AsyncClient(transport=way, base_url="http://g") as graph:
            form = {**APP, "grant_type": "client_credentials", "scope": SCOPE}
            signed = await graph.post(f"/{APP['tenant_id']}/oauth2/v2.0/token", data=form)
            graph.headers["Authorization"] = f"Bearer {signed.json()['access_token']}"
            made = [await graph.post("/v1.0/subscriptions", json=body) for _ in range(2)]
            app.provider.change({"op": "update_member", "id": "u5", "name": "x"})
            return [reply.status_code for reply in made]

    assert asyncio.run(run()) == [400, 201]
    assert receiver.told == [(USER, guid("user", "u5"), False)]
    assert ["validationToken" in one.query for one in receiver.came] == [True, True, False]


def test_a_subscription_asks_for_its_renewal_once() -> None:
    """At its lifecycle address, before it ends; without one it is not told."""
    receiver = told(advance=(DAY - 1800, 60), resources=("/users",))
    assert receiver.events == ["reauthorizationRequired"]
    assert receiver.came[0].path.endswith("/lifecycle")
    (item,) = items(receiver.came[0])
    assert set(item) == {
        "lifecycleEvent", "subscriptionId", "subscriptionExpirationDateTime", "tenantId",
        "clientState",
    }  # fmt: skip
    assert told(advance=(DAY / 2,), resources=("/users",)).came == []
    silent = told(advance=(DAY - 1800,), resources=("/users",), lifecycle_notification_url="")
    assert silent.came == []


@pytest.mark.parametrize(
    ("troubles", "sent", "acknowledged"),
    [([200], 1, 1), ([500, 0.2, 302, 400], 5, 1), ([500] * 10, 10, 0)],
)
def test_everything_but_2xx_is_repeated_for_hours(
    troubles: list[int | float], sent: int, acknowledged: int
) -> None:
    """And then it is lost: no subscription of people or groups is told that it missed some."""
    receiver = receiving()
    receiver.troubles.extend(troubles)
    app = create_app(Simulated(callback_limit=0.1, callback_pace=0.000001), PEOPLE, to(receiver))
    subscribe(app, "/users")

    async def change() -> dict[str, Any]:
        async with calling(app):
            app.provider.change({"op": "update_member", "id": "u5", "name": "x"})
            return await settled(app)

    report = asyncio.run(change())
    assert (report["sent"], report["acknowledged"]) == (sent, acknowledged)
    assert report["given_up"] == 1 - acknowledged


def test_a_forged_notification_is_refused() -> None:
    """By its clientState, which is all that proves one."""
    receiver = receiving()
    app = create_app(Simulated(), PEOPLE, to(receiver))
    subscribe(app, "/users")
    app.faults.set([Fault(api="callback", kind="forged", match={"event": "Users updated"})])

    async def change() -> dict[str, Any]:
        async with calling(app):
            app.provider.change({"op": "update_member", "id": "u5", "name": "x"})
            return await settled(app)

    report = asyncio.run(change())
    assert (receiver.refused, receiver.events) == (["signature"], [USER])
    assert (report["forged"], report["forged_taken"]) == (1, 0)
