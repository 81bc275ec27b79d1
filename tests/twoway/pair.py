"""Two systems of one organization, both read and written: a ledger between two servers in memory.

``ding`` is the source, ``lark`` a target that owns some groups. The servers are targets of
tests.delivery.memory; their reading side shows what they hold, under their own ids.
"""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from domain.delivery.capabilities import TargetCapabilities
from domain.delivery.mapping import mapping
from domain.delivery.operation import Acknowledged, Change
from domain.observe import WHOLE, Coverage, Observation
from domain.ownership import Ownership
from domain.ports import Finding, Known, Progress, SourceCapabilities
from domain.records import DepartmentRecord, MemberRecord
from orgledger.engine.deliver.delivered import Delivered
from orgledger.engine.deliver.delivery import Delivery
from orgledger.engine.deliver.destination import Destination
from orgledger.engine.follow import Follow, Taken
from orgledger.engine.pull import Feed, Outcome, Pull
from orgledger.engine.views import Views
from orgledger.ledger import Ledger
from tests.delivery.memory import CAPABILITIES, MemoryDesk, MemoryTarget, Thing
from tests.delivery.suite import quiet

ORG, SOURCE, PART = "feifan", "ding", "lark"
CONTACT = {"contact": PART}


class Server(MemoryDesk):
    """A server that people also work at by hand; it keeps some values in a form of its own."""

    def __init__(
        self, normal: bool = False, capabilities: TargetCapabilities = CAPABILITIES
    ) -> None:
        super().__init__(capabilities)
        self.normal = normal

    def carry_out(self, change: Change) -> Acknowledged:
        done = super().carry_out(change)
        thing = self.things[change.kind].get(done.remote)
        if self.normal and thing is not None:
            self.normalise(thing)
        return done

    def normalise(self, thing: Thing) -> None:
        """Cut names, mail in small letters, mobile numbers without their country."""
        for field, form in (
            ("name", lambda text: text[:8]),
            ("email", str.lower),
            ("mobile", lambda text: text.removeprefix("+86")),
        ):
            if thing.fields.get(field):
                thing.fields[field] = form(thing.fields[field])

    def hire(self, key: str, *departments: str, **fields: Any) -> str:
        """Somebody is entered by hand."""
        thing = Thing(key, {"name": key.upper(), **fields}, {})
        thing.relations = {"departments": departments, "active": True, "manager": None}
        self.things["member"][key] = thing
        return key

    def found(self, key: str, name: str, parent: str | None = None) -> str:
        """A department is made by hand."""
        self.things["department"][key] = Thing(None, {"name": name}, {"parent": parent})
        return key

    def person(self, name: str) -> Thing:
        return next(t for t in self.things["member"].values() if t.fields["name"] == name)

    def edit(self, who: str, **fields: Any) -> None:
        """Somebody changes a person's fields by hand."""
        thing = self.person(who)
        thing.fields.update(fields)
        if self.normal:
            self.normalise(thing)

    def record(self, remote: str) -> MemberRecord:
        thing = self.things["member"][remote]
        told = ("email", "mobile", "job_number", "title")
        places = tuple(thing.relations.get("departments", ()))
        return MemberRecord(
            id=remote,
            name=thing.fields["name"],
            departments=places,
            main_department=places[0] if places else None,
            manager=thing.relations.get("manager"),
            active=thing.relations.get("active", True),
            **{name: thing.fields.get(name) for name in told},
        )

    def place(self, remote: str) -> DepartmentRecord:
        thing = self.things["department"][remote]
        leaders = tuple(thing.relations.get("leaders", ()))
        parent = thing.relations.get("parent")
        return DepartmentRecord(
            id=remote, name=thing.fields["name"], parent_id=parent, leaders=leaders
        )


class ServerSource:
    """The reading side of a server."""

    capabilities = SourceCapabilities(looks=True)

    def __init__(self, system: str, server: Server) -> None:
        self.system, self.server = system, server

    async def check(self) -> list[Finding]:
        return []

    async def read(self, known: Known, progress: Progress) -> Observation:
        server = self.server
        return Observation(
            system=self.system,
            coverage=WHOLE,
            departments=tuple(map(server.place, server.things["department"])),
            members=tuple(map(server.record, server.things["member"])),
        )

    def look(self, *remotes: str) -> Observation:
        """What a callback about these people would show."""
        there = self.server.things["member"]
        return Observation(
            system=self.system,
            coverage=Coverage(changes=True, gone_members=frozenset(remotes) - there.keys()),
            members=tuple(self.server.record(one) for one in remotes if one in there),
        )

    async def close(self) -> None:
        pass


class Pair:
    """The two servers and the ledger between them."""

    def __init__(
        self,
        ledger: Ledger,
        data: Path,
        owners: dict[str, str] | None = None,
        normal: str = "",
    ) -> None:
        self.ledger, self.views = ledger, Views(ledger, data)
        self.ownership = Ownership(source=SOURCE, owners=CONTACT if owners is None else owners)
        self.servers = {name: Server(normal=name == normal) for name in (SOURCE, PART)}
        self.ding, self.lark = self.servers[SOURCE], self.servers[PART]
        self.sources = {name: ServerSource(name, one) for name, one in self.servers.items()}

    def destination(self, system: str) -> Destination:
        target = MemoryTarget(self.servers[system])
        return Destination(
            system=system,
            org=ORG,
            target=target,
            mapping=mapping(target.capabilities, {}),
            ownership=self.ownership,
        )

    def feed(self, system: str) -> Feed:
        return Feed(
            system=system,
            org=ORG,
            name="Feifan",
            source=self.sources[system],
            ownership=self.ownership,
            mirror=self.destination(system),
        )

    def pull(self, system: str) -> Outcome:
        pull = Pull(self.ledger, self.views, self.feed(system), actor="test", progress=quiet)
        return asyncio.run(pull.execute())

    def told(self, system: str, *remotes: str) -> Taken:
        """A callback about these people comes."""
        follow = Follow(self.ledger, self.feed(system))
        follow.known()
        try:
            return follow.take(self.sources[system].look(*remotes))
        finally:
            follow.close()

    def deliver(self, system: str, **options: Any) -> Delivered:
        delivery = Delivery(
            self.ledger,
            self.views,
            self.destination(system),
            actor="test",
            progress=quiet,
            pause=0,
            **options,
        )
        return asyncio.run(delivery.execute())

    def sync(self) -> None:
        """One ``orgledger sync``: everything is read, and everything is brought."""
        for system in (SOURCE, PART):
            self.pull(system)
        for system in (SOURCE, PART):
            self.deliver(system)

    def traces(self) -> tuple[int, int]:
        """How many facts there are about the organization and the targets, and how many writes."""
        facts = sum(
            len(batch)
            for scope in (f"{ORG}.directory", f"{ORG}.delivery")
            for batch in self.ledger.read(scope=scope)
        )
        return facts, sum(server.writes() for server in self.servers.values())

    def rests(self, within: int = 1) -> None:
        """One of so many rounds tells and writes nothing; those after it could not, either."""
        for _ in range(within):
            before = self.traces()
            self.sync()
            if self.traces() == before:
                return
        raise AssertionError(f"after {within} rounds there still is something to do")

    def nobody_is_told_its_own(self) -> None:
        """Where contact is given away: what was ever written to either side."""
        assert self.ownership.owners == CONTACT
        contact = {"email", "mobile"}
        for change in self.ding.changes:
            assert change.action == "update", change
            assert change.fields.keys() <= contact, change
        for change in self.lark.changes:
            assert change.action == "create" or not change.fields.keys() & contact, change

    def facts(self, topic: str) -> list[Any]:
        """The facts of this name, in order."""
        return [
            entry
            for batch in self.ledger.read(scope=ORG)
            for entry in batch
            if type(entry.fact).__name__ == topic
        ]


def company(pair: Pair) -> None:
    """Two departments and three people at the source, brought to the other side."""
    pair.ding.found("hq", "Headquarters")
    pair.ding.found("rd", "Research", "hq")
    for number, name in enumerate(("ann", "bob", "cid"), 1):
        pair.ding.hire(
            name,
            "rd",
            email=f"{name}@feifan.example",
            mobile=f"+8613800000{number:03d}",
            job_number=f"J{number}",
            title="Engineer",
        )
    pair.sync()
    pair.sync()
