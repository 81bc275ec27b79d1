"""A WeCom to write to: one over the network for the contract suite, one in virtual time."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Literal

import httpx
from msgspec.structs import replace

from adapters.http import Patience
from adapters.simulation.faults import parse_fault
from adapters.simulation.http import Request
from adapters.wecom.own_ids import own_ids
from adapters.wecom.settings import WeComSettings
from adapters.wecom.simulator import WeComSettings as Simulated
from adapters.wecom.simulator import create_app
from adapters.wecom.simulator.routes import ROUTES
from adapters.wecom.target import WeComTarget
from domain.delivery.operation import Acknowledged, Action, Change, Inventory, Present
from domain.errors import SystemFault
from domain.ports import Finding
from domain.records import Roster
from tests.adapters.http.virtual import now, run_virtually
from tests.adapters.wecom.simulator_desk import CORP, SECRETS
from tests.delivery.simulated import SimulatedTarget

GIVEN: dict[str, Any] = {
    "corp_id": CORP,
    "contact_secret": SECRETS["contact"],
    "app_secret": SECRETS["app"],
    "agent_id": 1000002,
    "base_url": "http://sim",
    "rate": 166,
}
Private = Literal["shown", "absent"]
"""Whether the app sees numbers and addresses; created since 2022-06-20 it does not."""

WRITING = frozenset(route.api for route in ROUTES if route.write)


class WeComTargetDesk(SimulatedTarget):
    """Fulfils ``tests.delivery.desk.TargetDesk`` with the simulator on loopback.

    WeCom keeps no key of ours on departments and tags: ``keys`` has those that somebody noted, by
    kind and WeCom's id. The id of any other tag in ``roster()`` is its name.
    """

    type = "wecom"
    writing = WRITING

    def __init__(self, *, details: bool = True, private: Private = "shown") -> None:
        super().__init__(create_app(Simulated(private_fields=private)))
        self.details = details
        """Whether the target has the app's secret."""
        self.keys: dict[str, dict[str, str]] = {"department": {}, "role": {}}
        self._by_hand: set[str] = set()

    def settings(self) -> dict[str, Any]:
        assert self._server is not None
        app = {} if self.details else {"app_secret": "", "agent_id": 0}
        return {**GIVEN, "base_url": self._server.url, **app}

    @property
    def role_keys(self) -> dict[str, str]:
        """Our keys of tags, by WeCom's id."""
        return self.keys["role"]

    def learn(self, departments: Mapping[str, str]) -> None:
        """Our departments by uid: their ids at WeCom are made of that."""
        for uid, key in departments.items():
            for number in own_ids("department", uid):
                self.keys["department"][str(number)] = key

    def roster(self) -> Roster:
        shown = self.app.provider.roster(own_ids=False, system_roles=False)
        places = self.keys["department"]

        def place(given: str) -> str:
            return places.get(given, f"foreign:{given}")

        def person(userid: str) -> str:
            return f"foreign:{userid}" if userid in self._by_hand else userid

        return Roster(
            departments=tuple(
                replace(
                    d,
                    id=place(d.id),
                    parent_id=None if d.parent_id is None else place(d.parent_id),
                    leaders=tuple(map(person, d.leaders or ())),
                )
                for d in shown.departments
            ),
            members=tuple(
                replace(
                    m,
                    id=person(m.id),
                    mobile=f"+86{m.mobile}" if m.mobile else None,
                    email=m.email or None,
                    title=m.title or None,
                    departments=tuple(map(place, m.departments)),
                    main_department=place(m.main_department) if m.main_department else None,
                    manager=person(m.manager) if m.manager else None,
                )
                for m in shown.members
            ),
            roles=tuple(
                replace(
                    r,
                    id=self.keys["role"].get(r.id, r.name),
                    members=tuple(map(person, r.members or ())),
                )
                for r in shown.roles
            ),
        )

    def put_member(self, *, name: str, email: str, mobile: str) -> str:
        userid = f"ByHand{len(self._by_hand) + 1}"
        self._by_hand.add(userid)
        fields = {"id": userid, "name": name, "email": email, "mobile": mobile}
        self.app.provider.change({"op": "create_member", **fields})
        return userid


class VirtualDesk:
    """The simulator in process and in virtual time; each piece of work has a new target.

    ``asked`` are all calls as they came.
    """

    def __init__(self, roster: Roster | None = None, **simulated: Any) -> None:
        self.app = create_app(Simulated(**{"private_fields": "shown", **simulated}), roster)
        self.given: dict[str, Any] = {}
        self.asked: list[Request] = []

    async def _answer(self, scope: Any, receive: Any, send: Any) -> None:
        body = (await receive()).get("body", b"")
        self.asked.append(Request(scope, body))

        async def once_more() -> dict[str, Any]:
            return {"type": "http.request", "body": body}

        await self.app(scope, once_more, send)

    def fault(self, *texts: str) -> None:
        """Set the simulator's fault dials."""
        self.app.faults.set([parse_fault(text) for text in texts])

    def work(self, work: Callable[[WeComTarget], Awaitable[Any]], **settings: Any) -> Any:
        """Do something with a new target."""

        async def main() -> Any:
            clock: Any = self.app.provider.clock
            clock.now = now
            target = WeComTarget(
                "wc",
                WeComSettings(**{**GIVEN, **self.given, **settings}),
                transport=httpx.ASGITransport(self._answer),
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

    def apply_all(self, *changes: Change, **settings: Any) -> list[Acknowledged | SystemFault]:
        """Changes side by side, as the engine has them carried out."""

        async def together(target: WeComTarget) -> list[Any]:
            found = await asyncio.gather(*(target.apply([change]) for change in changes))
            return [result for results in found for result in results]

        return list(self.work(together, **settings))

    def apply(self, kind: str, what: str, **change: Any) -> Acknowledged | SystemFault:
        """One change; its ``key`` is the ``remote`` id unless given."""
        return self.apply_all(changed(kind, what, **change))[0]

    def done(self, kind: str, what: str, **change: Any) -> str:
        """One change that must succeed; the id at WeCom."""
        result = self.apply(kind, what, **change)
        assert isinstance(result, Acknowledged), repr(result)
        return result.remote

    def refused(self, kind: str, what: str, **change: Any) -> SystemFault:
        """One change that must fail; the fault."""
        result = self.apply(kind, what, **change)
        assert isinstance(result, SystemFault), repr(result)
        return result

    def read(self, **settings: Any) -> Inventory:
        """Everything that is there."""
        inventory: Inventory = self.work(lambda t: t.read({}, lambda *_: None), **settings)
        return inventory

    def present(self, kind: str, remote: str, **settings: Any) -> Present:
        """One thing that is there."""
        return next(p for p in self.read(**settings).present[kind] if p.remote == remote)

    def check(self, **settings: Any) -> list[Finding]:
        """One check."""
        findings: list[Finding] = self.work(lambda t: t.check(), **settings)
        return findings

    def calls(self) -> dict[str, int]:
        """How often each interface was called, but for tokens; counted from now on again."""
        found = {api: n for api, n in self.app.stats.calls.items() if api != "gettoken"}
        self.app.stats.reset()
        return found

    def bodies(self, api: str) -> list[dict[str, Any]]:
        """What was sent to an interface."""
        return [r.payload for r in self.asked if r.path.endswith(f"/{api}")]

    def user(self, userid: str) -> Any:
        """Somebody in the simulator's own memory."""
        return self.directory.people.find(userid)

    def department(self, remote: str) -> Any:
        """A department in the simulator's own memory."""
        return self.directory.tree.departments[int(remote)]

    def tag(self, remote: str) -> Any:
        """A tag in the simulator's own memory."""
        return self.directory.tags.tags[int(remote)]

    @property
    def directory(self) -> Any:
        """The simulator's own memory."""
        return self.app.provider._world.directory  # type: ignore[attr-defined]


def changed(kind: str, what: str, **change: Any) -> Change:
    """A change; its ``key`` is the ``remote`` id unless given."""
    full = {"uid": "x", "remote": None, "key": change.get("remote") or "key", **change}
    return Change(kind=kind, action=Action(what), **full)
