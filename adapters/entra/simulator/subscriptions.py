"""``/subscriptions``: asking Graph for change notifications of people and groups.

Source: Graph docs, resource subscription and its methods, change notifications API overview (the
quotas), lifecycle notifications (entra.md, section 9). The clientState is never told. That an
address on loopback may be without TLS is ours, so that one machine can rehearse it all.
"""

from __future__ import annotations

import uuid
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from ipaddress import ip_address
from typing import Any

import httpx
import msgspec

from adapters.entra.simulator import notifying
from adapters.entra.simulator.errors import GraphError, denied
from adapters.entra.simulator.notifying import Subscription
from adapters.entra.simulator.paging import PREFIX
from adapters.entra.simulator.settings import DIRECTORY, GROUPS, USERS
from adapters.entra.simulator.world import World
from adapters.simulation.calling import Letter
from adapters.simulation.http import BadBodyError, Reply, Request, json_reply
from adapters.simulation.provider import Call
from domain.hints import Answer

Ask = Callable[[Letter, float], Awaitable[Answer | None]]

LONGEST, SHORTEST = 41_760 * 60.0, 45 * 60.0
"""Seconds of life at most, and what less than that is made into."""

MOST = 100
"""Subscriptions of one app in one tenant to users and groups."""

LONGEST_STATE = 128
NEEDED = {"users": {USERS, DIRECTORY}, "groups": {GROUPS, DIRECTORY}}
KINDS = {"created", "updated", "deleted"}
PATH = "subscriptions"


class Body(msgspec.Struct, kw_only=True, forbid_unknown_fields=True, rename="camel"):
    """What is posted or patched; other properties are refused."""

    change_type: str = ""
    notification_url: str = ""
    lifecycle_notification_url: str = ""
    resource: str = ""
    expiration_date_time: str = ""
    client_state: str = ""
    latest_supported_tls_version: str = "v1_2"
    include_resource_data: bool | None = None


class Subscriptions:
    """The resource; ``ask`` makes the call that checks an address."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.ask: Ask = _nobody

    def find(self, method: str, path: str) -> Call | None:
        """The call that the method and the path (without the version) mean."""
        top, _, rest = path.partition("/")
        if top != PATH:
            return None
        action = rest.partition("/")[2]
        name = {
            ("GET", False): "list", ("POST", False): "create", ("GET", True): "get",
            ("PATCH", True): "update", ("DELETE", True): "delete",
        }.get((method, bool(rest)))  # fmt: skip
        if action:
            name = "reauthorize" if (method, action) == ("POST", "reauthorize") else None
        return Call(f"{PATH}/{name}", method != "GET", self) if name else None

    async def answer(self, call: Call, request: Request) -> Reply:
        """Do what is asked; raises GraphError."""
        given = request.path.removeprefix(f"{PREFIX}/").split("/")[1:2]
        match call.api.rpartition("/")[2]:
            case "list":
                rows = [_shown(one, self._world) for one in self._world.subscribed()]
                return json_reply({"@odata.context": _CONTEXT, "value": rows})
            case "create":
                return await self._create(_read(request))
            case "get":
                return json_reply(_shown(self._one(given[0]), self._world))
            case "update":
                return await self._update(self._one(given[0]), _read(request))
            case "reauthorize":
                self._one(given[0]).asked_for_renewal = False
            case _:
                del self._world.subscriptions[self._one(given[0]).id]
        return Reply(b"", status=204)

    def _one(self, given: str) -> Subscription:
        for one in self._world.subscribed():
            if one.id == given:
                return one
        raise GraphError(404, "ResourceNotFound", "The object was not found.")

    async def _create(self, body: Body) -> Reply:
        needed = ("change_type", "notification_url", "resource", "expiration_date_time")
        missing = [name for name in needed if not getattr(body, name)]
        if missing:
            raise invalid(f"Required properties are missing: {', '.join(missing)}.")
        unknown = {kind.strip() for kind in body.change_type.split(",")} - KINDS
        if unknown:
            raise invalid("The change type is not supported.")
        if len(body.client_state) > LONGEST_STATE:
            raise invalid(f"clientState is longer than {LONGEST_STATE} characters.")
        if body.include_resource_data:
            raise invalid("Resource data is not supported for this resource.")
        kind = body.resource.strip("/").partition("/")[0].lower()
        if kind not in NEEDED or "?" in body.resource:
            raise invalid(f"The resource '{body.resource}' does not support subscriptions.")
        if not NEEDED[kind] & self._world.settings.permissions:
            raise denied()
        expires = self._expiry(body.expiration_date_time)
        if len(self._world.subscribed()) >= MOST:
            raise GraphError(403, "Forbidden", f"The app has {MOST} subscriptions in this tenant.")
        await self._check(body.notification_url, body.lifecycle_notification_url)
        made = Subscription(
            id=str(uuid.uuid4()),
            resource=body.resource,
            change_type=body.change_type,
            notification_url=body.notification_url,
            lifecycle_notification_url=body.lifecycle_notification_url,
            client_state=body.client_state,
            expires=expires,
        )
        self._world.subscriptions[made.id] = made
        return json_reply({"@odata.context": _CONTEXT, **_shown(made, self._world)}, status=201)

    async def _update(self, one: Subscription, body: Body) -> Reply:
        if body.change_type or body.resource or body.client_state:
            raise invalid("Only expirationDateTime and notificationUrl can be updated.")
        if body.lifecycle_notification_url:
            raise invalid("lifecycleNotificationUrl can only be set when it is created.")
        expires = one.expires
        if body.expiration_date_time:
            expires = self._expiry(body.expiration_date_time)
        if body.notification_url:
            await self._check(body.notification_url)
            one.notification_url = body.notification_url
        one.asked_for_renewal = one.asked_for_renewal and expires == one.expires
        one.expires = expires
        return json_reply(_shown(one, self._world))

    def _expiry(self, text: str) -> float:
        try:
            moment = datetime.fromisoformat(text)
        except ValueError:
            raise invalid("expirationDateTime is no date.") from None
        ends = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
        left = ends - self._world.clock.now()
        if left <= 0:
            raise invalid("expirationDateTime is in the past.")
        if left > LONGEST:
            minutes = int(LONGEST // 60)
            raise invalid(f"Subscription expiration can only be {minutes} minutes in the future.")
        return self._world.clock.now() + max(left, SHORTEST)

    async def _check(self, *addresses: str) -> None:
        for url in dict.fromkeys(filter(None, addresses)):
            if not _callable(url):
                raise invalid("The notification address must be one with https.")
            letter = notifying.check(url)
            answer = await self.ask(letter, notifying.EntraCalling.manner.check_limit)
            if answer is None or not letter.taken(answer):
                told = "does not answer in time" if answer is None else f"HTTP {answer.status}"
                message = f"Subscription validation request failed: {told}."
                raise GraphError(400, "ValidationError", message)


_CONTEXT = f"{PREFIX}/$metadata#subscriptions"


async def _nobody(letter: Letter, limit: float) -> Answer | None:
    """No network: nothing can be checked."""
    return None


def invalid(message: str) -> GraphError:
    """400 InvalidRequest."""
    return GraphError(400, "InvalidRequest", message)


def _read(request: Request) -> Body:
    try:
        return msgspec.convert(request.payload, Body)
    except (BadBodyError, msgspec.ValidationError) as error:
        raise invalid(str(error)) from None


def _callable(url: str) -> bool:
    """Whether it is an address with https, or one on this machine."""
    try:
        found = httpx.URL(url)
    except httpx.InvalidURL:
        return False
    if found.scheme == "https":
        return bool(found.host)
    try:
        return found.scheme == "http" and ip_address(found.host).is_loopback
    except ValueError:
        return found.host == "localhost"


def _shown(one: Subscription, world: World) -> dict[str, Any]:
    return {
        "id": one.id,
        "resource": one.resource,
        "applicationId": world.settings.client_id,
        "changeType": one.change_type,
        "clientState": None,
        "notificationUrl": one.notification_url,
        "lifecycleNotificationUrl": one.lifecycle_notification_url or None,
        "expirationDateTime": notifying.moment(one.expires),
        "creatorId": world.settings.client_id,
        "latestSupportedTlsVersion": "v1_2",
    }
