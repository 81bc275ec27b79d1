"""An Entra to read from, for the contract suite of sources: departments are nested groups."""

from __future__ import annotations

from typing import Any, ClassVar

from adapters.entra.settings import EntraSettings
from adapters.entra.simulator import EntraSettings as Simulated
from adapters.entra.simulator import create_app
from adapters.entra.source import EntraSource
from adapters.simulation.app import SimulatorApp
from adapters.simulation.http import Reply, Request
from tests.adapters.entra.entra_desk import APP, GROUPS
from tests.sources.desk import Trouble
from tests.sources.simulated import HURRIED, SimulatedDesk

PARTS: dict[str, tuple[str, ...]] = {
    "list_fails": ("be",),
    "detail_fails": ("be",),
    "branch_fails": ("rd",),
    "branch_not_permitted": ("rd",),
}
"""Troubles of the members of some groups, which are asked for inside batches."""


class EntraDesk(SimulatedDesk):
    """Fulfils ``tests.sources.desk.SourceDesk`` with the simulator on loopback."""

    page = 100
    key = ""  # the suite looks a person up by the id that was put; test_source_reading has its own
    holds: ClassVar[tuple[str, ...]] = ("email", "mobile", "job_number", "title", "manager")
    lists: ClassVar[dict[str, tuple[str, ...]]] = {"users": ("value",)}
    troubles: ClassVar[dict[Trouble, tuple[str, ...]]] = {
        "throttled": ("users:throttle:times=2", "$batch:throttle:times=1"),
        "busy": ("groups:busy:times=2",),
        "server_errors": ("users:http_500:times=2",),
        "connections_reset": ("$batch:reset:times=2",),
        "json_cut_short": ("users:truncated_json:times=2",),
        "token_expires": ("$batch:expire_token:times=1",),
        "late_answers": ("users:slow:times=1:seconds=2.5",),
        "page_fails": ("users:http_500:after=1",),
        "page_is_cut_short": ("users:truncated_json:after=1",),
        "members_not_permitted": ("$batch:permission",),
        "everybody_gone": ("users:empty_list",),
        "nothing_there": ("users:empty_list", "groups:empty_list"),
        "root_fails": ("groups:http_500",),
        "unreachable": ("*:reset",),
        "address_not_allowed": ("*:ip",),
        "answers_nonsense": ("*:html_ban",),
    }

    def app(self) -> SimulatorApp:
        return create_app(Simulated(texts=False))

    def source(self, *, wrong: bool = False) -> EntraSource:
        given = {**APP, **GROUPS, "login_url": self.url, "base_url": f"{self.url}/v1.0"}
        if wrong:
            given["client_secret"] = "another-secret"
        settings = EntraSettings(**given, rate=5000)
        return EntraSource("there", settings, patience=HURRIED)

    def trouble(self, kind: Trouble) -> bool:
        if kind not in PARTS:
            return super().trouble(kind)
        self._dials.struck = 0
        provider: Any = self.sim.provider
        part = type(provider)._part

        def counted(request: Request) -> Reply:
            reply: Reply = part(provider, request)
            self._dials.struck += reply.status >= 400
            return reply

        provider._part = counted
        status = 403 if kind.endswith("permitted") else 500
        paths = {f"groups/{self.department(d)}/members": status for d in PARTS[kind]}
        return self.patch(refused_paths=paths)
