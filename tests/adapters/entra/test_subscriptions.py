"""Graph calls us when people and groups change, and goes on to."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import httpx
import pytest

from adapters.entra.callbacks import EntraCallbacks
from adapters.entra.settings import EntraSettings
from adapters.entra.simulator import EntraSettings as Simulated
from adapters.entra.simulator import create_app
from adapters.entra.simulator.settings import USERS
from adapters.entra.speaker import EntraSpeaker
from adapters.entra.subscriptions import LASTING, LOOKED_AFTER, EntraSubscriptions
from adapters.http import Patience
from adapters.simulation.http import Receive, Scope, Send, read_request
from domain.errors import ConfigError, PermissionFault, SystemFault
from domain.hints import Callback, Hint
from tests.adapters.entra.entra_desk import APP, GROUPS, company, user

URL = "https://sync.example.com/callbacks/entra"
STATE = "a long random text"
QUICK = Patience(tries=2, total=1.0, throttled=1.0, first_wait=0.01)
DAY = 24 * 3600


class Receiver:
    """Our side of the callbacks, as an ASGI application; knows what came."""

    def __init__(self, state: str = STATE) -> None:
        self.callbacks = EntraCallbacks(EntraSettings(**APP, **GROUPS), state)
        self.hints: list[Hint] = []
        self.refused = 0
        self.silent = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = await read_request(scope, receive)
        call = Callback.from_wire(
            request.method, request.path, scope["query_string"], scope["headers"], request.body
        )
        received = self.callbacks.receive(call, 0.0)
        self.refused += bool(received.refused)
        if received.keep is not None:
            self.hints += self.callbacks.hints(received.keep)
        status = 500 if self.silent else received.answer.status
        kind = received.answer.content_type.encode()
        start = {"type": "http.response.start", "status": status}
        await send({**start, "headers": [(b"content-type", kind)]})
        await send({"type": "http.response.body", "body": received.answer.body})


class Desk:
    """A simulated tenant, and the receiver that it calls."""

    def __init__(self, **simulated: Any) -> None:
        self.receiver = Receiver()
        roster = company(3, 6, roles=1)
        called = httpx.ASGITransport(self.receiver)
        self.app = create_app(Simulated(**simulated), roster, called)
        self.provider: Any = self.app.provider

    def do(self, *work: Callable[[EntraSubscriptions], Awaitable[Any]], **settings: Any) -> Any:
        """Each of ``work`` with the same keeper; what the last one gives."""

        async def main() -> Any:
            given = {**APP, **GROUPS, "callback_token": STATE, **settings}
            keeper = EntraSubscriptions(
                EntraSettings(**given, login_url="http://sim", base_url="http://sim/v1.0"),
                transport=httpx.ASGITransport(self.app),
                patience=QUICK,
                wall=self.provider.clock.now,
            )
            try:
                async with asyncio.timeout(20):
                    return [await one(keeper) for one in work][-1]
            finally:
                await keeper.close()

        return asyncio.run(main())

    @property
    def there(self) -> dict[str, Any]:
        """What the provider has, by resource."""
        return {one.resource: one for one in self.provider._world.subscribed()}

    def writes(self) -> dict[str, int]:
        """Calls that change subscriptions, since the last time."""
        calls = self.app.stats.calls
        found = {api.rpartition("/")[2]: n for api, n in calls.items() if "subscriptions/" in api}
        calls.clear()
        return {api: n for api, n in found.items() if api != "list"}

    def lifecycle(self, event: str) -> bytes:
        """A lifecycle event of the people's subscription, as it is stored."""
        told = {"subscriptionId": self.there["/users"].id, "lifecycleEvent": event}
        keep = self.receiver.callbacks.receive(EntraSpeaker(STATE).call([told]), 0.0).keep
        assert keep is not None
        return keep


async def keep(keeper: EntraSubscriptions) -> Any:
    return await keeper.keep(URL)


@pytest.fixture
def desk() -> Desk:
    return Desk()


@pytest.fixture
def kept(desk: Desk) -> Desk:
    desk.do(keep)
    desk.writes()
    return desk


def test_graph_is_asked_to_call_for_as_long_as_it_may(desk: Desk) -> None:
    """One subscription for people and one for groups, with lifecycle events, proved by a secret."""
    again, anew = desk.do(keep)
    assert anew
    now = desk.provider.clock.now()
    assert set(desk.there) == {"/users", "/groups"}
    for one in desk.there.values():
        assert one.notification_url == one.lifecycle_notification_url
        assert one.notification_url.startswith(f"{URL}?")
        assert STATE not in one.notification_url
        assert one.client_state == STATE
        assert one.expires == pytest.approx(now + LASTING.total_seconds(), abs=5)
    assert again.timestamp() == pytest.approx(now + LOOKED_AFTER.total_seconds(), abs=5)


def test_what_changes_is_told(desk: Desk) -> None:
    """The first change after it comes as a hint of the very person."""

    async def told(keeper: EntraSubscriptions) -> None:
        await keeper.keep(URL)
        assert desk.app.caller is not None
        async with desk.app.caller:
            desk.provider.change({"op": "update_member", "id": "u3", "title": "Lead"})
            while not desk.receiver.hints:
                await asyncio.sleep(0.01)

    desk.do(told)
    assert {(h.kind, h.id) for h in desk.receiver.hints} == {("member", user("u3"))}
    assert desk.receiver.refused == 0


def test_only_people_are_asked_for_where_groups_mean_nothing(desk: Desk) -> None:
    """A tree of attributes without roles has no groups, nor needs the permission for them."""
    desk.do(keep, tree="attribute", roles_filter="")
    assert set(desk.there) == {"/users"}


def test_what_lasts_is_left_alone(kept: Desk) -> None:
    """Looking after them is one call that changes nothing, and nothing was missed."""
    assert not kept.do(keep).anew
    assert kept.writes() == {}


def test_what_is_half_over_is_renewed(kept: Desk) -> None:
    """Long before its end a subscription is renewed and stays the one that it is."""
    before = {one.id for one in kept.there.values()}
    kept.provider.clock.advance(LASTING.total_seconds() / 2)
    assert not kept.do(keep).anew
    assert kept.writes() == {"update": 2}
    assert {one.id for one in kept.there.values()} == before
    left = min(one.expires for one in kept.there.values()) - kept.provider.clock.now()
    assert left == pytest.approx(LASTING.total_seconds(), abs=5)


def test_one_comes_again_before_the_renewal(kept: Desk) -> None:
    """Who comes when told to finds nothing that has ended."""
    kept.provider.clock.advance((LASTING / 2 - timedelta(minutes=10)).total_seconds())
    again = kept.do(keep).again
    assert again.timestamp() - kept.provider.clock.now() == pytest.approx(600, abs=5)


def test_what_has_ended_is_made_anew(kept: Desk) -> None:
    """After a month of rest we are called again, and know that we were not."""
    kept.provider.clock.advance(30 * DAY)
    assert not kept.there
    assert kept.do(keep, keep).anew is False
    kept.provider.clock.advance(30 * DAY)
    assert kept.do(keep).anew
    assert set(kept.there) == {"/users", "/groups"}


def test_a_challenge_is_answered_by_a_renewal(kept: Desk) -> None:
    """One write reauthorizes and renews; the other subscription needs none."""
    kept.provider.clock.advance(DAY)
    stored = kept.lifecycle("reauthorizationRequired")
    assert kept.do(lambda k: k.heed(URL, stored)) is not None
    assert kept.writes() == {"update": 1}


def test_one_that_was_removed_is_made_anew(kept: Desk) -> None:
    """Graph says that it removed a subscription; the other one stays."""
    stored = kept.lifecycle("subscriptionRemoved")
    del kept.provider._world.subscriptions[kept.there["/users"].id]
    assert kept.do(lambda k: k.heed(URL, stored)).anew
    assert kept.writes() == {"create": 1}
    assert set(kept.there) == {"/users", "/groups"}


def test_a_change_asks_for_nothing(kept: Desk) -> None:
    """A stored callback with changes alone costs no call."""
    change = {"subscriptionId": "s", "changeType": "updated", "resource": "Users/u1"}
    stored = kept.receiver.callbacks.receive(EntraSpeaker(STATE).call([change]), 0.0).keep
    assert stored is not None
    assert kept.do(lambda k: k.heed(URL, stored)) is None
    assert not kept.app.stats.calls


def test_another_secret_makes_them_anew(kept: Desk) -> None:
    """With the former secret Graph's calls would be refused, for up to 29 days."""
    before = {one.id for one in kept.there.values()}
    kept.receiver.callbacks = Receiver("another long text").callbacks
    kept.do(keep, callback_token="another long text")
    assert kept.writes() == {"create": 2, "delete": 2}
    assert not before & {one.id for one in kept.there.values()}


def test_others_are_left_alone(kept: Desk) -> None:
    """What calls another address is not ours, though it is of the same app."""
    kept.do(lambda k: k.keep("https://other.example.com/callbacks/entra"))
    assert kept.writes() == {"create": 2}


def test_one_too_many_is_removed(kept: Desk) -> None:
    """A creation whose answer was lost left two, and each would call."""
    (first, second) = kept.provider._world.subscribed()
    kept.provider._world.subscriptions["twin"] = type(first)(
        id="twin",
        resource="users",
        change_type=first.change_type,
        notification_url=first.notification_url,
        lifecycle_notification_url=first.notification_url,
        expires=second.expires,
    )
    kept.do(keep)
    assert kept.writes() == {"delete": 1}


def test_a_missing_permission_has_its_name(desk: Desk) -> None:
    """What may be asked for is asked for, and the permission for the rest is named."""
    desk = Desk(permissions={USERS})
    with pytest.raises(PermissionFault) as refused:
        desk.do(keep)
    assert refused.value.permission == "Group.Read.All"
    assert set(desk.there) == {"/users"}


def test_an_address_that_does_not_answer_is_said_to_be_so(desk: Desk) -> None:
    """The sentence names the setting, and no secret."""
    desk.receiver.silent = True
    with pytest.raises(SystemFault) as refused:
        desk.do(keep)
    assert "public_url" in refused.value.fix
    assert STATE not in str(refused.value)
    assert not desk.there


def test_without_a_secret_nobody_is_asked() -> None:
    """What could not be verified is not subscribed to."""
    with pytest.raises(ConfigError):
        EntraSubscriptions(EntraSettings(**APP))
