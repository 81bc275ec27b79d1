"""An identity provider's provisioning service: plain HTTP, and patience with what gets lost."""

from __future__ import annotations

import time
from collections.abc import Iterable

import httpx

from tests.adapters.scim_inbound.inbound_desk import MEDIA, PLAIN
from tests.adapters.scim_inbound.sender_bodies import filled
from tests.adapters.scim_inbound.sender_calls import Call

TRIES = 5
LONGEST_WAIT = 0.02
"""Seconds; a real sender waits as long as Retry-After says."""


class Sender:
    """Knows the service's ids by its own, and what the service still has to be told."""

    def __init__(self) -> None:
        self._ids: dict[str, str] = {}
        self.pending: list[Call] = []

    def send(
        self, calls: Iterable[Call], *, url: str, token: str, transport: httpx.BaseTransport
    ) -> list[httpx.Response]:
        """Send these calls; the answers that refused one. Those calls are pending afterwards."""
        headers = {"Authorization": f"Bearer {token}", "Content-Type": MEDIA}
        refusals, self.pending = [], []
        with httpx.Client(
            base_url=url, headers=headers, timeout=30, transport=transport, verify=PLAIN
        ) as http:
            waiting = list(calls)
            for number, call in enumerate(waiting):
                try:
                    refusal = self._told(http, call)
                except KeyError:  # what it names has not been created yet
                    self.pending.append(call)
                    continue
                if refusal is None:
                    continue
                refusals.append(refusal)
                if refusal.status_code == 401:  # nothing else would be let in
                    self.pending += waiting[number:]
                    break
                self.pending.append(call)
        return refusals

    def _told(self, http: httpx.Client, call: Call) -> httpx.Response | None:
        """Send one call until it is answered; the answer if it is a refusal.

        A creation without an answer is looked up before it is sent again, as Entra and Okta do.
        """
        lost = False
        for _ in range(TRIES):
            if lost and call.method == "POST" and self._found(http, call):
                return None
            path = f"/{call.kind}" + ("" if call.method == "POST" else f"/{self._ids[call.id]}")
            body = None if call.body is None else filled(call.body, self._ids.__getitem__)
            try:
                answer = http.request(call.method, path, json=body)
            except httpx.TransportError:
                lost = True
                continue
            if answer.status_code in (429, 503):
                time.sleep(min(float(answer.headers["Retry-After"]), LONGEST_WAIT))
                lost = True
                continue
            if call.method == "DELETE" and answer.status_code == 404 and lost:
                return None  # the first one arrived
            if not answer.is_success:
                return answer
            if call.method == "POST":
                self._ids[call.id] = answer.json()["id"]
            return None
        raise AssertionError(f"{call.method} {call.kind} was not answered {TRIES} times")

    def _found(self, http: httpx.Client, call: Call) -> bool:
        """Whether the service has what was to be created; its id is noted."""
        query = {"filter": f'externalId eq "{call.id}"', "excludedAttributes": "members"}
        answer = http.get(f"/{call.kind}", params=query)
        assert answer.status_code == 200, answer.text
        found = answer.json().get("Resources", [])
        for one in found:
            self._ids[call.id] = one["id"]
        return bool(found)
