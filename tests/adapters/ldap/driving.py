"""Drives an LdapTarget as the engine does, one change after the other."""

from __future__ import annotations

import asyncio
from typing import Any, Self

import msgspec

from adapters.http import Patience
from adapters.ldap.settings import LdapSettings
from adapters.ldap.target import LdapTarget
from domain.delivery.operation import (
    Acknowledged,
    Action,
    Change,
    Inventory,
    Present,
    Relations,
)
from domain.ports import Finding
from tests.adapters.ldap.target_desk import LdapDesk

QUICK = Patience(tries=3, first_wait=0.01)
NAME = "office"


class Driver:
    """A target and its event loop; a context manager. Fields go through ``fit`` first."""

    def __init__(self, desk: LdapDesk, **changed: Any) -> None:
        settings = msgspec.convert({**desk.settings(), **changed}, LdapSettings)
        self.target = LdapTarget(NAME, settings, patience=QUICK)
        self._runner = asyncio.Runner()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._runner.run(self.target.close())
        self._runner.close()

    def ask(self, kind: str, action: Action, key: str, **more: Any) -> Any:
        """One change; what came of it, faults included."""
        more["fields"] = self.target.fit(kind, more.get("fields", {})).fields
        change = Change(
            kind=kind, action=action, uid=f"uid-{key}", key=key, remote=more.pop("remote", None),
            **more,
        )  # fmt: skip
        return self.all([change])[0]

    def all(self, changes: list[Change]) -> Any:
        """Changes side by side, as the engine's tasks ask for them."""

        async def together() -> list[Any]:
            found = await asyncio.gather(*(self.target.apply([c]) for c in changes))
            return [results[0] for results in found]

        return self._runner.run(together())

    def do(self, kind: str, action: Action, key: str, **more: Any) -> str:
        """One change that has to come about; the target's id."""
        done = self.ask(kind, action, key, **more)
        assert isinstance(done, Acknowledged), done
        return done.remote

    def department(self, key: str, name: str, parent: str | None = None, **more: Any) -> str:
        fields = {"ou": key, "description": name}
        if self.target.capabilities.field("department", "ou") is None:
            fields = {"cn": name}
        relations = Relations(parent=parent)
        return self.do("department", Action.CREATE, key, fields=fields, relations=relations, **more)

    def member(self, key: str, name: str = "", *, active: bool = True, **fields: Any) -> str:
        return self.do(
            "member", Action.CREATE, key, relations=Relations(active=active),
            fields=person(key, name or key, **fields),
        )  # fmt: skip

    def role(self, key: str, name: str) -> str:
        return self.do("role", Action.CREATE, key, fields={"cn": key, "description": name})

    def read(self, **known: tuple[str, ...]) -> Inventory:
        return self._runner.run(self.target.read(known, lambda what, done, total: None))

    def present(self, kind: str) -> dict[str | None, Present]:
        """What is there, by our ids."""
        return {present.key: present for present in self.read().present[kind]}

    def check(self) -> list[Finding]:
        return self._runner.run(self.target.check())


def person(key: str, name: str, **fields: Any) -> dict[str, Any]:
    """The fields that a person must have, and others."""
    return {"uid": key, "cn": name, "sn": name, "displayName": name, **fields}
