"""A branch: the command line over a real log, one target, and an address that can be changed."""

from __future__ import annotations

import importlib
import json
import re
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import pytest

from adapters.nats.embedded import attach
from domain.ports import Target
from domain.records import Roster
from orgledger.systems import TYPES
from tests.adapters.wecom.target_desk import WeComTargetDesk
from tests.cli.conftest import Cli, Said
from tests.delivery.desk import TargetDesk
from tests.delivery.people import COMPANY, after, member
from tests.delivery.same import differences


class Kind(NamedTuple):
    """How a type of target is configured: the names of its address and of its secret."""

    desk: str
    address: str
    secret: str
    tls: str = "https"


TARGETS = {
    "dingtalk": Kind("DingTalkTargetDesk", "base_url", "app_secret"),
    "feishu": Kind("FeishuTargetDesk", "base_url", "app_secret"),
    "wecom": Kind("WeComTargetDesk", "base_url", "contact_secret"),
    "casdoor": Kind("CasdoorTargetDesk", "base_url", "client_secret"),
    "scim": Kind("ScimTargetDesk", "base_url", "token"),
    "ldap": Kind("LdapDesk", "url", "bind_password", "ldaps"),
    "webhook": Kind("WebhookTargetDesk", "url", "secret"),
}
MOVED = after(COMPANY, member("u4", title="Lead Unmistakable"))
"""The company after one change that every target carries out."""

SECTION = """\
[orgs.feifan]
name = "Feifan"
source = "hr"

[systems.hr]
type = "roster"
org = "feifan"
path = "roster.json"

[systems.there]
type = "{type}"
org = "feifan"
role = "target"
"""


def desk_of(type_: str) -> TargetDesk:
    """The desk of a type, with nothing in it."""
    found = importlib.import_module(f"tests.adapters.{type_}.target_desk")
    desk: TargetDesk = getattr(found, TARGETS[type_].desk)()
    return desk


class Branch:
    """One target's section, whose values the test changes; ``cli`` runs the commands."""

    def __init__(self, cli: Cli, desk: TargetDesk | None, type_: str) -> None:
        self.cli, self.type, self._desk = cli, type_, desk
        self.kind = TARGETS[type_]
        self.right = dict(PLACES[type_]) if desk is None else desk.settings()
        self.shown: list[str] = []
        self.secrets = {str(self.right[self.kind.secret])}
        self.configure()

    @property
    def desk(self) -> TargetDesk:
        assert self._desk is not None
        return self._desk

    def configure(self, **changed: Any) -> None:
        """Write the configuration: what is right, and what the test has changed of it."""
        settings = {**self.right, **changed}
        lines = []
        for name, value in settings.items():
            given = json.dumps(value)
            if name in (self.kind.secret, "app_secret"):
                self.secrets.add(value)
                (self.cli.folder / f"{name}.txt").write_text(value, encoding="utf-8")
                given = f'{{ file = "{name}.txt" }}'
            lines.append(f"{name} = {given}")
        text = SECTION.format(type=self.type) + "\n".join([*lines, ""])
        (self.cli.folder / "orgledger.toml").write_text(text, encoding="utf-8")

    def elsewhere(self, address: str, **changed: Any) -> None:
        """Point the target at another address, ``scheme://host:port``."""
        path = re.sub(r"^\w+://[^/]+", "", str(self.right[self.kind.address]))
        self.configure(**{self.kind.address: address + path}, **changed)

    def tell(self, roster: Roster) -> None:
        """What the source says, recorded in the log."""
        self.roster = roster
        self.cli.roster(msgspec.to_builtins(roster))
        assert self("sync", "hr").code == 0

    def __call__(self, *arguments: str) -> Said:
        """Run a command; whatever it says must hold no secret."""
        said = self.cli(*arguments)
        self.shown += [said.out, said.err]
        return said

    def fails(self, says: str) -> str:
        """A sync that fails: one sentence, the same on stderr, in JSON and in the run; which it is.

        ``says`` is a pattern of what it must name.
        """
        said = self("sync", "there", "--json")
        assert said.code == 1, said.out + said.err
        [document] = said.json
        reason: str = document["reason"]
        assert (document["status"], document["applied"]) == ("failed", 0)
        assert said.err == f"error: there: {reason}\n"
        assert "\n" not in reason
        assert re.search(says, reason), reason
        run = self.last_run()
        assert (run["status"], run["reason"]) == ("failed", reason)
        assert reason in " ".join(self("run", run["id"]).out.split())
        return reason

    def check_fails(self, says: str) -> None:
        """``check`` says the same, as one finding."""
        said = self("check", "there", "--json")
        assert said.code == 1, said.out + said.err
        [found] = [f for f in said.json["there"] if f["level"] == "error"]
        assert re.search(says, f"{found['text']} {found['fix']}"), found
        assert found["fix"]
        assert said.err == ""

    def last_run(self) -> dict[str, Any]:
        found: dict[str, Any] = self.cli("runs", "--json").json[-1]
        return found

    def heals(self) -> None:
        """The next run, with everything right again, brings it all; one more writes nothing."""
        self.configure()
        said = self.cli("sync", "there", "--json")
        assert (said.code, said.json[0]["status"]) == (0, "finished"), said.out + said.err
        assert self.differences() == []
        writes = self.desk.writes()
        again = self.cli("sync", "there", "--json")
        assert (again.code, again.json[0]["planned"], self.desk.writes()) == (0, 0, writes)

    def target(self) -> Target:
        """The target as it is rightly configured."""
        make = TYPES[self.type].target
        assert make is not None
        return make(msgspec.convert(self.right, TYPES[self.type].settings), "there", Path())

    def differences(self) -> list[str]:
        wanted = self.roster
        if hasattr(self.desk, "role_keys"):  # it keeps no key of ours on roles: known by name
            roles = tuple(msgspec.structs.replace(r, id=r.name) for r in wanted.roles)
            wanted = msgspec.structs.replace(wanted, roles=roles)
        if isinstance(self.desk, WeComTargetDesk):
            tree = self.cli("tree", "feifan", "--json").json
            self.desk.learn({row["uid"]: row["id"] for row in tree["departments"]})
        return differences(wanted, self.desk.roster(), self.target())

    def is_discreet(self) -> None:
        """Nothing that was said holds a secret, or a name, number or mail address."""
        people = {v for m in self.roster.members for v in (m.name, m.email, m.mobile) if v}
        told = "\n".join(self.shown)
        leaked = [word for word in (*self.secrets, *map(str, people)) if word in told]
        assert leaked == []


PLACES: dict[str, dict[str, Any]] = {
    "dingtalk": {"app_key": "k", "app_secret": "s3cret-unmistakable", "base_url": "http://x"},
    "feishu": {"app_id": "cli_x", "app_secret": "s3cret-unmistakable", "base_url": "http://x"},
    "wecom": {"corp_id": "ww1", "contact_secret": "s3cret-unmistakable", "base_url": "http://x"},
    "casdoor": {
        "client_id": "c", "client_secret": "s3cret-unmistakable", "organization": "o",
        "base_url": "http://x",
    },
    "scim": {"token": "s3cret-unmistakable", "base_url": "http://x/scim"},
    "ldap": {
        "url": "ldap://x", "bind_dn": "cn=admin,dc=x", "bind_password": "s3cret-unmistakable",
        "base_dn": "dc=x",
    },
    "webhook": {
        "url": "http://x/hooks", "secret": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSx",
    },
}  # fmt: skip
"""Settings of a target of which there is nothing but the address that a test gives."""


@contextmanager
def opened(
    type_: str, folder: Path, capsys: pytest.CaptureFixture[str], *, real: bool = True
) -> Iterator[Branch]:
    """A branch with a fresh log and, if ``real``, a running target that is empty."""
    with ExitStack() as stack:
        desk = stack.enter_context(desk_of(type_)) if real else None
        stack.enter_context(attach(folder / ".orgledger"))
        branch = Branch(Cli(folder, capsys), desk, type_)
        branch.tell(COMPANY)
        yield branch
