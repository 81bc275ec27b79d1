"""A simulated Casdoor as the target of the command line's organization."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx

from adapters.casdoor.simulator import CasdoorSettings, create_app
from adapters.simulation.server import running
from domain.records import Roster

if TYPE_CHECKING:  # it imports this module itself
    from tests.cli.conftest import Cli, Said

TARGET = """
[systems.casdoor]
type = "casdoor"
org = "acme"
client_id = "casdoor-simulated-client"
client_secret = {{ file = "secret.txt" }}
organization = "simulated"
base_url = "{url}"
rate = 1000
"""
RUN_ID = "run-##################"
DELIVERED_KEYS = {
    "run", "org", "system", "status", "at", "planned", "applied", "refused", "deferred", "parked",
    "stuck", "resting", "verified", "drifted", "adopted", "foreign", "gaps", "failures", "since",
    "plan", "held", "candidates", "reason",
}  # fmt: skip


class Casdoor:
    """The simulated site, as its own administrator sees it."""

    def __init__(self, url: str) -> None:
        self.url = url

    def _ask(self, method: str, path: str, body: Any = None) -> Any:
        reply = httpx.request(method, f"{self.url}/_sim/{path}", json=body, trust_env=False)
        return reply.raise_for_status().json()

    def members(self) -> dict[str, Any]:
        return {member["id"]: member for member in self._ask("GET", "roster")["members"]}

    def departments(self) -> set[str]:
        return {department["name"] for department in self._ask("GET", "roster")["departments"]}

    def change(self, **change: Any) -> None:
        self._ask("POST", "change", change)

    def writes(self) -> int:
        return int(self._ask("GET", "stats")["writes"])


@contextmanager
def served(folder: Path, roster: Roster | None = None) -> Iterator[Casdoor]:
    """A simulated Casdoor with ``roster`` in it, configured as a target of the organization."""
    with running(create_app(CasdoorSettings(), roster)) as served:
        config = folder / "orgledger.toml"
        config.write_text(config.read_text(encoding="utf-8") + TARGET.format(url=served.url))
        (folder / "secret.txt").write_text("simulated-secret")
        yield Casdoor(served.url)


def steady(text: str) -> str:
    return re.sub(r"\b\d+ s ago", "1 s ago", re.sub(r"run-[0-9a-z]{18}", RUN_ID, text))


def last_run(cli: Cli) -> str:
    return str(cli("runs", "--json").json[-1]["id"])


def crowd(people: int) -> dict[str, Any]:
    members = [{"id": f"p{n}", "name": f"P{n}", "departments": ["d"]} for n in range(people)]
    return {"departments": [{"id": "d", "name": "D", "parent_id": None}], "members": members}


def held(fresh: Cli) -> Said:
    """A delivery that would close twelve of forty accounts."""
    for people in (40, 33, 28):  # each reading takes away what its own guard still lets pass
        fresh.roster(crowd(people))
        assert fresh("sync", "hr").code == 0
        if people == 40:
            assert fresh("sync", "casdoor").code == 0
    return fresh("sync", "casdoor")
