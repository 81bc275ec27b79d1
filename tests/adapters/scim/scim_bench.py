"""A target at a fresh tenant of a shared real server, and shorthands for its changes."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from adapters.http import Patience
from adapters.scim.settings import ScimSettings
from adapters.scim.target import ScimTarget
from domain.delivery.operation import Acknowledged, Action, Change, Inventory, Relations
from domain.errors import SystemFault
from tests.adapters.scim.front import Front
from tests.adapters.scim.scim_server import ScimServer
from tests.adapters.scim.target_desk import Hands

T = TypeVar("T")

QUICK = Patience(tries=2, first_wait=0.01, total=5, throttled=5)
_TENANTS = itertools.count()


class Bench:
    """``front`` sees and spoils what the target does, ``hands`` look behind it."""

    def __init__(self, server: ScimServer, front: Front, hands: Hands) -> None:
        self.server, self.front, self.hands = server, front, hands

    def run(self, work: Callable[[ScimTarget], Awaitable[T]], **settings: Any) -> T:
        """Do ``work`` with a target of its own, as one run does."""

        async def main() -> T:
            chosen = {"base_url": self.front.url, "token": self.server.token, "rate": 1000}
            target = ScimTarget("crm", ScimSettings(**{**chosen, **settings}), patience=QUICK)
            try:
                return await work(target)
            finally:
                await target.close()

        return asyncio.run(asyncio.wait_for(main(), 60))

    def apply(self, *changes: Change, **settings: Any) -> list[Acknowledged | SystemFault]:
        async def work(target: ScimTarget) -> list[Acknowledged | SystemFault]:
            return list(await target.apply(changes))

        return self.run(work, **settings)

    def done(self, *changes: Change, **settings: Any) -> list[str]:
        """Apply, all of it in good order; returns the ids there."""
        results = self.apply(*changes, **settings)
        problems = [str(r) for r in results if not isinstance(r, Acknowledged) or r.warning]
        assert not problems
        return [r.remote for r in results if isinstance(r, Acknowledged)]

    def fault(self, change: Change, **settings: Any) -> SystemFault:
        (result,) = self.apply(change, **settings)
        assert isinstance(result, SystemFault), result
        return result

    def read(self, known: dict[str, list[str]] | None = None, **settings: Any) -> Inventory:
        return self.run(lambda t: t.read(known or {}, lambda *_: None), **settings)


@contextmanager
def bench(server: ScimServer) -> Iterator[Bench]:
    """A bench at a fresh tenant of ``server``, which must make tenants by itself."""
    root, _, version = server.url.rpartition("/")
    url = f"{root}/t{next(_TENANTS)}/{version}"
    with Front(url) as front:
        hands = Hands(url, server.token)
        try:
            yield Bench(server, front, hands)
        finally:
            hands.close()


def person(key: str, action: Action = Action.CREATE, **given: Any) -> Change:
    """A change of a person; ``active`` is said only at creation unless ``given``."""
    fields = given.pop("fields", {"userName": key, "displayName": key})
    said = Relations(active=True) if action is Action.CREATE else Relations()
    relations = given.pop("relations", said)
    return _change("member", key, action, fields=fields, relations=relations, **given)


def department(key: str, action: Action = Action.CREATE, **given: Any) -> Change:
    """A change of a department; at the top unless ``given`` says else."""
    given.setdefault("relations", Relations(parent=None))
    given.setdefault("fields", {"displayName": key} if action is Action.CREATE else {})
    return _change("department", key, action, **given)


def role(key: str, action: Action = Action.CREATE, **given: Any) -> Change:
    given.setdefault("fields", {"displayName": key} if action is Action.CREATE else {})
    return _change("role", key, action, **given)


def _change(kind: str, key: str, action: Action, **given: Any) -> Change:
    given.setdefault("remote", None)
    return Change(kind=kind, action=action, uid=f"uid-{key}", key=key, token=f"t-{key}", **given)
