"""A receiver to tell things to: over the network for the contract suite, or in virtual time."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextlib import ExitStack
from typing import Any

import httpx

from adapters.http import Patience
from adapters.simulation.http import Reply
from adapters.simulation.server import Running, running
from adapters.webhook.settings import WebhookSettings
from adapters.webhook.target import WebhookTarget
from domain.delivery.operation import Acknowledged, Action, Change
from domain.errors import SystemFault
from domain.records import Roster
from tests.adapters.http.virtual import now, run_virtually
from tests.adapters.webhook.receiver import SECRET, Receiver
from tests.delivery.desk import Trouble

ANSWERS: dict[Trouble, Callable[[], str | Reply]] = {
    "lost_reply": lambda: "lost_reply",
    "reset": lambda: "reset",
    "throttle": lambda: Reply(b"", status=429, headers={"retry-after": "1"}),
    "http_500": lambda: Reply(b"<html>", status=500),
}


class WebhookTargetDesk:
    """Fulfils ``tests.delivery.desk.TargetDesk``.

    Nothing can be read back from a receiver, so what is changed there by hand is never seen.
    """

    type = "webhook"

    def __init__(self, *, own_ids: bool = True) -> None:
        self.receiver = Receiver(own_ids=own_ids)
        self._stack = ExitStack()
        self._server: Running | None = None

    def __enter__(self) -> WebhookTargetDesk:
        self._server = self._stack.enter_context(running(self.receiver))  # type: ignore[arg-type]
        return self

    def __exit__(self, *error: object) -> None:
        self._stack.close()

    def settings(self) -> dict[str, Any]:
        assert self._server is not None
        return {"url": f"{self._server.url}/hooks", "secret": SECRET, "rate": 2000}

    def roster(self) -> Roster:
        return self.receiver.roster()

    def writes(self) -> int:
        return len(self.receiver.requests)

    def remove_member(self, key: str) -> None:
        members = self.receiver.things["member"]
        del members[self._member(key)]

    def rename_member(self, key: str, name: str) -> None:
        self.receiver.things["member"][self._member(key)]["fields"]["name"] = name

    def _member(self, key: str) -> str:
        members = self.receiver.things["member"]
        return next(remote for remote, m in members.items() if m["key"] == key)

    def put_member(self, *, name: str, email: str, mobile: str) -> str:
        remote = f"hand-{len(self.receiver.things['member'])}"
        self.receiver.things["member"][remote] = {
            "key": f"foreign:{remote}",
            "fields": {"name": name, "email": email, "mobile": mobile},
            "relations": {},
            "members": [],
        }
        return remote

    def trouble(self, kind: Trouble, times: int) -> bool:
        self.receiver.troubles.extend(ANSWERS[kind]() for _ in range(times))
        return True


class VirtualDesk:
    """The receiver in process and in virtual time; each piece of work has a new target."""

    def __init__(self, *, own_ids: bool = False) -> None:
        self.receiver = Receiver(own_ids=own_ids)
        self.seconds = 0.0

    def work(
        self,
        work: Callable[[WebhookTarget], Awaitable[Any]],
        *,
        epoch: Callable[[], float] = time.time,
        **settings: Any,
    ) -> Any:
        """Do something with a new target."""

        async def main() -> Any:
            given = {"url": "http://127.0.0.1/hooks?key=hidden", "secret": SECRET, **settings}
            target = WebhookTarget(
                "oa",
                WebhookSettings(**given),
                transport=httpx.ASGITransport(self.receiver),
                patience=Patience(),
                clock=now,
                sleep=asyncio.sleep,
                epoch=epoch,
            )
            began = now()
            try:
                return await work(target)
            finally:
                self.seconds = now() - began
                await target.close()

        return run_virtually(main)

    def apply(self, kind: str, action: str, **change: Any) -> Acknowledged | SystemFault:
        """One change of the entity with the uid and key ``x`` unless given."""
        settings = change.pop("settings", {})
        full = {"uid": "x", "key": "x", "remote": None, "token": "t1", **change}
        result: Acknowledged | SystemFault = self.work(
            lambda t: t.apply([Change(kind=kind, action=Action(action), **full)]), **settings
        )[0]
        return result

    def done(self, kind: str, action: str, **change: Any) -> str:
        """One change that must be acknowledged; the receiver's id."""
        result = self.apply(kind, action, **change)
        assert isinstance(result, Acknowledged), repr(result)
        return result.remote
