"""A real slapd to read from, for the contract suite of sources and for our own tests.

What is hidden is hidden by slapd's own access rules: there is an account for each situation.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar, Self

import ldap3
import msgspec
import pytest
from msgspec import UNSET
from msgspec.structs import replace

from adapters.http import Patience
from adapters.ldap.settings import LdapSettings
from adapters.ldap.slapd import Slapd, find_binary
from adapters.ldap.source import LdapSource
from domain.records import MemberRecord, Roster
from tests.adapters.ldap.proxy import Proxy, Spoil
from tests.adapters.ldap.source_layouts import (
    BASE,
    Entries,
    Layout,
    groups,
    identity,
    number_of,
    tree,
    units,
    windows,
)
from tests.sources.desk import Trouble

RELAX = ("1.3.6.1.4.1.4203.666.5.12", True, None)
"""Lets the administrator choose an entryUUID (draft-zeilenga-ldap-relax)."""

QUICK = Patience(tries=3, first_wait=0.01)
PASSWORD = "desk-password"
SCHEMA = Path(__file__).with_name("active_directory.schema")

FIELDS = {
    "email": "mail", "mobile": "mobile", "job_number": "employeeNumber", "title": "title",
    "manager": "manager",
}  # fmt: skip
"""Fields of people, and the attributes that inetOrgPerson has for them."""


class SlapdDesk:
    """Fulfils ``tests.sources.desk.SourceDesk``; a subclass says which directory it is.

    ``blind`` are accounts, and what each of them does not see, in slapd.access(5)'s words.
    ``logins``: people are known by their logins, which are the roster's ids; else by what the
    directory gives them.
    """

    page = 500
    several = True
    key = "number"
    secret = PASSWORD
    layout: Layout
    profile: ClassVar[dict[str, Any]]
    schemas: tuple[Path, ...] = ()
    root: tuple[str, ...] = ()
    login: str
    attributes: ClassVar[dict[str, str]]
    blind: ClassVar[dict[str, str]]
    spoils: ClassVar[dict[str, Spoil]] = {
        "busy": "busy",
        "server_errors": "error",
        "connections_reset": "reset",
    }

    def __init__(self, *, logins: bool = False, **more: Any) -> None:
        self._logins = logins
        hidden = {f"no-{field}": f"attrs={name}" for field, name in self.attributes.items()}
        self._accounts = {"reader": "", "limited": "", **hidden, **self.blind}
        rules = [
            f'access to {what} by dn.exact="cn={account},{BASE}" none by * break'
            for account, what in self._accounts.items()
            if what
        ]
        lines = (
            f'limits dn.exact="cn=limited,{BASE}" size.prtotal=60',
            "access to attrs=userPassword by anonymous auth by * none",
            *rules,
            "access to * by users read",
        )
        self.slapd = Slapd(
            overlays=(), lines=lines, schemas=self.schemas, base_dn=BASE, root=self.root
        )
        self._more, self._roster, self.held = more, Roster(), Entries()
        self._account, self._url, self._trouble = "reader", "", False

    def __enter__(self) -> Self:
        if find_binary() is None:
            pytest.skip("slapd is not installed (Debian: apt install slapd)")
        self.slapd.__enter__()
        self.proxy = Proxy(int(self.slapd.url.rpartition(":")[2])).__enter__()
        self.admin = self.slapd.connection()
        for account in self._accounts:
            classes = ["organizationalRole", "simpleSecurityObject"]
            self.done(self.admin.add(f"cn={account},{BASE}", classes, {"userPassword": PASSWORD}))
        return self

    def __exit__(self, *error: object) -> None:
        self.admin.unbind()
        self.proxy.__exit__()
        self.slapd.__exit__()

    def source(self, *, wrong: bool = False, **more: Any) -> LdapSource:
        settings = {
            "url": self._url or self.proxy.url, "base_dn": BASE,
            "bind_dn": f"cn={self._account},{BASE}",
            "bind_password": "not-" + PASSWORD if wrong else PASSWORD,
            **self.profile, **self._more, **more,
        }  # fmt: skip
        member = {"number": "roomNumber", **({"id": self.login} if self._logins else {})}
        member |= dict.fromkeys(self.unused(), "")
        settings["attributes"] = {"member": member, **settings.get("attributes", {})}
        return LdapSource("there", msgspec.convert(settings, LdapSettings), patience=QUICK)

    def unused(self) -> list[str]:
        """Fields that this directory is told not to have."""
        return []

    def put(self, roster: Roster) -> None:
        self.hold(type(self).layout(roster))
        self._roster = roster

    def hold(self, wanted: Entries) -> None:
        """Make the directory hold exactly these entries.

        An entry that has another name or place from now on comes again, with its entryUUID.
        """
        gone = {dn for dn in self.held if _uuid(self.held, dn) != _uuid(wanted, dn)}
        gone |= {dn for dn in self.held if any(dn.endswith("," + high) for high in gone)}
        for dn in sorted(gone, key=lambda dn: -dn.count(",")):
            self.done(self.admin.delete(dn))
            del self.held[dn]
        for dn, attributes in wanted.items():
            had = self.held.get(dn)
            if had is None:
                filled = {name: values for name, values in attributes.items() if values}
                self.done(self.admin.add(dn, attributes=filled, controls=[RELAX]))
            elif had != attributes:
                changes = {
                    name: [(ldap3.MODIFY_REPLACE, attributes.get(name, []))]
                    for name in had.keys() | attributes.keys()
                    if had.get(name) != attributes.get(name)
                }
                self.done(self.admin.modify(dn, changes))
        self.held = dict(wanted)

    def done(self, done: bool) -> None:
        assert done, self.admin.result

    def own_id(self, kind: str, key: str) -> str:
        """The directory's id of what was put under ``key``."""
        return key if self._logins and kind == "member" else str(identity(kind, key))

    def truth(self) -> Roster:
        def ids(kind: str, keys: Any) -> tuple[str, ...]:
            return tuple(self.own_id(kind, key) for key in keys or ())

        def member(m: MemberRecord) -> MemberRecord:
            return replace(
                m,
                id=self.own_id("member", m.id),
                departments=ids("department", m.departments[: None if self.several else 1]),
                manager=self.own_id("member", m.manager) if m.manager else None,
                job_number=m.job_number or None, keys={"number": number_of(m)},
                main_department=UNSET, avatar=UNSET, active=m.active is not False,
                **{f: getattr(m, f) or None for f in ("email", "mobile", "title")},
            )  # fmt: skip

        roster = self._roster
        return Roster(
            departments=tuple(
                replace(
                    d, id=str(identity("department", d.id)), leaders=ids("member", d.leaders),
                    parent_id=str(identity("department", d.parent_id)) if d.parent_id else None,
                )
                for d in roster.departments
            ),
            members=tuple(member(m) for m in roster.members),
            roles=tuple(
                replace(r, id=str(identity("role", r.id)), members=ids("member", r.members))
                for r in roster.roles
            ),
        )  # fmt: skip

    def hide(self, field: str) -> bool:
        return field in self.attributes and self.log_in(f"no-{field}")

    def log_in(self, account: str) -> bool:
        """Who reads from now on."""
        self._account = account
        return account in self._accounts

    def narrow(self, department: str) -> bool:
        return False  # LDAP does not say what it leaves out

    def trouble(self, kind: Trouble) -> bool:
        self._trouble = True
        if kind in self.spoils:
            self._trouble = False
            self.proxy.searches_spoiled.extend([self.spoils[kind]] * 2)
        elif kind == "page_fails":
            self.log_in("limited")
        elif kind == "unreachable":
            self._url = "ldap://127.0.0.1:1"
        elif kind in self.blind:
            self.log_in(kind)
        else:
            return False
        return True

    def struck(self) -> bool:
        return self._trouble or not self.proxy.searches_spoiled

    def written(self) -> int:
        """How often the source wrote."""
        return self.proxy.writes

    def calm(self) -> None:
        self._account, self._url, self._trouble = "reader", "", False
        self.proxy.searches_spoiled.clear()


def _uuid(entries: Entries, dn: str) -> Any:
    return entries.get(dn, {"entryUUID": "none"}).get("entryUUID")


class TreeDesk(SlapdDesk):
    """What our own target writes."""

    layout = staticmethod(tree)
    login = "uid"
    profile: ClassVar[dict[str, Any]] = {"roles": "ou=roles"}
    attributes = FIELDS
    blind: ClassVar[dict[str, str]] = {
        "members_not_permitted": f'dn.subtree="ou=people,{BASE}"',
        "roles_not_permitted": f'dn.subtree="ou=roles,{BASE}"',
        "branch_not_permitted": f'dn.base="ou=rd,ou=hq,ou=departments,{BASE}"',
        "everybody_gone": f'dn.children="ou=people,{BASE}"',
        "nothing_there": f'dn.regex="^.+,ou=(departments|groups|people|roles),{BASE}$"',
        "root_fails": f'dn.subtree="{BASE}"',
        "members_of_groups": f'dn.children="ou=groups,{BASE}" attrs=uniqueMember',
        "ids": f'dn.children="ou=people,{BASE}" attrs=entryUUID',
    }


class UnitsDesk(SlapdDesk):
    """Another hand's directory, with departments as units."""

    layout = staticmethod(units)
    several = False
    login = "uid"
    profile: ClassVar[dict[str, Any]] = {
        "profile": "inetorgperson", "people": "ou=staff", "departments": "ou=staff",
        "roles": "ou=roles", "disabled": "shadowExpire",
        "attributes": {"role": {"name": "description"}},
    }  # fmt: skip
    attributes = FIELDS
    blind: ClassVar[dict[str, str]] = {
        "roles_not_permitted": f'dn.subtree="ou=roles,{BASE}"',
        "branch_not_permitted": f'dn.base="ou=Research,ou=Headquarters,ou=staff,{BASE}"',
        "everybody_gone": f'dn.subtree="ou=staff,{BASE}" filter=(objectClass=inetOrgPerson)',
        "nothing_there": f'dn.children="ou=staff,{BASE}"',
        "root_fails": f'dn.subtree="{BASE}"',
    }


class GroupsDesk(SlapdDesk):
    """Another hand's directory, with departments as groups."""

    layout = staticmethod(groups)
    login = "uid"
    profile: ClassVar[dict[str, Any]] = {
        "profile": "inetorgperson", "tree": "groups", "people": "ou=staff",
        "departments": "ou=groups", "roles": "ou=roles", "disabled": "shadowExpire",
        "attributes": {"department": {"name": "description"}, "role": {"name": "description"}},
    }  # fmt: skip
    attributes = FIELDS
    blind: ClassVar[dict[str, str]] = {
        "members_not_permitted": f'dn.subtree="ou=staff,{BASE}"',
        "roles_not_permitted": f'dn.subtree="ou=roles,{BASE}"',
        "nothing_there": f'dn.subtree="ou=groups,{BASE}" attrs=member',
        "everybody_gone": f'dn.children="ou=staff,{BASE}"',
        "root_fails": f'dn.subtree="{BASE}"',
    }


class WindowsDesk(SlapdDesk):
    """A directory with Active Directory's schema, as far as slapd can play it."""

    layout = staticmethod(windows)
    login = "sAMAccountName"
    schemas = (SCHEMA,)
    profile: ClassVar[dict[str, Any]] = {
        "profile": "active-directory", "tree": "groups", "people": "ou=Staff",
        "departments": "ou=Groups", "roles": "ou=Roles",
        "attributes": {
            "department": {
                "name": "description", "leaders": "managedBy || msExchCoManagedByLink",
            },
            "role": {"name": "description"},
        },
    }  # fmt: skip
    attributes: ClassVar[dict[str, str]] = {
        "email": "mail", "mobile": "mobile", "job_number": "employeeID", "title": "title",
        "manager": "manager",
    }  # fmt: skip
    blind: ClassVar[dict[str, str]] = {
        "members_not_permitted": f'dn.subtree="ou=Staff,{BASE}"',
        "roles_not_permitted": f'dn.subtree="ou=Roles,{BASE}"',
        "everybody_gone": f'dn.children="ou=Staff,{BASE}"',
        "nothing_there": f'dn.regex="^cn=.*,ou=(Staff|Groups|Roles),{BASE}$"',
        "members_of_groups": f'dn.children="ou=Groups,{BASE}" attrs=member',
    }

    def unused(self) -> list[str]:
        """What nobody has would count as hidden, as it can't be told from that."""
        people = self._roster.members
        silent = [f for f in self.attributes if not any(getattr(m, f) for m in people)]
        return silent if people else []
