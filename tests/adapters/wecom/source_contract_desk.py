"""A WeCom to read from, for the contract suite of sources."""

from __future__ import annotations

from typing import ClassVar

from msgspec.structs import replace

from adapters.simulation.app import SimulatorApp
from adapters.wecom.settings import WeComSettings
from adapters.wecom.simulator import WeComSettings as Simulated
from adapters.wecom.simulator import create_app
from adapters.wecom.source import WeComSource
from domain.records import Roster
from tests.adapters.wecom.simulator_desk import CORP, SECRETS
from tests.sources.desk import Trouble
from tests.sources.simulated import HURRIED, SimulatedDesk

PRIVATE = ("email", "mobile", "avatar")


class WeComDesk(SimulatedDesk):
    """Fulfils ``tests.sources.desk.SourceDesk`` with the simulator on loopback."""

    secret = "-secret"
    holds: ClassVar[tuple[str, ...]] = (
        "email", "mobile", "title", "avatar", "manager", "main_department",
    )  # fmt: skip
    lists: ClassVar[dict[str, tuple[str, ...]]] = {
        "user/list": ("userlist",),
        "user/list_id": ("dept_user",),
    }
    troubles: ClassVar[dict[Trouble, tuple[str, ...]]] = {
        "throttled": ("user/list:throttle:times=3", "department/list:throttle:times=1"),
        "throttled_by_the_platform": ("user/list:throttle_platform:times=1",),
        "busy": ("user/list:busy:times=2",),
        "server_errors": ("department/list:http_500:times=2",),
        "connections_reset": ("user/list_id:reset:times=2",),
        "json_cut_short": ("user/list:truncated_json:times=2",),
        "token_expires": ("user/list:expire_token:times=1",),
        "late_answers": ("user/list:slow:times=1:seconds=2.5",),
        "list_fails": ("user/list:http_500:match.department_id={be}",),
        "page_fails": ("user/list_id:http_500",),
        "branch_fails": ("user/list:busy:match.department_id={rd}",),
        "roles_fail": ("tag/list:http_500",),
        "holders_fail": ("tag/get:http_500",),
        "branch_not_permitted": ("user/list:permission:match.department_id={rd}",),
        "members_not_permitted": ("user/list:permission",),
        "roles_not_permitted": ("tag/get:permission",),
        "list_is_empty": ("user/list:empty_list:match.department_id={be}",),
        "everybody_gone": ("user/list_id:empty_list", "user/list:empty_list"),
        "nothing_there": (
            "user/list_id:empty_list",
            "department/simplelist:empty_list",
            "department/list:empty_list",
        ),
        "root_fails": ("department/list:http_500",),
        "unreachable": ("*:reset",),
        "address_not_allowed": ("*:ip",),
        "answers_nonsense": ("*:html_ban",),
    }

    def app(self) -> SimulatorApp:
        return create_app(Simulated(private_fields="shown"))

    def source(self, *, wrong: bool = False) -> WeComSource:
        settings = WeComSettings(
            corp_id=CORP,
            contact_secret=SECRETS["contact"],
            app_secret="another-secret" if wrong else SECRETS["app"],
            agent_id=1000002,
            base_url=self.url,
            rate=160,
        )
        return WeComSource("there", settings, patience=HURRIED)

    def put(self, roster: Roster) -> None:
        """Everybody has an address: a field that nobody has cannot be told from a hidden one."""
        members = (
            replace(m, details={**(m.details or {}), "address": "1"}) for m in roster.members
        )
        super().put(replace(roster, members=tuple(members)))

    def hide(self, field: str) -> bool:
        return field in PRIVATE and self.patch(private_fields="absent")

    def narrow(self, department: str) -> bool:
        return self.patch(visible_departments=[self.department(department)])


class AppOnlyDesk(WeComDesk):
    """The same, with the self-built app's secret alone."""

    troubles: ClassVar[dict[Trouble, tuple[str, ...]]] = {
        **{
            kind: faults
            for kind, faults in WeComDesk.troubles.items()
            if not any("list_id" in fault or "simplelist" in fault for fault in faults)
        },
        "everybody_gone": ("user/list:empty_list",),
        "nothing_there": ("user/list:empty_list", "department/list:empty_list"),
    }
    lists: ClassVar[dict[str, tuple[str, ...]]] = {"user/list": ("userlist",)}

    def source(self, *, wrong: bool = False) -> WeComSource:
        settings = WeComSettings(
            corp_id=CORP,
            app_secret="another-secret" if wrong else SECRETS["app"],
            agent_id=1000002,
            base_url=self.url,
            rate=160,
        )
        return WeComSource("there", settings, patience=HURRIED)

    def trouble(self, kind: Trouble) -> bool:
        """A list that comes out empty is not noticed: nothing says how long it should be."""
        return kind != "list_is_empty" and super().trouble(kind)
