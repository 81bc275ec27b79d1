"""A Casdoor to write to: one over the network for the contract suite, one in virtual time."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import httpx

from adapters.casdoor.settings import CasdoorSettings
from adapters.casdoor.simulator import CasdoorSettings as Simulated
from adapters.casdoor.simulator import create_app
from adapters.casdoor.simulator.envelopes import action
from adapters.casdoor.simulator.routes import ROUTES
from adapters.casdoor.target import CasdoorTarget
from adapters.simulation.faults import parse_fault
from adapters.simulation.http import Request, json_reply, send_reply
from domain.delivery.operation import Acknowledged, Action, Change, Inventory, Present
from domain.errors import SystemFault
from domain.records import DepartmentRecord, MemberRecord, RoleRecord, Roster
from tests.adapters.casdoor.casdoor_desk import ORG, PAIR
from tests.adapters.http.virtual import now, run_virtually
from tests.delivery.simulated import SimulatedTarget

GIVEN: dict[str, Any] = {
    "client_id": PAIR["clientId"],
    "client_secret": PAIR["clientSecret"],
    "organization": ORG,
    "base_url": "http://sim",
    "rate": 2000,
}
WRITING = frozenset(route.api for route in ROUTES.values() if route.write)
CODES = {"CN": "+86", "HK": "+852"}


class CasdoorTargetDesk(SimulatedTarget):
    """Fulfils ``tests.delivery.desk.TargetDesk`` with the simulator on loopback.

    Our id of a person is the account's id, that of a department or role is its name.
    """

    type = "casdoor"
    writing = WRITING

    def __init__(self) -> None:
        super().__init__(create_app(Simulated()))
        self._by_hand: set[str] = set()

    def settings(self) -> dict[str, Any]:
        assert self._server is not None
        return {**GIVEN, "base_url": self._server.url}

    def roster(self) -> Roster:
        world = self.world
        users = world.people.listing(ORG)
        keys = {
            f"{ORG}/{u['name']}": f"foreign:{u['name']}" if u["name"] in self._by_hand else u["id"]
            for u in users
        }
        return Roster(
            departments=tuple(_department(g, keys) for g in world.groups.listing(ORG)),
            members=tuple(_member(u, keys) for u in users),
            roles=tuple(
                RoleRecord(
                    id=r["name"],
                    name=r["displayName"],
                    members=tuple(keys[user] for user in r.get("users") or ()),
                )
                for r in world.roles.listing(ORG)
            ),
        )

    def remove_member(self, key: str) -> None:
        self.app.provider.change({"op": "delete_member", "id": self._name(key)})

    def rename_member(self, key: str, name: str) -> None:
        change = {"op": "update_member", "id": self._name(key), "name": name}
        self.app.provider.change(change)

    def put_member(self, *, name: str, email: str, mobile: str) -> str:
        login = f"byhand{len(self._by_hand)}"
        self._by_hand.add(login)
        change = {"op": "create_member", "id": login, "name": name, "email": email}
        self.app.provider.change({**change, "mobile": mobile})
        return login

    @property
    def world(self) -> Any:
        return self.app.provider._world  # type: ignore[attr-defined]

    def _name(self, key: str) -> str:
        (found,) = self.world.people.find(ORG, "id", key)
        name: str = found["name"]
        return name


def _department(group: dict[str, Any], keys: dict[str, str]) -> DepartmentRecord:
    leader = group.get("manager")
    return DepartmentRecord(
        id=group["name"],
        name=group["displayName"],
        parent_id=None if group.get("isTopGroup") else group["parentId"],
        leaders=(keys[leader],) if leader else (),
    )


def _member(user: dict[str, Any], keys: dict[str, str]) -> MemberRecord:
    properties = user.get("properties") or {}
    manager, phone = properties.get("manager"), user.get("phone")
    return MemberRecord(
        id=keys[f"{ORG}/{user['name']}"],
        name=user["displayName"],
        departments=tuple(group.removeprefix(f"{ORG}/") for group in user.get("groups") or ()),
        email=user.get("email") or None,
        mobile=CODES[user["countryCode"]] + phone if phone else None,
        job_number=properties.get("job_number") or None,
        title=user.get("title") or None,
        active=not user.get("isForbidden", False),
        manager=keys[f"{ORG}/{manager}"] if manager else None,
    )


class VirtualDesk:
    """The simulator in process and in virtual time; each piece of work has a new target.

    ``asked`` are all calls as they came, ``meanwhile`` is done just before an interface answers;
    those in ``unaffected`` find that nothing changed, and do nothing.
    """

    def __init__(self, roster: Roster | None = None, **simulated: Any) -> None:
        self.app = create_app(Simulated(**simulated), roster)
        self.given: dict[str, Any] = {}
        self.asked: list[Request] = []
        self.meanwhile: dict[str, Callable[[], None]] = {}
        self.unaffected: set[str] = set()

    async def _answer(self, scope: Any, receive: Any, send: Any) -> None:
        request = Request(scope, b"")
        self.asked.append(request)
        api = request.path.removeprefix("/api/")
        if api in self.meanwhile:
            self.meanwhile.pop(api)()
        if api in self.unaffected:
            await send_reply(send, json_reply(action(False)))
        else:
            await self.app(scope, receive, send)

    def fault(self, *texts: str) -> None:
        """Set the simulator's fault dials."""
        self.app.faults.set([parse_fault(text) for text in texts])

    def work(self, work: Callable[[CasdoorTarget], Awaitable[Any]], **settings: Any) -> Any:
        """Do something with a new target."""

        async def main() -> Any:
            clock: Any = self.app.provider.clock
            clock.now = now
            target = CasdoorTarget(
                "casdoor-main",
                CasdoorSettings(**{**GIVEN, **self.given, **settings}),
                transport=httpx.ASGITransport(self._answer),
                clock=now,
                sleep=asyncio.sleep,
            )
            try:
                return await work(target)
            finally:
                del clock.now  # changes by hand are made outside of the loop
                await target.close()

        return run_virtually(main)

    def apply(self, kind: str, what: str, **change: Any) -> Acknowledged | SystemFault:
        """One change; its ``key`` is the ``remote`` id unless given."""
        full = {"uid": "x", "remote": None, "key": change.get("remote"), **change}
        result: Acknowledged | SystemFault = self.work(
            lambda t: t.apply([Change(kind=kind, action=Action(what), **full)])
        )[0]
        return result

    def done(self, kind: str, what: str, **change: Any) -> str:
        """One change that must succeed; the id at Casdoor."""
        result = self.apply(kind, what, **change)
        assert isinstance(result, Acknowledged), repr(result)
        return result.remote

    def read(self, **settings: Any) -> Inventory:
        """Everything that is there."""
        inventory: Inventory = self.work(lambda t: t.read({}, lambda *_: None), **settings)
        return inventory

    def present(self, kind: str, remote: str, **settings: Any) -> Present:
        """One thing that is there."""
        return next(p for p in self.read(**settings).present[kind] if p.remote == remote)

    def calls(self, api: str) -> int:
        """How often an interface was called."""
        return self.app.stats.calls[api]

    @property
    def world(self) -> Any:
        """The simulator's own memory."""
        return self.app.provider._world  # type: ignore[attr-defined]

    def user(self, name: str) -> dict[str, Any]:
        """An account's row."""
        row: dict[str, Any] = self.world.people.get(ORG, name)
        return row

    def group(self, name: str) -> dict[str, Any]:
        """A group's row."""
        row: dict[str, Any] = self.world.groups.get(ORG, name)
        return row

    def role(self, name: str) -> dict[str, Any]:
        """A role's row."""
        row: dict[str, Any] = self.world.roles.get(ORG, name)
        return row

    def drop(self, table: str, name: str) -> None:
        """Remove a row by hand."""
        rows = getattr(self.world, table)
        rows.remove(rows.get(ORG, name))

    def edit(self, table: str, name: str, **columns: Any) -> None:
        """Change columns of a row by hand: of ``people``, ``groups`` or ``roles``."""
        rows = getattr(self.world, table)
        before = rows.get(ORG, name)
        rows.replace(before, {**before, **columns})
