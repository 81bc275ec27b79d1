"""A DingTalk to write to: one over the network for the contract suite, one in virtual time."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
from msgspec import UNSET
from msgspec.structs import replace

from adapters.dingtalk.mobile import normal
from adapters.dingtalk.settings import DingTalkSettings
from adapters.dingtalk.simulator import DingTalkSettings as Simulated
from adapters.dingtalk.simulator import create_app
from adapters.dingtalk.simulator.routes import WRITES
from adapters.dingtalk.target import DingTalkTarget
from adapters.http import Patience
from adapters.simulation.faults import parse_fault
from domain.delivery.operation import Acknowledged, Action, Change, Inventory, Present
from domain.errors import SystemFault
from domain.records import Roster
from tests.adapters.http.virtual import now, run_virtually
from tests.delivery.simulated import SimulatedTarget

SECRET = "simulated-secret"
WRITING = frozenset(route.api for route in WRITES)


def international(mobile: str) -> str:
    """A number as other systems write it."""
    return mobile.replace("-", "") if mobile.startswith("+") else f"+86{mobile}"


class DingTalkTargetDesk(SimulatedTarget):
    """Fulfils ``tests.delivery.desk.TargetDesk`` with the simulator on loopback.

    DingTalk keeps no key of ours on roles: ``role_keys`` has those that somebody noted, by
    DingTalk's id; the id of any other role in ``roster()`` is its name.
    """

    type = "dingtalk"
    writing = WRITING

    def __init__(self) -> None:
        super().__init__(create_app(Simulated(auto_activate=True)))
        self.role_keys: dict[str, str] = {}
        self._by_hand: set[str] = set()

    def settings(self) -> dict[str, Any]:
        assert self._server is not None
        return {
            "app_key": "dingsimulatedapp",
            "app_secret": SECRET,
            "base_url": self._server.url,
            "rate": 2000,
            "max_rate": 0,
        }

    def roster(self) -> Roster:
        shown = self.app.provider.roster(own_ids=True, system_roles=False)
        keys = self.role_keys
        departments = self.directory.tree.departments.values()
        foreign = {str(d.dept_id) for d in departments if not d.source_identifier}

        def place(own: str | None) -> str | None:
            return f"foreign:{own}" if own in foreign else own

        def person(userid: str) -> str:
            return f"foreign:{userid}" if userid in self._by_hand else userid

        return Roster(
            departments=tuple(
                replace(
                    d,
                    id=str(place(d.id)),
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
                    active=UNSET,
                    departments=tuple(str(place(d)) for d in m.departments),
                    manager=person(m.manager) if m.manager else None,
                )
                for m in shown.members
            ),
            roles=tuple(
                replace(r, id=keys.get(r.id, r.name), members=tuple(map(person, r.members or ())))
                for r in shown.roles
            ),
        )

    def put_member(self, *, name: str, email: str, mobile: str) -> str:
        userid = f"manager{len(self._by_hand) + 4200}"
        self._by_hand.add(userid)
        self.app.provider.change(
            {
                "op": "create_member",
                "id": userid,
                "name": name,
                "email": email,
                "mobile": normal(mobile),
            }
        )
        return userid

    @property
    def directory(self) -> Any:
        return self.app.provider._world.directory  # type: ignore[attr-defined]


class VirtualDesk:
    """The simulator in process and in virtual time; each piece of work has a new target."""

    def __init__(self, roster: Roster | None = None, **simulated: Any) -> None:
        self.app = create_app(Simulated(**simulated), roster)
        self.given: dict[str, Any] = {}

    def fault(self, *texts: str) -> None:
        """Set the simulator's fault dials."""
        self.app.faults.set([parse_fault(text) for text in texts])

    def work(self, work: Callable[[DingTalkTarget], Awaitable[Any]], **settings: Any) -> Any:
        """Do something with a new target."""

        async def main() -> Any:
            clock: Any = self.app.provider.clock
            clock.now = now
            given = {"app_key": "dingsimulatedapp", "app_secret": SECRET, "base_url": "http://sim"}
            target = DingTalkTarget(
                "ding",
                DingTalkSettings(
                    **{**given, "rate": 1000, "max_rate": 0, **self.given, **settings}
                ),
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

    def apply(self, kind: str, action: str, **change: Any) -> Acknowledged | SystemFault:
        """One change; its ``key`` is the ``remote`` id unless given."""
        full = {"uid": "x", "remote": None, "key": change.get("remote"), **change}
        result: Acknowledged | SystemFault = self.work(
            lambda t: t.apply([Change(kind=kind, action=Action(action), **full)])
        )[0]
        return result

    def done(self, kind: str, action: str, **change: Any) -> str:
        """One change that must succeed; the id at DingTalk."""
        result = self.apply(kind, action, **change)
        assert isinstance(result, Acknowledged), repr(result)
        return result.remote

    def read(self, known: dict[str, list[str]] | None = None, **settings: Any) -> Inventory:
        """Everything that is there."""
        inventory: Inventory = self.work(lambda t: t.read(known or {}, lambda *_: None), **settings)
        return inventory

    def present(self, kind: str, remote: str, **settings: Any) -> Present:
        """One thing that is there, read with its manager."""
        found = self.read({kind: [remote]}, **settings).present[kind]
        return next(p for p in found if p.remote == remote)

    def calls(self, api: str) -> int:
        """How often an interface was called."""
        return self.app.stats.calls[api]

    @property
    def directory(self) -> Any:
        """The simulator's own memory."""
        return self.app.provider._world.directory  # type: ignore[attr-defined]
