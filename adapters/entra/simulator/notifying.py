"""Graph's change notifications, to the addresses of the subscriptions that were made.

Source: Graph docs, Receive change notifications through webhooks (entra.md, 9): answered with 2xx
within three seconds, repeated for up to four hours; a check within ten. How the repeats are spread
and how many notifications are in one call is not documented; both are inferred. What stands in
``resourceData`` of users and groups: Azure docs, Microsoft Entra events.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import msgspec

from adapters.entra.simulator.properties import Kind
from adapters.entra.speaker import EntraSpeaker
from adapters.simulation.calling import Entry, Letter, Manner
from adapters.simulation.outbox import Event, Outbox
from adapters.simulation.settings import CallingSettings
from domain.errors import InputError
from domain.hints import Answer, Callback

if TYPE_CHECKING:
    from adapters.entra.simulator.world import World

WAITS = (10, 30, 60, 300, 600, 1200, 2400, 4800, 4800)
TOGETHER = 10
"""Notifications in one call."""

AHEAD = 3600.0
"""Seconds before its end at which a subscription asks for a renewal (inferred)."""

RESOURCES: dict[Kind, str] = {"user": "Users", "group": "Groups", "unit": "AdministrativeUnits"}
_TYPES: dict[Kind, str] = {"user": "#Microsoft.Graph.User", "group": "#Microsoft.Graph.Group"}
_TICKS_AT_1970 = 621_355_968_000_000_000


class Subscription(msgspec.Struct, kw_only=True):
    """What somebody subscribed to; ``expires`` in seconds since 1970."""

    id: str
    resource: str
    change_type: str
    notification_url: str
    lifecycle_notification_url: str = ""
    client_state: str = ""
    expires: float
    asked_for_renewal: bool = False

    def wants(self, event: Event) -> bool:
        """Whether it is told of a change, of all such objects or of the one that it names."""
        wanted = self.resource.strip("/").casefold()
        resource = event["resource"].casefold()
        kinds = self.change_type.replace(" ", "").casefold().split(",")
        return event["changeType"] in kinds and wanted in (resource, resource.partition("/")[0])


def change(kind: Kind, object_id: str, change_type: str, tenant_id: str, now: float) -> Event:
    """What is told of an object that changed; no content, and a creation is an update."""
    resource = f"{RESOURCES[kind]}/{object_id}"
    return {
        "changeType": change_type,
        "resource": resource,
        "tenantId": tenant_id,
        "resourceData": {
            "@odata.type": _TYPES.get(kind, ""),
            "@odata.id": resource,
            "id": object_id,
            "organizationId": tenant_id,
            "eventTime": moment(now),
            "sequenceNumber": int(now * 10_000_000) + _TICKS_AT_1970,
        },
    }


def renewal(subscription: Subscription, tenant_id: str) -> Event:
    """The lifecycle event that asks for a renewal."""
    return {
        "lifecycleEvent": "reauthorizationRequired",
        "subscriptionId": subscription.id,
        "tenantId": tenant_id,
    }


def moment(now: float) -> str:
    """A time as Graph writes it."""
    return datetime.fromtimestamp(now, UTC).strftime("%Y-%m-%dT%H:%M:%S.%f0Z")


def check(url: str) -> Letter:
    """The check of an address when a subscription is made."""
    token = f"Validation: Testing client application reachability for {secrets.token_hex(8)}"

    def write(now: float, forged: bool) -> Callback:
        return EntraSpeaker.check(token)

    def greeted(answer: Answer) -> bool:
        return EntraSpeaker.greeted(answer, token)

    return Letter(url, write, greeted)


class EntraCalling:
    """See :class:`adapters.simulation.calling.Calling`."""

    manner = Manner(limit=3, check_limit=10, waits=WAITS, at_once=TOGETHER)

    def __init__(self, world: World) -> None:
        self._world, self.clock = world, world.clock

    @property
    def outbox(self) -> Outbox:
        """Where the changes are, whether somebody subscribed to them or not."""
        return self._world.outbox

    @property
    def settings(self) -> CallingSettings:
        """The settings in force."""
        return self._world.settings

    def name(self, event: Event) -> str:
        """The lifecycle event, or what changed: ``Users updated``."""
        if "lifecycleEvent" in event:
            return str(event["lifecycleEvent"])
        return f"{event['resource'].partition('/')[0]} {event['changeType']}"

    def letters(self, events: Sequence[Event]) -> Sequence[Letter]:
        """One for each address and clientState, with all that is to be told there."""
        found: dict[tuple[str, str], list[Mapping[str, Any]]] = {}
        for event in events:
            for subscription in self._world.subscribed():
                url = _address(subscription, event)
                if url:
                    told = found.setdefault((url, subscription.client_state), [])
                    told.append(_notification(subscription, event))
        return [_letter(url, state, told) for (url, state), told in found.items()]

    def entry(self, given: Mapping[str, Any]) -> Entry:
        """There is nothing to enter."""
        raise InputError(
            "Graph has no address to enter: a subscription names it",
            fix="POST /v1.0/subscriptions.",
        )


def _address(subscription: Subscription, event: Event) -> str:
    """Where a subscription is told of an event; empty where it is not."""
    if "lifecycleEvent" not in event:
        return subscription.notification_url if subscription.wants(event) else ""
    own = event["subscriptionId"] == subscription.id
    return subscription.lifecycle_notification_url if own else ""


def _notification(subscription: Subscription, event: Event) -> Mapping[str, Any]:
    return {
        "subscriptionId": subscription.id,
        "subscriptionExpirationDateTime": moment(subscription.expires),
        **{name: value for name, value in event.items() if name != "number"},
    }


def _letter(url: str, state: str, told: Sequence[Mapping[str, Any]]) -> Letter:
    def write(now: float, forged: bool) -> Callback:
        return EntraSpeaker(f"{state}x" if forged else state).call(told)

    return Letter(url, write, EntraSpeaker.acknowledged)
