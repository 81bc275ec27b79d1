"""Desired: the organization as a target should hold it, in the target's fields and our uids."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import msgspec
from msgspec import UNSET, UnsetType

from domain.delivery.capabilities import TargetCapabilities
from domain.delivery.document import Document, Documents
from domain.delivery.mapping import Mapping
from domain.delivery.operation import Fitted, Relations
from domain.delivery.scope import Chosen, Scope
from domain.directory import Department, Directory, Member, Role, RoleGroup, State
from domain.errors import ConfigError
from domain.ownership import Writable

Fit = Callable[[str, dict[str, Any]], Fitted]
"""``fit(kind, fields)``: the values in the target's form; see ``domain.ports.Target.fit``."""


class Wanted(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One entity as it should be there. ``key`` is its id in the organization's source.

    ``members`` are those of a role, or of a department where the target keeps memberships there.
    ``problems`` say why the target cannot take it. ``own`` names the fields and relations that
    are given to it once, at its creation, and are the target's own from then on.
    """

    uid: str
    key: str
    name: str
    fields: dict[str, Any]
    relations: Relations
    members: frozenset[str] | None = None
    problems: tuple[str, ...] = ()
    own: frozenset[str] = frozenset()

    def kept(self) -> Wanted:
        """What of it is kept up at the target, once it is there."""
        if not self.own:
            return self
        fields = {name: value for name, value in self.fields.items() if name not in self.own}
        return msgspec.structs.replace(
            self, fields=fields, relations=without(self.relations, self.own)
        )


class Desired(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that should be there, by kind and uid; departments parents first."""

    org: str
    position: int
    wanted: dict[str, dict[str, Wanted]]
    outside: frozenset[str] = frozenset()
    """Uids of departments and people of the organization that the scope leaves out."""
    focus: frozenset[str] | None = None
    """The only uids that were looked at, wanted or not; None: all."""
    ids: dict[str, dict[str, str]] = {}
    """Per kind the source's ids by uid, also of those who left."""
    source: bool = False
    """The target is the organization's source: nothing is made there, and nothing taken away."""

    def key(self, kind: str, uid: str) -> str:
        """The id in the source; the uid of something that it never had."""
        return self.ids.get(kind, {}).get(uid, uid)

    def of(self, kind: str) -> dict[str, Wanted]:
        """Everything of a kind, by uid."""
        return self.wanted.get(kind, {})

    def seen(self, uid: str) -> bool:
        """Whether it was looked at: only then it is known not to be wanted."""
        return self.focus is None or uid in self.focus


def desired(
    directory: Directory,
    capabilities: TargetCapabilities,
    mapping: Mapping,
    fit: Fit,
    scope: Scope = Scope(),  # noqa: B008 - a frozen value
    focus: frozenset[str] | None = None,
    writable: Writable = Writable(),  # noqa: B008 - a frozen value
) -> Desired:
    """What the target should hold of ``directory``; of the uids in ``focus`` only, if given."""
    return _Builder(directory, capabilities, mapping, fit, scope, focus, writable).build()


class _People:
    """The people who go to the target, each found out once."""

    def __init__(self, directory: Directory, chosen: Chosen) -> None:
        self._members, self._chosen = directory.members, chosen
        self._found: dict[str, bool] = {}

    def __contains__(self, uid: str | None) -> bool:
        found = self._found.get(uid or "")
        if found is None:
            member = self._members.get(uid or "")
            found = member is not None and member.present and self._chosen.member(member)
            self._found[uid or ""] = found
        return found

    def __getitem__(self, uid: str) -> Member:
        return self._members[uid]


class _Builder:
    def __init__(
        self,
        directory: Directory,
        capabilities: TargetCapabilities,
        mapping: Mapping,
        fit: Fit,
        scope: Scope,
        focus: frozenset[str] | None,
        writable: Writable,
    ) -> None:
        self.directory, self.capabilities, self.writable = directory, capabilities, writable
        self.mapping, self.fit, self.focus = mapping, fit, focus
        self.documents = Documents(directory)
        self.chosen = Chosen(scope, self.documents)
        self.members = _People(directory, self.chosen)
        self._asked = {
            kind: tuple(
                (field.name, expression.names) for field, expression in mapping[kind].fields
            )
            for kind in capabilities.fields
        }
        self._hidden = {
            kind: self.documents.hidden(kind) | writable.ownership.hidden(directory, kind)
            for kind in capabilities.fields
        }

    def build(self) -> Desired:
        kinds = self.capabilities.fields
        wanted: dict[str, dict[str, Wanted]] = {kind: {} for kind in kinds}
        people = [m for m in self.directory.present_members() if self._seen(m.uid)]
        roles = [
            r for r in self.directory.present_roles() if self._seen(r.uid) and self.chosen.role(r)
        ]
        if "role_group" in kinds and not self.writable.source:
            for group in self._used_groups():
                self._put(wanted, "role_group", group, Relations())
        if "department" in kinds:
            inside = self._people_by_department()
            for uid, department in self.chosen.departments.items():
                if not self._seen(uid):
                    continue
                there = frozenset(inside.get(uid, ())) if inside is not None else None
                self._put(wanted, "department", department, self._of_department(department), there)
        if "member" in kinds:
            for member in people:
                if member.uid in self.members:
                    self._put(wanted, "member", member, self._of_member(member))
        if "role" in kinds and not self.writable.source:
            for role in roles:
                holders = self.directory.grants.get(role.uid, set())
                there = frozenset(uid for uid in holders if uid in self.members)
                self._put(wanted, "role", role, self._of_role(role), there)
        return Desired(
            org=self.directory.org,
            position=self.directory.position,
            wanted=wanted,
            outside=self._outside(people),
            focus=self.focus,
            ids={kind: self.documents.rows.ids(kind) for kind in kinds},
            source=self.writable.source,
        )

    def _seen(self, uid: str) -> bool:
        return self.focus is None or uid in self.focus

    def _used_groups(self) -> Iterable[RoleGroup]:
        """The role groups in which there is a role that goes to the target."""
        used = {r.group for r in self.directory.present_roles() if self.chosen.role(r)}
        groups = self.directory.role_groups.values()
        return (g for g in groups if g.present and g.uid in used and self._seen(g.uid))

    def _outside(self, people: Iterable[Member]) -> frozenset[str]:
        without = (m.uid for m in people if m.uid not in self.members)
        departments = (
            d.uid
            for d in self.directory.present_departments()
            if self._seen(d.uid) and d.uid not in self.chosen.departments
        )
        return frozenset((*without, *departments))

    def _put(
        self,
        wanted: dict[str, dict[str, Wanted]],
        kind: str,
        entity: Any,
        relations: Relations,
        members: frozenset[str] | None = None,
    ) -> None:
        document = getattr(self.documents, kind)(entity)
        own = self._own(kind, entity.uid)
        left_out = own if self.writable.source else frozenset()
        fitted = self._fitted(kind, document, left_out)
        problems = fitted.problems + tuple(
            f"{field.name} has no value"
            for field in self.capabilities.fields[kind]
            if field.required
            and field.name not in left_out
            and fitted.fields.get(field.name) in (None, "")
        )
        wanted[kind][entity.uid] = Wanted(
            uid=entity.uid,
            key=document["id"],
            name=entity.name,
            fields=fitted.fields,
            relations=without(relations, left_out),
            members=members,
            problems=problems,
            own=own - left_out,
        )

    def _own(self, kind: str, uid: str) -> frozenset[str]:
        """What of an entity is the target's own."""
        if not self.writable.ownership.shared:
            return frozenset()
        return self.writable.own(self.directory, kind, uid, self._asked[kind])

    def _fitted(self, kind: str, document: Document, left_out: frozenset[str]) -> Fitted:
        """The target's fields; an expression that fails for one record is that one's problem."""
        hidden = self._hidden[kind]
        for field in hidden:
            if document.get(field, ...) is None:
                del document[field]
        try:
            values = self.mapping[kind].values(document, hidden)
        except ConfigError as error:
            return Fitted(fields={}, problems=(f"{error.what}: {error.why}",))
        kept = {name: value for name, value in values.items() if name not in left_out}
        return self.fit(kind, kept if left_out else values)

    def _people_by_department(self) -> dict[str, list[str]] | None:
        theirs = self.writable.source or "memberships" in self.writable.part
        if self.capabilities.memberships != "department" or theirs:
            return None
        inside: dict[str, list[str]] = {}
        for member in self.directory.present_members():
            for uid in member.departments:
                if self._seen(uid) and member.uid in self.members:
                    inside.setdefault(uid, []).append(member.uid)
        return inside

    def _of_department(self, department: Department) -> Relations:
        can = self.capabilities
        parent: str | UnsetType | None = UNSET
        if can.nested:
            parent = department.parent if department.parent in self.chosen.departments else None
        leaders: tuple[str, ...] | UnsetType = UNSET
        if can.leaders != 0 and "member" in can.fields:
            leaders = self._leaders(department)
        return Relations(parent=parent, leaders=leaders)

    def _leaders(self, department: Department) -> tuple[str, ...]:
        can = self.capabilities
        found = [
            uid
            for uid in department.leaders
            if uid in self.members
            and self.members[uid].state is State.ACTIVE
            and (not can.leaders_inside or department.uid in self.members[uid].departments)
        ]
        return in_order(found[: can.leaders], first=can.primary_leader)

    def _of_member(self, member: Member) -> Relations:
        can = self.capabilities
        departments: tuple[str, ...] | UnsetType = UNSET
        if can.memberships == "member" and "department" in can.fields:
            inside = [uid for uid in member.departments if uid in self.chosen.departments]
            main = member.main_department
            if main in inside:
                inside.remove(main)
                inside.insert(0, main)
            departments = in_order(inside, first=can.main_department)
        manager: str | UnsetType | None = UNSET
        if can.managers:
            manager = member.manager if member.manager in self.members else None
            manager = None if manager == member.uid else manager
        active = member.state is State.ACTIVE if can.deactivates else UNSET
        return Relations(departments=departments, manager=manager, active=active)

    def _of_role(self, role: Role) -> Relations:
        grouped = "role_group" in self.capabilities.fields
        return Relations(group=role.group) if grouped else Relations()


def without(relations: Relations, names: frozenset[str]) -> Relations:
    """``relations`` but those of these names."""
    dropped = {name: UNSET for name in relations.given() if name in names}
    return msgspec.structs.replace(relations, **dropped) if dropped else relations


def in_order(uids: Iterable[str], *, first: bool) -> tuple[str, ...]:
    """Uids in an order of their own, so that two readings compare equal; ``first`` stays first."""
    listed = list(dict.fromkeys(uids))
    if not first or not listed:
        return tuple(sorted(listed))
    return (listed[0], *sorted(listed[1:]))
