"""Two sister companies, in WeCom and in Feishu, that the service follows beside the first one."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any, NamedTuple

from adapters.simulation.app import SimulatorApp
from adapters.simulation.server import running
from domain.records import Roster
from orgledger.demo.changes import Step
from orgledger.demo.company import company
from orgledger.simulators import SIMULATORS

PEOPLE = 48

_SOURCE = {
    "wecom": ("corp_id", "contact_secret", "app_secret", "agent_id"),
    "feishu": ("app_id", "app_secret"),
}
_TOLD = {
    "wecom": ("callback_token", "callback_aes_key"),
    "feishu": ("verification_token", "encrypt_key"),
}
_RATES = {"wecom": 166, "feishu": 1000}


class Sister(NamedTuple):
    """A company that runs: its organization, provider, what happens there, and its settings."""

    org: str
    system: str
    app: SimulatorApp
    steps: list[Step]
    section: str
    secrets: dict[str, str]
    """The files that the settings name, and what stands in them."""


@contextmanager
def sisters(service: str) -> Iterator[list[Sister]]:
    """Both of them, whose providers call ``service``, each with a Casdoor of its own."""
    with ExitStack() as stack:
        yield [
            _sister(stack, "works", "飞帆制造 Feifan Works", "wecom", 7, service),
            _sister(stack, "overseas", "飞帆海外 Feifan Overseas", "feishu", 8, service),
        ]


def _sister(
    stack: ExitStack, org: str, name: str, provider: str, seed: int, service: str
) -> Sister:
    roster, system = company(PEOPLE, seed), f"{provider}-{org}"
    settings, create = SIMULATORS[provider]
    app: SimulatorApp = create(settings(callback_url=f"{service}/callbacks/{system}"), roster)
    known, make = SIMULATORS["casdoor"]
    goal: SimulatorApp = make(known(), Roster())
    url, there = stack.enter_context(running(app)).url, stack.enter_context(running(goal)).url
    names = (*_SOURCE[provider], *_TOLD[provider])
    source = {name: getattr(app.provider.settings, name) for name in names}
    target = {
        name: getattr(goal.provider.settings, name)
        for name in ("client_id", "client_secret", "organization")
    }
    secrets: dict[str, str] = {}
    section = "\n".join(
        (
            f"[orgs.{org}]",
            f"name = {json.dumps(name, ensure_ascii=False)}",
            f'source = "{system}"',
            "",
            f"[systems.{system}]",
            f'type = "{provider}"',
            f'org = "{org}"',
            *_settings(system, source, secrets),
            f'base_url = "{url}"',
            f"rate = {_RATES[provider]}",
            "",
            f"[systems.casdoor-{org}]",
            'type = "casdoor"',
            f'org = "{org}"',
            *_settings(f"casdoor-{org}", target, secrets),
            f'base_url = "{there}"',
            "rate = 1000",
            "",
        )
    )
    return Sister(org, system, app, _steps(roster, org), section, secrets)


def _settings(system: str, values: dict[str, Any], secrets: dict[str, str]) -> Iterator[str]:
    """The lines of a section; what is secret goes into a file of its own."""
    for key, value in values.items():
        if any(word in key for word in ("secret", "token", "key")):
            file = f"secret-{system}-{key}"
            secrets[file] = str(value)
            yield f'{key} = {{ file = "{file}" }}'
        else:
            yield f"{key} = {json.dumps(value)}"


def _steps(roster: Roster, org: str) -> list[Step]:
    """What happens there, of the kinds that every provider tells of at once."""
    ids = {d.name: d.id for d in roster.departments}
    network, support = ids["网络 Network"], ids["支持 Support"]
    quality, marketing = ids["质量 Quality"], ids["市场 Marketing"]
    mover, leaver = roster.members[5], roster.members[11]
    new = f"{org}9001"
    return [
        Step("hire somebody", "新员工入职",
             {"op": "create_member", "id": new, "name": "慕容雪", "departments": [network],
              "mobile": f"1380000{'1' if org == 'works' else '2'}001",
              "email": f"{new}@feifan.example"}),
        Step("transfer somebody", "成员调岗",
             {"op": "update_member", "id": mover.id, "departments": [support]}),
        Step("move a department with its people", "部门整体调动",
             {"op": "move_department", "id": quality, "parent_id": marketing}),
        Step("somebody leaves", "成员离职", {"op": "delete_member", "id": leaver.id}),
    ]  # fmt: skip
