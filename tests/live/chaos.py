"""Everything at once: a cluster of three, two services, three simulated providers, and no mercy.

``python -m tests.live.chaos --seconds 600`` plays it by itself; ``make chaos`` does so in CI.
"""

from __future__ import annotations

import argparse
import json
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from domain.records import Roster
from domain.rows import Rows
from orgledger import config as configuration
from orgledger.bootstrap import open_service
from orgledger.engine.auditing import caught_up
from tests.adapters.nats.cluster import Cluster, cluster, free_ports
from tests.live.balancer import balancing
from tests.live.live_desk import COMPANY, SOURCES, TARGETS, Provider, keys

SOURCE, GOALS = "dingtalk", ("casdoor", "feishu")
WORKERS = ("one", "two")

_CALLS: tuple[dict[str, Any], ...] = (
    {"api": "*", "kind": "throttle", "probability": 0.02},
    {"api": "*", "kind": "reset", "probability": 0.02},
    {"api": "*", "kind": "http_500", "probability": 0.02},
    {"api": "*", "kind": "timeout_after_commit", "probability": 0.01},
    {"api": "*", "kind": "truncated_json", "probability": 0.01},
    {"api": "*", "kind": "expire_token", "probability": 0.005},
)
_CALLBACKS: tuple[dict[str, Any], ...] = tuple(
    {"api": "callback", "kind": kind, "probability": 0.05, "seconds": 2}
    for kind in ("lost", "duplicated", "reordered", "delayed", "forged", "replayed")
)
_ANYTHING = "{{ percent = 100, most = 1000000 }}"
_GUARD = "[systems.{}.guard]\n" + "\n".join(
    f"{what} = {_ANYTHING}"
    for what in ("members", "departments", "memberships", "grants", "delete", "deactivate")
)
_CONFIG = """\
[log]
url = "{url}"
replicas = 3

[orgs.feifan]
name = "Feifan"
source = "{source}"

[systems.{source}]
type = "{source}"
org = "feifan"
schedule = "* * * * *"
"""


class Chaos:
    """The whole installation, and what happens to it."""

    def __init__(self, folder: Path, seed: int) -> None:
        self.folder, self.chance = folder, random.Random(seed)
        self.seed, self.done = seed, Counter[str]()
        self.providers: dict[str, Provider] = {}
        self.workers: dict[str, subprocess.Popen[bytes]] = {}
        self.ports = dict(zip(WORKERS, free_ports(len(WORKERS)), strict=True))
        self._stack = ExitStack()
        self._people = self._places = 0

    def __enter__(self) -> Chaos:
        self.three: Cluster = self._stack.enter_context(cluster(self.folder / "nats"))
        front = self._stack.enter_context(balancing([*self.ports.values()]))
        told = {"callback_url": f"{front}/callbacks/{SOURCE}", "callback_pace": 0.05}
        self.providers[SOURCE] = self._stack.enter_context(Provider(SOURCE, COMPANY, **told))
        for goal in GOALS:
            self.providers[goal] = self._stack.enter_context(Provider(goal, Roster()))
        for worker in WORKERS:
            self._write(worker)
            self.start(worker)
        return self

    def __exit__(self, *error: object) -> None:
        for worker in self.workers.values():
            worker.kill()
            worker.wait(10)
        self._stack.close()

    def _write(self, worker: str) -> None:
        text = _CONFIG.format(url=self.three.env()["NATS_URL"], source=SOURCE)
        text += keys(self.providers[SOURCE], SOURCES[SOURCE]) + _GUARD.format(SOURCE) + "\n"
        for goal in GOALS:
            text += f'\n[systems.{goal}]\ntype = "{goal}"\norg = "feifan"\nrole = "target"\n'
            text += keys(self.providers[goal], TARGETS[goal]) + _GUARD.format(goal) + "\n"
        (self.folder / worker).mkdir()
        (self.folder / worker / "orgledger.toml").write_text(text, encoding="utf-8")

    def start(self, worker: str) -> None:
        path = self.folder / worker / "orgledger.toml"
        with (self.folder / worker / "serve.log").open("ab") as log:
            self.workers[worker] = subprocess.Popen(
                [sys.executable, "-m", "orgledger", "-c", path, "serve", "--port",
                 str(self.ports[worker])], stdout=log, stderr=log
            )  # fmt: skip

    def misbehave(self) -> None:
        """All dials on."""
        self.providers[SOURCE].spoil(*_CALLS, *_CALLBACKS)
        for goal in GOALS:
            self.providers[goal].spoil(*_CALLS)

    def behave(self) -> None:
        """All dials off."""
        for provider in self.providers.values():
            provider.spoil()

    # What happens

    def change(self) -> None:
        """Somebody comes, changes, moves or leaves; a department is made, renamed or moved."""
        held = self.providers[SOURCE].holds()
        people = [m["id"] for m in held["members"]]
        places = [d["id"] for d in held["departments"] if d["parent_id"]]
        self._people += 1
        name = f"Person {self.seed}-{self._people}"
        made: dict[str, Callable[[], dict[str, Any]]] = {
            "come": lambda: {
                "op": "create_member", "id": f"n{self._people}", "name": name,
                "departments": [self.chance.choice(places)],
                "mobile": f"+86139{self._people:08d}",
                "email": f"n{self._people}@feifan.example",
            },
            "rename": lambda: {
                "op": "update_member", "id": self.chance.choice(people), "name": name
            },
            "move": lambda: {
                "op": "update_member", "id": self.chance.choice(people),
                "departments": [self.chance.choice(places)],
            },
            "leave": lambda: {"op": "delete_member", "id": self.chance.choice(people)},
            "found": lambda: {
                "op": "create_department", "id": f"p{self._people}",
                "name": f"Place {self._people}", "parent_id": self.chance.choice(["hq", *places]),
            },
            "call": lambda: {
                "op": "update_department", "id": self.chance.choice(places),
                "name": f"Called {self._people}",
            },
        }  # fmt: skip
        weights = {"come": 3, "rename": 4, "move": 3, "leave": 2 if len(people) > 8 else 0,
                   "found": 1 if len(places) < 12 else 0, "call": 1}  # fmt: skip
        kind = self.chance.choices([*weights], [*weights.values()])[0]
        self.providers[SOURCE].change(made[kind]())
        self.done[kind] += 1

    def strike(self) -> None:
        """Kill a worker, or the node that leads the log; it comes back a moment later."""
        victim = self.chance.choice([*WORKERS, "leader"])
        self.done[f"kill {victim}"] += 1
        if victim == "leader":
            node = self.three.leader("ORGLEDGER", 60)
            self.three.kill(node)
            time.sleep(self.chance.uniform(0.5, 2))
            self.three.start(node)
            return
        self.workers[victim].kill()
        self.workers[victim].wait(10)
        time.sleep(self.chance.uniform(0, 2))
        self.start(victim)

    def play(self, seconds: float) -> None:
        """Changes and strikes for so long."""
        end = time.monotonic() + seconds
        strike = time.monotonic() + 8
        while time.monotonic() < end:
            self.change()
            time.sleep(self.chance.uniform(0.05, 0.5))
            if time.monotonic() >= strike:
                self.strike()
                strike = time.monotonic() + self.chance.uniform(3, 9)

    # What must be so in the end

    def converged(self, seconds: float = 600) -> float:
        """Wait until source, tree, targets and audit agree; how many seconds it took."""
        begun, apart = time.monotonic(), ["nothing was compared"]
        while apart:
            if time.monotonic() > begun + seconds:
                raise AssertionError(f"after {seconds:g} s apart: {apart[:5]}")
            time.sleep(1)
            apart = self.apart()
        return time.monotonic() - begun

    def apart(self) -> list[str]:
        """Where they do not agree."""
        wanted = shape(self.providers[SOURCE].holds())
        found = {goal: shape(self.providers[goal].holds()) for goal in GOALS}
        path = self.folder / WORKERS[0] / "orgledger.toml"
        with open_service(configuration.load(path)) as opened:
            found["tree"] = shape(Rows(opened.views.directory("feifan")).roster())
            found["audit"] = self._audited(opened)
        return [
            f"{where}: {sorted(wanted ^ has)[:4]}" for where, has in found.items() if has != wanted
        ]

    def followed(self) -> dict[str, int]:
        """How the changes were found: by callbacks, by reading everything, missed ones of it."""
        path = self.folder / WORKERS[0] / "orgledger.toml"
        found: Counter[str] = Counter()
        with open_service(configuration.load(path)) as opened:
            for run in opened.views.runs().by_id.values():
                found[run.mode] += 1
                if run.system == SOURCE:
                    found[f"events by {run.mode}"] += run.appended
        return dict(found)

    def doubled(self) -> list[str]:
        """Who is at a target more than once, also closed accounts, by what is theirs alone."""
        return [
            f"{goal}: {mail}"
            for goal in GOALS
            for mail, count in Counter(
                m["email"] for m in self.providers[goal].holds()["members"] if m.get("email")
            ).items()
            if count > 1
        ]

    def _audited(self, opened: Any) -> set[tuple[str, ...]]:
        with caught_up(opened.ledger, opened.config.data, lambda *_: None, patience=60) as audit:
            places = audit.query(
                "SELECT d.name, p.name FROM departments d LEFT JOIN departments p "
                "ON p.uid = d.parent AND p.valid_to IS NULL "
                "WHERE d.valid_to IS NULL AND d.state = 'active'"
            ).rows()
            people = audit.query(
                "SELECT m.name, d.name FROM members m LEFT JOIN memberships s "
                "ON s.member = m.uid AND s.valid_to IS NULL LEFT JOIN departments d "
                "ON d.uid = s.department AND d.valid_to IS NULL "
                "WHERE m.valid_to IS NULL AND m.state = 'active'"
            ).rows()
        return {("department", n, p or "") for n, p in places} | {
            ("member", n, d or "") for n, d in people
        }


def shape(held: dict[str, Any]) -> set[tuple[str, ...]]:
    """An organization without ids: each department with its parent, each person with each place."""
    names = {d["id"]: d["name"] for d in held["departments"]}
    found = {
        ("department", d["name"], names.get(d["parent_id"] or "", "")) for d in held["departments"]
    }
    for m in held["members"]:
        if m.get("active", True):
            places = [names[d] for d in m["departments"] if d in names] or [""]
            found |= {("member", m["name"], place) for place in places}
    return found


def main() -> None:
    """Play it and say what happened."""
    asked = argparse.ArgumentParser()
    asked.add_argument("--seconds", type=float, default=600)
    asked.add_argument("--seed", type=int, default=int(time.time()) % 10_000)
    given = asked.parse_args()
    with (
        tempfile.TemporaryDirectory(prefix="chaos") as folder,
        Chaos(Path(folder), given.seed) as chaos,
    ):
        chaos.converged()
        chaos.misbehave()
        chaos.play(given.seconds)
        chaos.behave()
        took = chaos.converged()
        doubled = chaos.doubled()
        said = {
            "seed": given.seed,
            "seconds": given.seconds,
            "done": dict(chaos.done),
            "converged after": round(took, 1),
            "doubled": doubled,
            "inbox": chaos.followed(),
            "callbacks": chaos.providers[SOURCE].stats()["callbacks"],
        }
    print(json.dumps(said, indent=2))  # noqa: T201 - what it was run for
    sys.exit(1 if doubled else 0)


if __name__ == "__main__":
    main()
