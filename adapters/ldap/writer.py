"""The writer: one change at a time, each in as few LDAP operations as it takes. Blocking."""

from __future__ import annotations

from msgspec import UNSET

from adapters.ldap import errors, groups
from adapters.ldap.accounts import Accounts
from adapters.ldap.capabilities import Shape
from adapters.ldap.client import ADD, REPLACE, LdapClient
from adapters.ldap.containers import Containers
from adapters.ldap.creation import put, said
from adapters.ldap.dn import above, first, normal, rdn
from adapters.ldap.mapping import encoded
from adapters.ldap.places import Places
from adapters.ldap.references import mend
from adapters.ldap.wire import MARK_CLASS
from domain.delivery.operation import Acknowledged, Action, Change
from domain.errors import AbsentFault, TerminalFault

CLASSES = {"department": ("organizationalUnit", MARK_CLASS), "member": ("inetOrgPerson",)}

Modification = tuple[str, str, list[bytes]]


class Writer:
    """Writes to one directory. Used from several threads."""

    def __init__(self, client: LdapClient, shape: Shape, accounts: Accounts) -> None:
        self._client, self._shape, self._accounts = client, shape, accounts
        place = client.settings.place
        self._places = {
            "department": Places(client, "department", (place("departments"),)),
            "member": Places(client, "member", (place("people"), place("leavers_ou"))),
            "role": Places(client, "role", (place("roles"),)),
        }
        self._groups = groups.Groups(client, shape, self._places["member"])
        names = ["departments", "people", "roles"]
        names += ["groups"] if shape.grouped else []
        names += ["leavers_ou"] if accounts.way == "ou" else []
        self._containers = Containers(client, tuple(names))

    def seen(self, kind: str, uuid: str, dn: str) -> None:
        """Remember where an entry is."""
        self._places[kind].put(uuid, dn)

    def carry_out(self, change: Change, *, again: bool) -> Acknowledged:
        """Do it, with fresh names if those that we remembered turn out to be out of date.

        ``again``: an earlier try may have been carried out. Raises the SystemFault of a change
        that does not come about.
        """
        self._containers.ensure()
        try:
            return self._do(change, again=again)
        except AbsentFault:
            if not self._forget(change):
                raise
            return self._do(change, again=True)

    def _forget(self, change: Change) -> bool:
        """Forget every name that the change needed; False if none was remembered."""
        ids = {change.remote, change.relations.parent, change.relations.manager}
        uuids = [uuid for uuid in ids if isinstance(uuid, str)]
        return [places for places in self._places.values() if places.forget(uuids)] != []

    def _do(self, change: Change, *, again: bool) -> Acknowledged:
        if change.action is Action.CREATE:
            return self._create(change, again=again)
        if change.action is Action.DELETE:
            return self._delete(change)
        dn = self._places[change.kind].of(str(change.remote))
        if change.action in (Action.ADD, Action.REMOVE):
            return self._groups.members(change, dn)
        return self._change(change, dn, again=again)

    def _create(self, change: Change, *, again: bool) -> Acknowledged:
        kind = change.kind
        naming = {"member": "uid", "role": "cn"}.get(kind, self._shape.naming)
        name = change.fields[naming]
        attributes = {a: v for a, value in change.fields.items() if (v := encoded(value))}
        if kind == "member":
            classes = [*CLASSES[kind], *self._accounts.classes]
            if change.relations.active is False:
                attributes |= {a: v for _, a, v in self._accounts.change(active=False)}
            if change.relations.manager:
                attributes["manager"] = [self._places[kind].of(change.relations.manager).encode()]
        elif self._groups.is_apart(kind):
            classes = [*CLASSES[kind]]
            self._groups.make(change, name)
        else:
            classes = [*groups.CLASSES]
            attributes["uniqueMember"] = [self._shape.placeholder.encode()]
        attributes["objectClass"] = [name.encode() for name in classes]
        dn = f"{rdn(naming, name)},{self._above(change)}"
        uuid = put(self._client, change, kind, dn, attributes, again=again)
        self.seen(kind, uuid, dn)
        return Acknowledged(remote=uuid)

    def _above(self, change: Change) -> str:
        """The DN below which the entry of a change belongs."""
        if change.kind == "member":
            return self._accounts.place(active=change.relations.active is not False)
        if change.kind == "role":
            return self._client.settings.place("roles")
        if isinstance(change.relations.parent, str):
            return self._places["department"].of(change.relations.parent)
        return self._client.settings.place("departments")

    def _change(self, change: Change, dn: str, *, again: bool) -> Acknowledged:
        """Fields and relations of any kind: one modify, and a rename where the name changes."""
        kind, warning = change.kind, ""
        naming, present = first(dn)
        now, modifications = None, self._of_member(change) if kind == "member" else []
        for attribute, value in change.fields.items():
            if attribute.lower() != naming.lower():
                modifications.append((REPLACE, attribute, encoded(value)))
            elif value and value != present:
                now = rdn(naming, value)
        if modifications:
            self._modify(change, dn, modifications)
        superior = self._superior(change, dn)
        if now or superior:
            dn = self._rename(change, dn, now, superior)
        elif kind == "member" and again and change.relations.active is not UNSET:
            self._mend_strays(change, rdn(naming, present), dn)
        if self._groups.is_apart(kind) and "description" in change.fields:
            self._groups.describe(change, dn)
        if kind == "department" and change.relations.leaders is not UNSET:
            warning = self._groups.lead(change, dn)
        return Acknowledged(remote=str(change.remote), warning=warning)

    def _of_member(self, change: Change) -> list[Modification]:
        relations = change.relations
        modifications: list[Modification] = []
        if relations.manager is not UNSET:
            manager = relations.manager
            dns = [] if manager is None else [self._places["member"].of(manager).encode()]
            modifications.append((REPLACE, "manager", dns))
        if relations.active is not UNSET:
            modifications += self._accounts.change(active=relations.active)
        return modifications

    def _modify(self, change: Change, dn: str, modifications: list[Modification]) -> None:
        what = said("modify", change)
        try:
            self._client.modify(what, dn, modifications)
        except TerminalFault as fault:
            classes = [name.encode() for name in self._accounts.classes]
            closing = change.relations.active is not UNSET and classes
            if fault.code != errors.CLASS_VIOLATION or not closing:
                raise
            adopted = (ADD, "objectClass", classes)  # made by somebody else, without our classes
            self._client.modify(what, dn, [adopted, *modifications])

    def _superior(self, change: Change, dn: str) -> str | None:
        """The DN of the place to move the entry to; None if it stays."""
        relations = change.relations
        if change.kind == "member" and relations.active is not UNSET:
            return self._accounts.moves(dn, active=relations.active)
        if change.kind == "department" and relations.parent is not UNSET:
            wanted = self._above(change)
            return None if normal(wanted) == normal(above(dn)) else wanted
        return None

    def _rename(self, change: Change, dn: str, now: str | None, superior: str | None) -> str:
        """Give an entry another name or place; what names it is mended. Returns its new DN."""
        step = now or dn[: -len(above(dn)) - 1]
        new = f"{step},{superior or above(dn)}"
        self._client.rename(said("modrdn", change), dn, step, superior)
        if change.kind == "department":
            self._places[change.kind].moved(str(change.remote), dn, new)
        else:
            self.seen(change.kind, str(change.remote), new)
        if change.kind == "member":
            mend(self._client, dn, new, self._shape.placeholder)
        return new

    def _delete(self, change: Change) -> Acknowledged:
        kind, remote = change.kind, str(change.remote)
        dn = self._places[kind].find((remote,)).get(remote)
        name = first(dn)[1] if dn else change.known.get(self._shape.naming)
        if dn is not None:
            try:
                self._client.delete(said("delete", change), dn)
            except AbsentFault:
                self._places[kind].forget((remote,))
                if self._places[kind].find((remote,)):
                    raise  # it has moved: carry_out comes again, with its new name
        if self._groups.is_apart(kind) and name:
            self._groups.delete(change, name)
        if kind == "member" and dn is not None:
            mend(self._client, dn, None, self._shape.placeholder)
        elif kind == "member" and change.known.get("uid"):
            self._mend_strays(change, rdn("uid", change.known["uid"]), None)
        return Acknowledged(remote=remote)

    def _mend_strays(self, change: Change, step: str, dn: str | None) -> None:
        """Do what an earlier try may have left undone: mend what names the person's former DN."""
        for place in (self._accounts.people, self._accounts.leavers):
            stray = f"{step},{place}"
            if dn is not None and normal(stray) == normal(dn):
                continue
            if self._client.get(said("search", change), stray, ()) is None:
                mend(self._client, stray, dn, self._shape.placeholder)
