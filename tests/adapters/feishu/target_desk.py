"""A Feishu to write to: one over the network for the contract suite, one in virtual time."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import msgspec
from msgspec import UNSET
from msgspec.structs import replace

from adapters.feishu import ids
from adapters.feishu.settings import FeishuSettings
from adapters.feishu.simulator import FeishuSettings as Simulated
from adapters.feishu.simulator import create_app
from adapters.feishu.simulator.routes import ROUTES
from adapters.feishu.target import FeishuTarget
from adapters.http import Patience
from adapters.simulation.faults import parse_fault
from domain.delivery.operation import Acknowledged, Action, Change, Inventory, Present
from domain.errors import SystemFault
from domain.records import Roster
from tests.adapters.http.virtual import now, run_virtually
from tests.delivery.simulated import SimulatedTarget

APP = {"app_id": "cli_simulatedapp", "app_secret": "simulated-secret"}
WRITING = frozenset(route.api for route in ROUTES if route.write)


def international(mobile: str) -> str:
    """A number as other systems write it."""
    return mobile if mobile.startswith("+") else f"+86{mobile}"


class FeishuTargetDesk(SimulatedTarget):
    """Fulfils ``tests.delivery.desk.TargetDesk`` with the simulator on loopback.

    Feishu keeps no key of ours on roles: ``role_keys`` has those that somebody noted, by
    Feishu's id; the id of any other role in ``roster()`` is its name.
    """

    type = "feishu"
    writing = WRITING

    def __init__(self) -> None:
        super().__init__(create_app(Simulated(move_per_second=None)))
        self.role_keys: dict[str, str] = {}
        self._by_hand: set[str] = set()

    def settings(self) -> dict[str, Any]:
        assert self._server is not None
        return {**APP, "base_url": self._server.url, "rate": 2000, "move_rate": 2000}

    def roster(self) -> Roster:
        shown = self.app.provider.roster(own_ids=True, system_roles=False)

        def person(user_id: str) -> str:
            return f"foreign:{user_id}" if user_id in self._by_hand else _key(user_id)

        def place(department_id: str | None) -> str | None:
            return None if department_id is None else _key(department_id)

        return Roster(
            departments=tuple(
                replace(
                    d,
                    id=_key(d.id),
                    parent_id=place(d.parent_id),
                    leaders=tuple(map(person, d.leaders or ())),
                )
                for d in shown.departments
            ),
            members=tuple(
                replace(
                    m,
                    id=person(m.id),
                    mobile=international(m.mobile) if m.mobile else UNSET,
                    departments=tuple(map(_key, m.departments)),
                    main_department=_key(m.main_department) if m.main_department else UNSET,
                    manager=person(m.manager) if m.manager else None,
                )
                for m in shown.members
            ),
            roles=tuple(
                replace(
                    r,
                    id=self.role_keys.get(r.id, r.name),
                    members=tuple(map(person, r.members or ())),
                )
                for r in shown.roles
            ),
        )

    def put_member(self, *, name: str, email: str, mobile: str) -> str:
        user_id = f"hand{len(self._by_hand)}"
        self._by_hand.add(user_id)
        self.app.provider.change(
            {
                "op": "create_member",
                "id": user_id,
                "name": name,
                "email": email,
                "mobile": mobile.removeprefix("+86"),
            }
        )
        return user_id


def _key(remote: str) -> str:
    found = ids.key_of(remote)
    assert found is not None
    return found


class VirtualDesk:
    """The simulator in process and in virtual time; each piece of work has a new target."""

    def __init__(self, roster: Roster | None = None, **simulated: Any) -> None:
        given = {"move_per_second": None, **simulated}
        self.app = create_app(msgspec.convert(given, Simulated), roster)
        self.given: dict[str, Any] = {}

    def fault(self, *texts: str) -> None:
        """Set the simulator's fault dials."""
        self.app.faults.set([parse_fault(text) for text in texts])

    def work(self, work: Callable[[FeishuTarget], Awaitable[Any]], **settings: Any) -> Any:
        """Do something with a new target."""

        async def main() -> Any:
            clock: Any = self.app.provider.clock
            clock.now = now
            given = {**APP, "base_url": "http://sim", **self.given, **settings}
            target = FeishuTarget(
                "lark",
                FeishuSettings(**given),
                transport=httpx.ASGITransport(self.app),
                patience=Patience(),
                clock=now,
                sleep=asyncio.sleep,
            )
            try:
                return await work(target)
            finally:
                del clock.now  # changes by hand are made outside of the loop
                await target.close()

        return run_virtually(main)

    def fitted(self, kind: str, fields: dict[str, Any]) -> dict[str, Any]:
        """The fields in Feishu's form, which they must fit."""

        async def work(target: FeishuTarget) -> Any:
            return target.fit(kind, fields)

        found = self.work(work)
        assert found.problems == ()
        return dict(found.fields)

    def apply(self, kind: str, action: str, **change: Any) -> Acknowledged | SystemFault:
        """One change; its ``key`` is the ``remote`` id unless given."""
        full = {"uid": "x", "remote": None, "key": change.get("remote"), **change}
        result: Acknowledged | SystemFault = self.work(
            lambda t: t.apply([Change(kind=kind, action=Action(action), **full)])
        )[0]
        return result

    def done(self, kind: str, action: str, **change: Any) -> str:
        """One change that must succeed; the id at Feishu."""
        result = self.apply(kind, action, **change)
        assert isinstance(result, Acknowledged), repr(result)
        return result.remote

    def read(self, known: dict[str, list[str]] | None = None, **settings: Any) -> Inventory:
        """Everything that is there."""
        inventory: Inventory = self.work(lambda t: t.read(known or {}, lambda *_: None), **settings)
        return inventory

    def present(self, kind: str, remote: str, **settings: Any) -> Present:
        """One thing that is there."""
        found = self.read({kind: [remote]}, **settings).present[kind]
        return next(p for p in found if p.remote == remote)

    def calls(self, api: str) -> int:
        """How often an interface was called."""
        return self.app.stats.calls[api]

    def user(self, user_id: str) -> Any:
        """Somebody in the simulator's own memory."""
        return self.directory.people.by_user_id(user_id)

    def places(self, user_id: str) -> list[str]:
        """The departments of somebody, by custom id, in their order; the main one first."""
        user, tree = self.user(user_id), self.directory.tree.departments
        listed = sorted(user.departments, key=lambda key: key != user.primary)
        return [tree[key].custom_id for key in listed]

    @property
    def directory(self) -> Any:
        """The simulator's own memory."""
        return self.app.provider._world.directory  # type: ignore[attr-defined]
