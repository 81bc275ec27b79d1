"""An Authing to write to: one over the network for the contract suite, one in virtual time."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import httpx

from adapters.authing.codes import role_key
from adapters.authing.settings import AuthingSettings
from adapters.authing.simulator import AuthingSettings as Simulated
from adapters.authing.simulator import create_app
from adapters.authing.simulator.ask import Ask
from adapters.authing.simulator.model import Department, Role, User
from adapters.authing.simulator.routes import ROUTES
from adapters.authing.simulator.user_writes import create_user
from adapters.authing.simulator.world import World
from adapters.authing.target import AuthingTarget
from adapters.simulation.faults import parse_fault
from adapters.simulation.http import Request, json_reply, send_reply
from domain.delivery.operation import Acknowledged, Action, Change, Inventory, Present
from domain.errors import SystemFault
from domain.records import DepartmentRecord, MemberRecord, RoleRecord, Roster
from tests.adapters.authing.authing_desk import KEY, ORG
from tests.adapters.http.virtual import now, run_virtually
from tests.delivery.simulated import SimulatedTarget

GIVEN: dict[str, Any] = {
    "access_key_id": KEY["accessKeyId"],
    "access_key_secret": KEY["accessKeySecret"],
    "organization_code": ORG,
    "base_url": "http://sim",
    "rate": 2000,
}
WRITING = frozenset(route.api for route in ROUTES.values() if route.write)


class AuthingTargetDesk(SimulatedTarget):
    """Fulfils ``tests.delivery.desk.TargetDesk`` with the simulator on loopback.

    Our id is a department's openDepartmentId, a person's externalId, and made of a role's code.
    """

    type = "authing"
    writing = WRITING

    def __init__(self) -> None:
        super().__init__(create_app(Simulated()))

    def settings(self) -> dict[str, Any]:
        assert self._server is not None
        return {**GIVEN, "base_url": self._server.url}

    def roster(self) -> Roster:
        world = self.world
        keys = {u.id: u.texts.get("externalId") or f"foreign:{u.id}" for u in world.people}
        departments = [d for d in world.departments.values() if d is not world.root]
        keys |= {d.id: d.open_id or f"foreign:{d.id}" for d in departments}
        return Roster(
            departments=tuple(_department(d, keys, world.root.id) for d in departments),
            members=tuple(_member(u, keys) for u in world.people),
            roles=tuple(_role(r, keys) for r in world.roles.values()),
        )

    def put_member(self, *, name: str, email: str, mobile: str) -> str:
        code, phone = mobile[:3], mobile[3:]
        row = {"name": name, "email": email, "phone": phone, "phoneCountryCode": code}
        made = create_user(self.world, Ask(row))
        assert isinstance(made, dict)
        return str(made["userId"])

    @property
    def world(self) -> World:
        found: World = self.app.provider._world  # type: ignore[attr-defined]
        return found


def _department(row: Department, keys: dict[str, str], root: str) -> DepartmentRecord:
    return DepartmentRecord(
        id=keys[row.id],
        name=row.name,
        parent_id=None if row.parent == root else keys[str(row.parent)],
        leaders=tuple(keys[leader] for leader in row.leaders),
    )


def _member(row: User, keys: dict[str, str]) -> MemberRecord:
    manager, phone = row.custom.get("manager"), row.texts.get("phone")
    return MemberRecord(
        id=keys[row.id],
        name=str(row.texts.get("name")),
        departments=tuple(keys[place] for place in row.departments),
        main_department=keys[row.main] if row.main else None,
        email=row.texts.get("email"),
        mobile=f"{row.texts['phoneCountryCode']}{phone}" if phone else None,
        job_number=row.custom.get("job_number") or None,
        title=row.custom.get("title") or None,
        active=row.status == "Activated",
        manager=keys[manager] if manager else None,
    )


def _role(row: Role, keys: dict[str, str]) -> RoleRecord:
    members = tuple(keys[user_id] for user_id in row.members)
    return RoleRecord(id=role_key(row.code) or row.code, name=row.name, members=members)


class VirtualDesk:
    """The simulator in process and in virtual time; each piece of work has a new target.

    ``asked`` are all calls as they came, ``meanwhile`` is done just before an interface answers;
    ``answers`` are what an interface answers instead, once each.
    """

    def __init__(self, roster: Roster | None = None, **simulated: Any) -> None:
        self.app = create_app(Simulated(**simulated), roster)
        self.given: dict[str, Any] = {}
        self.asked: list[Request] = []
        self.meanwhile: dict[str, Callable[[], object]] = {}
        self.answers: dict[str, dict[str, Any]] = {}

    async def _answer(self, scope: Any, receive: Any, send: Any) -> None:
        body = (await receive()).get("body", b"")
        request = Request(scope, body)
        self.asked.append(request)
        api = request.path.removeprefix("/api/v3/")
        if api in self.meanwhile:
            self.meanwhile.pop(api)()
        if api in self.answers:
            await send_reply(send, json_reply(self.answers.pop(api)))
            return

        async def once_more() -> dict[str, Any]:
            return {"type": "http.request", "body": body}

        await self.app(scope, once_more, send)

    def fault(self, *texts: str) -> None:
        """Set the simulator's fault dials."""
        self.app.faults.set([parse_fault(text) for text in texts])

    def work(self, work: Callable[[AuthingTarget], Awaitable[Any]], **settings: Any) -> Any:
        """Do something with a new target."""

        async def main() -> Any:
            clock: Any = self.app.provider.clock
            clock.now = now
            target = AuthingTarget(
                "authing-main",
                AuthingSettings(**{**GIVEN, **self.given, **settings}),
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

    def apply_all(self, *changes: Change, **settings: Any) -> list[Acknowledged | SystemFault]:
        """Many changes at once."""
        return list(self.work(lambda t: t.apply(changes), **settings))

    def apply(self, kind: str, what: str, **change: Any) -> Acknowledged | SystemFault:
        """One change; its ``key`` is the ``remote`` id unless given."""
        return self.apply_all(changed(kind, what, **change))[0]

    def done(self, kind: str, what: str, **change: Any) -> str:
        """One change that must succeed; the id at Authing."""
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

    def calls(self) -> dict[str, int]:
        """How often each interface was called, but for tokens; counted from now on again."""
        found = {a: n for a, n in self.app.stats.calls.items() if a != "get-management-token"}
        self.app.stats.reset()
        return found

    def bodies(self, api: str) -> list[dict[str, Any]]:
        """What was sent to an interface."""
        return [r.payload for r in self.asked if r.path.endswith(f"/{api}")]

    @property
    def world(self) -> World:
        """The simulator's own memory."""
        found: World = self.app.provider._world  # type: ignore[attr-defined]
        return found

    def user(self, key: str) -> User:
        """An account, by our id."""
        return self.world.people.get(key, "external_id")

    def department(self, key: str) -> Department:
        """A department, by our id."""
        return self.world.department_by("open_department_id", key)


def changed(kind: str, what: str, **change: Any) -> Change:
    """A change; its ``key`` is the ``remote`` id unless given."""
    full = {"uid": "x", "remote": None, "key": change.get("remote"), **change}
    return Change(kind=kind, action=Action(what), **full)
