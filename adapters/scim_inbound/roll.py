"""The organization as SCIM resources."""

from __future__ import annotations

from typing import Any

from scim2_models import EnterpriseUser, NotFoundException, Resource

from adapters.scim_inbound import people
from adapters.scim_inbound.groups import Rows
from adapters.scim_inbound.index import Index
from adapters.scim_inbound.resources import Group, User
from domain.directory import Directory, Member
from domain.envelope import Entry

Payload = dict[str, Any]


class Roll:
    """Makes resources of the members, departments and roles that the index knows."""

    index: Index
    rows: Rows

    def __init__(self, system: str, *, departments: bool) -> None:
        self.system, self.departments = system, departments
        self.begin(Directory(org=""))

    def begin(self, directory: Directory) -> None:
        """Everything is folded anew, into this directory."""
        self.directory = directory
        self.index = Index(directory, departments=self.departments)
        self.rows = Rows(directory, self.system, self.index)

    def fold(self, entry: Entry) -> None:
        self.index.fold(entry)

    def has(self, name: str | None, uid: str) -> bool:
        return uid in (self.index.users if name == "User" else self.index.groups)

    def must_have(self, name: str | None, uid: str) -> None:
        """Raise NotFoundException for what is not there (any more)."""
        if not self.has(name, uid):
            raise NotFoundException(detail=f"there is no {name} with this id")

    def version(self, uid: str) -> str:
        """The entity tag: how many facts touched it so far."""
        return f'W/"{self.index.meta(uid).times}"'

    def resource(self, name: str | None, uid: str, *, members: bool = True) -> Resource[Any]:
        """A present user or group, its references relative to the service."""
        if name == "User":
            return User[EnterpriseUser].model_validate(self._with_meta(name, uid, self._user(uid)))
        return Group.model_validate(self._with_meta("Group", uid, self.group(uid, members=members)))

    def _with_meta(self, name: str, uid: str, payload: Payload) -> Payload:
        touched = self.index.meta(uid)
        payload["meta"] = {
            "resourceType": name,
            "created": touched.created,
            "lastModified": touched.modified,
            "version": self.version(uid),
        }
        return payload

    def _user(self, uid: str) -> Payload:
        member = self.directory.members[uid]
        manager = self.directory.members.get(member.manager or "")
        inside = (*member.departments, *self.index.roles.get(uid, ()))
        return people.user(
            member,
            record_id=self.rows.id("member", uid),
            groups=[
                {**_reference("Group", group), "display": self._name(group), "type": "direct"}
                for group in inside
                if group in self.index.groups
            ],
            manager=_reference("User", manager.uid) if manager is not None else None,
            department=self._attribute(member),
        )

    def _attribute(self, member: Member) -> str | None:
        """The department attribute of somebody whom it put into a department."""
        ids = [] if self.departments else self.rows.ids("department", member.departments)
        named = [key for key in ids if key.startswith(people.NAMED)]
        return named[0].removeprefix(people.NAMED) if named else None

    def _name(self, group: str) -> str:
        if self.index.groups[group] == "role":
            return self.directory.roles[group].name
        return self.directory.departments[group].name

    def inside(self, uid: str) -> list[str]:
        """The uids of everybody and everything in a group."""
        if self.index.groups[uid] == "role":
            return sorted(self.directory.grants[uid])
        found = self.rows.in_department(uid)
        return [*found.people, *found.groups]

    def group(self, uid: str, *, members: bool) -> Payload:
        """A present group as JSON, without ``meta``."""
        role = self.index.groups[uid] == "role"
        entity = self.directory.roles[uid] if role else self.directory.departments[uid]
        payload: Payload = {"id": uid, "displayName": entity.name}
        if "externalId" in entity.details:
            payload["externalId"] = entity.details["externalId"]
        if members:
            users = self.index.users
            payload["members"] = [
                _member("User" if other in users else "Group", other) for other in self.inside(uid)
            ]
        return payload


def _reference(name: str, uid: str) -> Payload:
    return {"value": uid, "$ref": f"{name}s/{uid}"}


def _member(name: str, uid: str) -> Payload:
    return {**_reference(name, uid), "type": name}
