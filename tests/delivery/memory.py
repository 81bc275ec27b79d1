"""A target in memory: what the engine does, without anybody's protocol in between."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import UNSET

from domain.delivery.capabilities import Field, TargetCapabilities
from domain.delivery.operation import (
    Acknowledged,
    Action,
    Change,
    Fitted,
    Inventory,
    Present,
    Relations,
)
from domain.errors import AbsentFault, ExistsFault, SystemFault, TerminalFault, TransientFault
from domain.ports import Finding, Progress
from domain.records import DepartmentRecord, MemberRecord, RoleRecord, Roster
from tests.delivery.desk import Trouble

CAPABILITIES = TargetCapabilities(
    fields={
        "role_group": (Field(name="name", default="name"),),
        "department": (Field(name="name", default="name"),),
        "member": (
            Field(name="login", default="job_number || id", fixed=True, numbered=True),
            Field(name="name", default="name", required=True),
            Field(name="email", default="email", identity=True),
            Field(name="mobile", default="mobile", identity=True),
            Field(name="job_number", default="job_number"),
            Field(name="title", default="title"),
        ),
        "role": (Field(name="name", default="name"),),
    },
    managers=True,
    manager_with_record=True,
    main_department=True,
    leaders=None,
    primary_leader=True,
    sibling_names="name",
    adopt={
        "department": ("name",),
        "member": ("email", "mobile", "name"),
        "role": ("name",),
        "role_group": ("name",),
    },
    serial=frozenset({"department"}),
    chunk=40,
    why={
        "sibling_names": "Departments below one parent have different names.",
        "serial": "Departments are made one at a time.",
        "open_fields": "It has these fields only.",
    },
)


class Thing:
    """One record at the server."""

    def __init__(self, key: str | None, fields: dict[str, Any], relations: dict[str, Any]) -> None:
        self.key, self.fields, self.relations = key, fields, relations
        self.members: set[str] = set()


class MemoryDesk:
    """The server and its desk; see tests.delivery.desk.TargetDesk."""

    type = "memory"

    def __init__(self, capabilities: TargetCapabilities = CAPABILITIES) -> None:
        self.capabilities = capabilities
        self.things: dict[str, dict[str, Thing]] = {kind: {} for kind in capabilities.fields}
        self.changes: list[Change] = []
        self.reads = 0
        self.refuse: set[str] = set()
        """Keys that the server refuses, and remote ids that it takes into no list."""
        self._troubles: list[Trouble] = []
        self._number = 0

    def __enter__(self) -> MemoryDesk:
        return self

    def __exit__(self, *error: object) -> None:
        pass

    def settings(self) -> dict[str, Any]:
        return {}

    def writes(self) -> int:
        return len(self.changes)

    def trouble(self, kind: Trouble, times: int) -> bool:
        self._troubles += [kind] * times
        return True

    def new_id(self) -> str:
        self._number += 1
        return f"x{self._number}"

    def _by_key(self, key: str) -> str:
        return next(r for r, t in self.things["member"].items() if t.key == key)

    def remove_member(self, key: str) -> None:
        remote = self._by_key(key)
        del self.things["member"][remote]
        for kind in ("role", "department"):
            for thing in self.things[kind].values():
                thing.members.discard(remote)
                leaders = thing.relations.get("leaders", ())
                thing.relations["leaders"] = tuple(x for x in leaders if x != remote)
        for thing in self.things["member"].values():
            if thing.relations.get("manager") == remote:
                thing.relations["manager"] = None

    def rename_member(self, key: str, name: str) -> None:
        self.things["member"][self._by_key(key)].fields["name"] = name

    def put_member(self, *, name: str, email: str, mobile: str) -> str:
        remote = self.new_id()
        fields = {"name": name, "email": email, "mobile": mobile, "login": email}
        relations = {"departments": (), "active": True}
        self.things["member"][remote] = Thing(None, fields, relations)
        return remote

    def roster(self) -> Roster:
        names = {
            kind: {remote: thing.key or f"foreign:{remote}" for remote, thing in things.items()}
            for kind, things in self.things.items()
        }
        groups = {r: t.fields["name"] for r, t in self.things["role_group"].items()}
        people = names["member"]
        return Roster(
            departments=tuple(
                DepartmentRecord(
                    id=names["department"][remote],
                    name=thing.fields["name"],
                    parent_id=names["department"].get(thing.relations.get("parent") or ""),
                    leaders=tuple(people[x] for x in thing.relations.get("leaders", ())),
                )
                for remote, thing in self.things["department"].items()
            ),
            members=tuple(self._member(r, t, names) for r, t in self.things["member"].items()),
            roles=tuple(
                RoleRecord(
                    id=names["role"][remote],
                    name=thing.fields["name"],
                    group=groups.get(thing.relations.get("group") or ""),
                    members=tuple(people[x] for x in thing.members),
                )
                for remote, thing in self.things["role"].items()
            ),
        )

    def _member(self, remote: str, thing: Thing, names: dict[str, dict[str, str]]) -> MemberRecord:
        found = [names["department"][x] for x in thing.relations.get("departments", ())]
        fields = ("email", "mobile", "job_number", "title")
        return MemberRecord(
            id=names["member"][remote],
            name=thing.fields["name"],
            departments=tuple(found),
            main_department=found[0] if found else None,
            manager=names["member"].get(thing.relations.get("manager") or ""),
            active=thing.relations.get("active", True),
            **{field: thing.fields.get(field) for field in fields},
        )

    # The server's side of a call

    def carry_out(self, change: Change) -> Acknowledged:
        self.changes.append(change)
        trouble = self._troubles.pop(0) if self._troubles else None
        if trouble not in (None, "lost_reply"):
            raise TransientFault("memory failed", code=trouble or "", throttled=False)
        done = self._do(change)
        if trouble == "lost_reply":
            raise TransientFault("memory did not answer", code="connection")
        return done

    def _do(self, change: Change) -> Acknowledged:
        things = self.things[change.kind]
        if change.key in self.refuse and change.action is not Action.DELETE:
            raise TerminalFault("memory refused", why="it does not like it", code="no")
        if change.action is Action.CREATE:
            return self._create(change, things)
        thing = things.get(change.remote or "")
        if change.action is Action.DELETE:
            self._delete(change)
        elif thing is None:
            raise AbsentFault("memory knows nothing of it", code="404")
        elif change.action is Action.ADD:
            if self.refuse & set(change.members):
                raise TerminalFault("memory refused the list", code="list")
            thing.members |= set(change.members)
        elif change.action is Action.REMOVE:
            thing.members -= set(change.members)
        else:
            thing.fields.update(change.fields)
            self._relate(change, thing)
        assert change.remote is not None
        return Acknowledged(remote=change.remote)

    def _create(self, change: Change, things: dict[str, Thing]) -> Acknowledged:
        if change.again:
            for remote, thing in things.items():
                if thing.key == change.key:
                    return Acknowledged(remote=remote)
        for field in ("email", "mobile", "login"):
            value = change.fields.get(field)
            if value and any(t.fields.get(field) == value for t in things.values()):
                raise ExistsFault(f"memory has the same {field}", code="taken")
        remote = self.new_id()
        thing = Thing(change.key, dict(change.fields), {"active": True})
        self._relate(change, thing)
        things[remote] = thing
        return Acknowledged(remote=remote)

    def _relate(self, change: Change, thing: Thing) -> None:
        given = change.relations.given()
        if "departments" in given:
            had = () if change.had.departments is UNSET else change.had.departments
            foreign = [d for d in thing.relations.get("departments", ()) if d not in had]
            given["departments"] = tuple(dict.fromkeys((*given["departments"], *foreign)))
        if change.kind == "department" and (change.fields or "parent" in given):
            self._check_name(change, thing)
        if "parent" in given:
            above = given["parent"]
            while above is not None:
                assert above != change.remote, "a cycle"
                above = self.things["department"][above].relations.get("parent")
        for uid in (*given.get("departments", ()), given.get("parent")):
            assert uid is None or uid in self.things["department"], uid
        thing.relations.update(given)

    def _check_name(self, change: Change, thing: Thing) -> None:
        if change.kind != "department":
            return
        parent = change.relations.given().get("parent", thing.relations.get("parent"))
        name = change.fields.get("name") or thing.fields["name"]
        for other in self.things["department"].values():
            taken = other.fields["name"] == name and other.relations.get("parent") == parent
            if taken and other is not thing:
                raise ExistsFault("memory has a sibling of that name", code="sibling")

    def _delete(self, change: Change) -> None:
        remote = change.remote or ""
        if change.kind == "department":
            inside = [t for t in self.things["member"].values()
                      if remote in t.relations.get("departments", ())]  # fmt: skip
            below = [t for t in self.things["department"].values()
                     if t.relations.get("parent") == remote]  # fmt: skip
            if inside or below:
                raise TerminalFault("memory keeps it", why="it is not empty", code="full")
        self.things[change.kind].pop(remote, None)


class MemoryTarget:
    """The target of one run; see domain.ports.Target."""

    def __init__(self, desk: MemoryDesk) -> None:
        self.desk, self.capabilities = desk, desk.capabilities

    def fit(self, kind: str, fields: dict[str, Any]) -> Fitted:
        long = [n for n, v in fields.items() if isinstance(v, str) and len(v) > 200]
        return Fitted(fields=fields, problems=tuple(f"{name} is too long" for name in long))

    async def check(self) -> list[Finding]:
        return [Finding(level="ok", subject="memory", text="is there")]

    async def read(self, known: Mapping[str, Sequence[str]], progress: Progress) -> Inventory:
        self.desk.reads += 1
        return Inventory(
            present={
                kind: tuple(
                    Present(
                        remote=remote,
                        key=thing.key,
                        fields=dict(thing.fields),
                        relations=Relations(**thing.relations),
                        members=frozenset(thing.members) if kind == "role" else None,
                    )
                    for remote, thing in things.items()
                )
                for kind, things in self.desk.things.items()
            },
            complete=frozenset(self.desk.things),
        )

    async def apply(self, changes: Sequence[Change]) -> list[Acknowledged | SystemFault]:
        results: list[Acknowledged | SystemFault] = []
        for change in changes:
            try:
                results.append(self.desk.carry_out(change))
            except (TransientFault, TerminalFault) as fault:
                results.append(fault)
        return results

    async def close(self) -> None:
        pass
