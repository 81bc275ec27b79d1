"""Writing: a resource as it should be becomes an observation that the engine decides on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pydantic_core import to_json
from scim2_models import (
    ConflictException,
    InvalidValueException,
    MutabilityException,
    PreconditionFailedException,
    UniquenessException,
)

from adapters.scim_inbound import groups, people
from adapters.scim_inbound.deviations import ENTERPRISE
from adapters.scim_inbound.memberships import Change, applied
from adapters.scim_inbound.port import Intake
from adapters.scim_inbound.roll import Roll
from domain.directory import Links, Member
from domain.errors import HeldError
from domain.observe import Coverage, Observation
from domain.records import DepartmentRecord

Payload = dict[str, Any]

LARGEST_USER = 256 * 1024
"""Bytes of a user as JSON: it is one event, and a server of NATS takes 1 MiB by default."""


class StaleError(PreconditionFailedException):
    """The resource was changed by another process after it was read for this call."""


class Writing:
    """Creates, changes and removes users and groups, one call at a time."""

    def __init__(
        self, intake: Intake, roll: Roll, *, departments: bool, roles: tuple[str, ...]
    ) -> None:
        self.intake, self.roll = intake, roll
        self._departments, self._roles = departments, roles

    def create(self, name: str | None, payload: Payload) -> str:
        """Take a new user or group in; its uid."""
        kind, record_id = "member", ""

        def observe() -> Observation:
            nonlocal kind, record_id
            if name == "User":
                record_id = self._free(kind, payload, "userName")
                return self._user(payload, record_id, None)
            kind = groups.kind_of(payload, departments=self._departments, roles=self._roles)
            record_id = self._free(kind, payload, "displayName")
            return self._group(payload, kind, record_id, None)

        self._accept(observe)
        return self._links(kind).uids[record_id]

    def update(self, name: str | None, uid: str, payload: Payload, *, expected: str | None) -> None:
        """Bring a user or group to what it should be."""

        def observe() -> Observation:
            self._as_expected(name, uid, expected)
            if name == "User":
                return self._user(payload, self.roll.rows.id("member", uid), uid)
            kind = self.roll.index.groups[uid]
            return self._group(payload, kind, self.roll.rows.id(kind, uid), uid)

        self._accept(observe)

    def change_members(self, uid: str, changed: list[Change]) -> None:
        """Let people and groups into a group and out of it."""

        def observe() -> Observation:
            self.roll.must_have("Group", uid)
            rows, kind = self.roll.rows, self.roll.index.groups[uid]
            payload = self.roll.group(uid, members=False)
            inside = applied(self.roll.inside(uid), changed)
            payload["members"] = [{"value": other} for other in inside]
            return self._group(payload, kind, rows.id(kind, uid), uid)

        self._accept(observe)

    def delete(self, name: str | None, uid: str, *, expected: str | None) -> None:
        """A user leaves the organization, a group is no more."""

        def observe() -> Observation:
            self._as_expected(name, uid, expected)
            rows = self.roll.rows
            if name != "User":
                role = self.roll.index.groups[uid] == "role"
                return groups.role_gone(rows, uid) if role else groups.department_gone(rows, uid)
            return rows.observation(
                coverage=Coverage(
                    gone_members=frozenset({rows.id("member", uid)}),
                    gone_departments=self._emptied(uid),
                )
            )

        self._accept(observe)

    def _accept(self, observe: Callable[[], Observation]) -> None:
        try:
            refused = self.intake.accept(observe)
        except HeldError as held:
            raise ConflictException(detail=str(held)) from held
        if refused:
            raise InvalidValueException(detail="; ".join(refusal.why for refusal in refused))

    def _as_expected(self, name: str | None, uid: str, expected: str | None) -> None:
        self.roll.must_have(name, uid)
        if expected is not None and expected != self.roll.version(uid):
            raise StaleError

    def _links(self, kind: str) -> Links:
        return self.intake.directory.links.get(f"{self.intake.system}/{kind}") or Links()

    def _free(self, kind: str, payload: Payload, named: str) -> str:
        """The record id of a new resource: the sender's own id for it, else its name.

        One that was here before comes back under the id that it had. Where the id is another
        present one's (SCIM does not forbid the same externalId twice), a number is added.
        """
        links, entities = self._links(kind), getattr(self.intake.directory, f"{kind}s")
        wanted = str(payload.get("externalId") or payload.get(named) or "")
        record_id, number = wanted, 1
        while (uid := links.uids.get(record_id)) is not None and entities[uid].present:
            number += 1
            record_id = f"{wanted}~{number}"
        return record_id

    def _user(self, payload: Payload, record_id: str, uid: str | None) -> Observation:
        login = str(payload.get("userName") or "")
        if not login.strip():
            raise InvalidValueException(detail="userName is empty")
        if len(to_json(payload)) > LARGEST_USER:
            raise InvalidValueException(detail=f"a user has at most {LARGEST_USER // 1024} KiB")
        if any(other != uid for other in self.roll.index.find("userName", login)):
            raise UniquenessException(detail="another user has this userName")
        members, links = self.intake.directory.members, self._links("member")
        external = payload.get("externalId")
        known = uid or links.uids.get(record_id) or links.keys.get(f"externalId:{external}")
        old = members.get(known or "")
        if old is not None and uid is None and old.present:
            old = None  # somebody else has that externalId
        named = ((payload.get(ENTERPRISE) or {}).get("manager") or {}).get("value")
        if named is not None and named == uid:
            raise InvalidValueException(detail="nobody is their own manager")
        return self._placed(payload, record_id, old)

    def _placed(self, payload: Payload, record_id: str, old: Member | None) -> Observation:
        """A user where they are: in the groups they were put in, or in the named department."""
        rows, present = self.roll.rows, old is not None and old.present
        departments: tuple[DepartmentRecord, ...] = ()
        ids = rows.ids("department", old.departments) if old is not None and present else ()
        emptied: frozenset[str] = frozenset()
        if not self._departments:
            name = str((payload.get(ENTERPRISE) or {}).get("department") or "").strip()
            ids = (f"{people.NAMED}{name}",) if name else ()
            departments = tuple(DepartmentRecord(id=i, name=name, parent_id=None) for i in ids)
            emptied = self._emptied(old.uid, *ids) if old is not None and present else emptied
        record = people.record(
            payload,
            record_id=record_id,
            departments=ids,
            manager=self._manager,
            keys=self._further(payload, record_id),
            old=old,
        )
        return rows.observation(
            coverage=Coverage(gone_departments=emptied), departments=departments, members=(record,)
        )

    def _further(self, payload: Payload, record_id: str) -> dict[str, str]:
        """The externalId, where it came later than the record id, for this person or another."""
        external = payload.get("externalId")
        later = external != record_id or f"externalId:{external}" in self._links("member").keys
        return {"externalId": external} if external and later else {}

    def _emptied(self, uid: str, *kept: str) -> frozenset[str]:
        """The named departments that nobody is in any more, once this person has left them."""
        if self._departments:
            return frozenset()
        rows, inside = self.roll.rows, self.roll.index.people
        left = [
            dep
            for dep in self.intake.directory.members[uid].departments
            if len(inside.get(dep, ())) == 1
        ]
        return frozenset(i for i in rows.ids("department", left) if i not in kept)

    def _manager(self, uid: str) -> str | None:
        return self.roll.rows.id("member", uid) if uid in self.roll.index.users else None

    def _group(self, payload: Payload, kind: str, record_id: str, uid: str | None) -> Observation:
        self._own_name(payload, uid)
        members, rows = self._members(payload), self.roll.rows
        if uid is not None and uid in members.groups:
            raise InvalidValueException(detail="a group cannot be in itself: that is a cycle")
        if kind == "department":
            return groups.department(rows, payload, members, record_id=record_id, uid=uid)
        if members.groups:
            raise InvalidValueException(detail="this group is a role here, and holds people only")
        known = self.intake.directory.roles.get(uid or "")
        if known is not None and known.details.get("externalId") != payload.get("externalId"):
            raise MutabilityException(detail="the externalId of a role is that of its creation")
        return groups.role(rows, payload, members.people, record_id=record_id, uid=uid)

    def _own_name(self, payload: Payload, uid: str | None) -> None:
        """A name is another group's only where the sender's own ids tell the two apart.

        Entra finds groups by their name and needs it to be unique; real organizations have
        several departments of one name.
        """
        mine = payload.get("externalId")
        for other in self.roll.index.find("displayName", str(payload.get("displayName") or "")):
            if other == uid:
                continue
            kind = self.roll.index.groups[other]
            entity = getattr(self.intake.directory, f"{kind}s")[other]
            if not mine or entity.details.get("externalId") in (None, mine):
                raise UniquenessException(detail="another group has this displayName")

    def _members(self, payload: Payload) -> groups.Members:
        people_in: dict[str, None] = {}
        groups_in: dict[str, None] = {}
        index = self.roll.index
        for number, member in enumerate(payload.get("members") or (), 1):
            uid = member.get("value") or ""
            if uid in index.users:
                people_in[uid] = None
            elif index.groups.get(uid) == "department":
                groups_in[uid] = None
            else:
                raise InvalidValueException(
                    detail=f"member {number} is no user and no group that can be in another"
                )
        return groups.Members(tuple(people_in), tuple(groups_in))
