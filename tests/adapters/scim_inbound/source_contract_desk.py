"""An identity provider that pushes to us, for the contract suite of sources."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Self
from uuid import NAMESPACE_OID, uuid5

import httpx
from msgspec import UNSET
from msgspec.structs import replace

from adapters.scim_inbound.settings import ScimInboundSettings
from domain.records import DepartmentRecord, MemberRecord, Roster
from tests.adapters.scim_inbound.disturbing import STRIKES, Disturbed
from tests.adapters.scim_inbound.inbound_desk import TOKEN, Desk
from tests.adapters.scim_inbound.sender import Sender
from tests.adapters.scim_inbound.sender_bodies import NAMED
from tests.adapters.scim_inbound.sender_calls import Call, Plan, named
from tests.sources.desk import Trouble

ROLE = "app-"
"""The names of groups that are roles begin so."""


def guid(kind: str, key: str) -> str:
    """The provider's own id for what is in a roster."""
    return str(uuid5(NAMESPACE_OID, f"{kind} {key}"))


class SenderDesk:
    """Fulfils ``tests.sources.desk.SourceDesk``; departments are nested groups.

    Nothing can be read from it: the firm of ``pushed_firm`` has it send what it has to tell.
    """

    page = 0
    key = "externalId"
    secret = TOKEN
    settings = ScimInboundSettings(token=TOKEN, roles=(f"{ROLE}*",))

    def __init__(self) -> None:
        self.sender = Sender()
        self._now = Roster()
        self._logins: dict[str, str] = {}
        self._trouble = ""
        self._struck = 0

    @property
    def by_attribute(self) -> bool:
        return self.settings.tree == "attribute"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        """Nothing of it runs."""

    def source(self, *, wrong: bool = False) -> None:
        """Nobody reads from a system that pushes."""

    def put(self, roster: Roster) -> None:
        before, self._now = self._now, self._provided(roster)
        self.sender.pending += Plan(before, by_attribute=self.by_attribute).calls(self._now)

    def _provided(self, roster: Roster) -> Roster:
        """A roster as the provider holds it: under its ids, and without what SCIM has no place for.

        A person who is given a further id is the one whose id it was.
        """
        ids = {m.id: m.keys[self.key] if m.keys else guid("user", m.id) for m in roster.members}
        return Roster(
            departments=tuple(
                DepartmentRecord(
                    id=guid("group", d.id),
                    name=d.name,
                    parent_id=d.parent_id and guid("group", d.parent_id),
                )
                for d in roster.departments
            ),
            members=tuple(self._member(m, ids) for m in roster.members),
            roles=tuple(
                replace(
                    r,
                    id=guid("role", r.id),
                    name=f"{ROLE}{r.name}",
                    group=UNSET,
                    members=tuple(ids[key] for key in r.members or ()),
                )
                for r in roster.roles
            ),
        )

    def _member(self, m: MemberRecord, ids: dict[str, str]) -> MemberRecord:
        empty = ("email", "mobile", "job_number", "title", "avatar")
        return replace(
            m,
            id=ids[m.id],
            departments=tuple(guid("group", key) for key in m.departments),
            manager=ids[m.manager] if m.manager else None,
            active=m.active is not False,
            main_department=UNSET,
            keys={self.key: ids[m.id]},
            details={"userName": self._login(m.id)},
            **{name: getattr(m, name) or None for name in empty},
        )

    def _login(self, key: str) -> str:
        """Unique, whatever the case of its letters (RFC 7643, section 4.1.1)."""
        if key not in self._logins:
            taken = {other.lower() for other in self._logins}
            number = f".{len(taken)}" if key.lower() in taken else ""
            self._logins[key] = f"{key}{number}@idp.example"
        return self._logins[key]

    def truth(self) -> Roster:
        return self._now

    def on_the_way(self) -> Iterator[Roster]:
        """What is true for the service after each call that will be sent, and at the end."""
        yield from (call.told for call in self.sender.pending)
        yield self._now

    def push(self, service: Desk, *, token: str = TOKEN) -> list[httpx.Response]:
        """Send what there is to tell; if there is nothing, all of it again. What was refused."""
        calls: list[Call] = self.sender.pending
        if not calls:
            calls = list(Plan(self._now, by_attribute=self.by_attribute).everything())
        disturbed = Disturbed(self._trouble, service.ledger)
        found = self.sender.send(calls, url=service.url, token=token, transport=disturbed)
        self._struck += disturbed.struck
        return found

    def hide(self, field: str) -> bool:
        return False

    def narrow(self, department: str) -> bool:
        return False

    def trouble(self, kind: Trouble) -> bool:
        self._struck = 0
        self._trouble = kind if kind in STRIKES else ""
        return bool(self._trouble)

    def struck(self) -> bool:
        return self._struck > 0

    def calm(self) -> None:
        self._trouble = ""


class TextsDesk(SenderDesk):
    """The same provider, which says people's departments in an attribute."""

    settings = ScimInboundSettings(token=TOKEN, tree="attribute")

    def _provided(self, roster: Roster) -> Roster:
        found = super()._provided(roster)
        names = {d.id: f"{NAMED}{d.name.strip()}" for d in found.departments}
        members = tuple(
            replace(m, departments=tuple(names[key] for key in m.departments[:1]))
            for m in found.members
        )
        found = replace(found, members=members)
        return replace(found, departments=named(found))
