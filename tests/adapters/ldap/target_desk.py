"""The test desk of the LDAP target: a real slapd, looked at through ldap3 and nothing of ours."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import unquote

import ldap3
import pytest

from adapters.ldap.slapd import Slapd, find_binary
from domain.records import DepartmentRecord, MemberRecord, RoleRecord, Roster
from tests.adapters.ldap.proxy import Proxy
from tests.delivery.desk import Trouble

needs_slapd = pytest.mark.skipif(
    find_binary() is None, reason="slapd is not installed (Debian: apt install slapd)"
)

Found = dict[str, Any]


class LdapDesk:
    """One empty slapd. ``overlays`` and ``lines`` as in ``Slapd``; ``extra``: further settings."""

    type = "ldap"

    def __init__(
        self,
        *,
        overlays: tuple[str, ...] = ("memberof", "refint"),
        lines: tuple[str, ...] = (),
        **extra: Any,
    ) -> None:
        self._slapd = Slapd(overlays=overlays, lines=lines)
        self._proxy: Proxy | None = None
        self._extra = extra
        self._connection: ldap3.Connection | None = None

    def __enter__(self) -> LdapDesk:
        if find_binary() is None:
            pytest.skip("slapd is not installed (Debian: apt install slapd)")
        self._slapd.__enter__()
        self._proxy = Proxy(int(self._slapd.url.rpartition(":")[2])).__enter__()
        return self

    def __exit__(self, *error: object) -> None:
        if self._connection is not None:
            self._connection.unbind()
        if self._proxy is not None:
            self._proxy.__exit__()
        self._slapd.__exit__()

    @property
    def slapd(self) -> Slapd:
        return self._slapd

    @property
    def proxy(self) -> Proxy:
        assert self._proxy is not None
        return self._proxy

    @property
    def connection(self) -> ldap3.Connection:
        """The administrator's connection."""
        if self._connection is None:
            self._connection = self._slapd.connection()
        return self._connection

    def settings(self) -> dict[str, Any]:
        place = self._slapd
        return {
            "url": self.proxy.url, "bind_dn": place.bind_dn, "bind_password": place.bind_password,
            "base_dn": place.base_dn, **self._extra,
        }  # fmt: skip

    def entries(self, place: str, kind: str) -> list[Found]:
        """All entries of an object class at a place: dn, uuid, key and values."""
        connection = self.connection
        connection.search(
            f"{place},{self._slapd.base_dn}", f"(objectClass={kind})",
            attributes=["*", "entryUUID", "memberOf", "pwdAccountLockedTime"],
        )  # fmt: skip
        return [_found(row) for row in connection.response if row["type"] == "searchResEntry"]

    def roster(self) -> Roster:
        units = self.entries("ou=departments", "organizationalUnit")
        units = [u for u in units if steps(u["dn"]) != steps(f"ou=departments,{self._base}")]
        groups = {g["cn"][0]: g for g in self.entries("ou=groups", "groupOfUniqueNames")}
        people = self.entries("ou=people", "inetOrgPerson")
        left = self.entries("ou=leavers", "inetOrgPerson")
        keys = {steps(e["dn"]): e["key"] for e in [*people, *left]}
        parents = {steps(u["dn"]): u["key"] for u in units}
        inside: dict[str, list[str]] = {}
        departments = []
        for unit in units:
            group = groups.get(unit["ou"][0], {})
            for dn in group.get("uniqueMember", []):
                if steps(dn) in keys:
                    inside.setdefault(keys[steps(dn)], []).append(unit["key"])
            leaders = [keys[steps(dn)] for dn in group.get("owner", []) if steps(dn) in keys]
            departments.append(
                DepartmentRecord(
                    id=unit["key"], name=unit.get("description", unit["ou"])[0],
                    parent_id=parents.get(steps(unit["dn"])[1:]), leaders=tuple(sorted(leaders)),
                )
            )  # fmt: skip
        members = [_member(e, keys, inside, active=e in people) for e in [*people, *left]]
        roles = [
            RoleRecord(
                id=role["key"], name=role.get("description", role["cn"])[0],
                members=tuple(
                    sorted(keys[steps(d)] for d in role["uniqueMember"] if steps(d) in keys)
                ),
            )
            for role in self.entries("ou=roles", "groupOfUniqueNames")
        ]  # fmt: skip
        return Roster(departments=tuple(departments), members=tuple(members), roles=tuple(roles))

    @property
    def _base(self) -> str:
        return self._slapd.base_dn

    def writes(self) -> int:
        return self.proxy.writes

    def remove_member(self, key: str) -> None:
        self._done(self.connection.delete(self.member(key)["dn"]))

    def rename_member(self, key: str, name: str) -> None:
        changes = {a: [(ldap3.MODIFY_REPLACE, [name])] for a in ("cn", "displayName")}
        self._done(self.connection.modify(self.member(key)["dn"], changes))

    def put_member(self, *, name: str, email: str, mobile: str) -> str:
        place = f"ou=people,{self._base}"
        self.connection.add(place, ["organizationalUnit"], {"ou": "people"})
        attributes = {"cn": name, "sn": name, "mail": email, "mobile": mobile, "uid": "by-hand"}
        self._done(self.connection.add(f"uid=by-hand,{place}", ["inetOrgPerson"], attributes))
        found = [e for e in self.entries("ou=people", "inetOrgPerson") if e["uid"] == ["by-hand"]]
        return str(found[0]["uuid"])

    def member(self, key: str) -> Found:
        """The person of ours with that id."""
        everybody = self.entries("ou=people", "inetOrgPerson")
        everybody += self.entries("ou=leavers", "inetOrgPerson")
        return next(e for e in everybody if e["key"] == key)

    def trouble(self, kind: Trouble, times: int) -> bool:
        spoil = {"lost_reply": "lost_reply", "http_500": "busy", "reset": "reset"}.get(kind)
        if spoil is None:
            return False  # LDAP has no rate limits
        self.proxy.spoiled.extend([spoil] * times)
        return True

    def _done(self, done: bool) -> None:
        assert done, self.connection.result["description"]


def steps(dn: str) -> tuple[tuple[str, str], ...]:
    """A DN in slapd's own spelling (what is special is a hex pair), to be compared."""
    parts = [step.partition("=") for step in dn.split(",")]
    return tuple((a.lower(), _plain(value).casefold()) for a, _, value in parts)


def _plain(value: str) -> str:
    pairs = re.sub(rb"\\([0-9A-Fa-f]{2})", lambda m: bytes.fromhex(m[1].decode()), value.encode())
    return pairs.decode()


def _found(row: Found) -> Found:
    values = {a: [v.decode() for v in vs] for a, vs in row["raw_attributes"].items() if vs}
    uuid = values["entryUUID"][0]
    marks = [m for m in values.get("labeledURI", []) if m.startswith("orgledger:")]
    key = unquote(marks[0].rpartition("/")[2]) if marks else f"foreign:{uuid}"
    return {**values, "dn": row["dn"], "uuid": uuid, "key": key}


def _member(
    entry: Found, keys: dict[Any, str], inside: dict[str, list[str]], *, active: bool
) -> MemberRecord:
    managers = [keys[steps(dn)] for dn in entry.get("manager", []) if steps(dn) in keys]

    def one(name: str) -> str | None:
        return entry[name][0] if name in entry else None

    return MemberRecord(
        id=entry["key"], name=entry.get("displayName", entry["cn"])[0],
        departments=tuple(sorted(inside.get(entry["key"], []))),
        email=one("mail"), mobile=one("mobile"), job_number=one("employeeNumber"),
        title=one("title"), active=active, manager=managers[0] if managers else None,
    )  # fmt: skip
