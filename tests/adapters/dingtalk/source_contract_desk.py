"""A DingTalk to read from, for the contract suite of sources."""

from __future__ import annotations

from typing import ClassVar

from msgspec import UNSET
from msgspec.structs import replace

from adapters.dingtalk.settings import DingTalkSettings
from adapters.dingtalk.simulator import create_app
from adapters.dingtalk.simulator.model import OTHER_GROUP
from adapters.dingtalk.source import DingTalkSource
from adapters.simulation.app import SimulatorApp
from adapters.simulation.faults import parse_fault
from domain.records import Roster
from tests.sources.desk import Trouble
from tests.sources.simulated import HURRIED, SimulatedDesk

HIDDEN = {
    "email": ("email", "org_email"),
    "mobile": ("mobile", "state_code"),
    "job_number": ("job_number",),
    "title": ("title",),
    "avatar": ("avatar",),
}


class DingTalkDesk(SimulatedDesk):
    """Fulfils ``tests.sources.desk.SourceDesk`` with the simulator on loopback."""

    page = 100
    key = "unionid"
    holds = ("email", "mobile", "job_number", "title", "avatar", "manager")
    lists: ClassVar[dict[str, tuple[str, ...]]] = {"user/list": ("result", "list")}
    troubles: ClassVar[dict[Trouble, tuple[str, ...]]] = {
        "throttled": ("user/list:throttle:times=4", "user/get:throttle:times=4"),
        "throttled_by_the_platform": ("user/list:throttle_platform:times=1",),
        "busy": ("department/get:busy:times=2",),
        "server_errors": ("department/listsub:http_500:times=2",),
        "connections_reset": ("user/list:reset:times=2",),
        "json_cut_short": ("user/list:truncated_json:times=2",),
        "token_expires": ("user/list:expire_token:times=1",),
        "late_answers": ("user/list:slow:times=1:seconds=2.5",),
        "list_fails": ("user/list:http_500:match.dept_id={be}",),
        "page_fails": ("user/list:http_500:match.cursor=100",),
        "page_is_cut_short": ("user/list:truncated_json:match.cursor=100",),
        "detail_fails": ("user/get:http_500:match.userid=u4",),
        "branch_fails": ("department/listsub:http_500:match.dept_id={rd}",),
        "roles_fail": ("role/list:http_500",),
        "holders_fail": ("role/simplelist:http_500",),
        "branch_not_permitted": ("department/listsub:permission:match.dept_id={rd}",),
        "members_not_permitted": ("user/list:permission",),
        "roles_not_permitted": ("role/list:permission",),
        "list_is_empty": ("user/list:empty_list:match.dept_id={be}",),
        "everybody_gone": ("user/list:empty_list",),
        "nothing_there": ("user/list:empty_list", "department/listsub:empty_list"),
        "root_fails": ("department/listsub:http_500",),
        "unreachable": ("*:reset",),
        "address_not_allowed": ("*:ip",),
        "answers_nonsense": ("*:html_ban",),
    }

    def app(self) -> SimulatorApp:
        return create_app()

    def source(self, *, wrong: bool = False) -> DingTalkSource:
        settings = DingTalkSettings(
            app_key="dingsimulatedapp",
            app_secret="another-secret" if wrong else self.secret,
            base_url=self.url,
            api_url=self.url,
            rate=5000,
            max_rate=0,
        )
        return DingTalkSource("there", settings, patience=HURRIED)

    def truth(self) -> Roster:
        """A role that was put without a group is in the group that DingTalk has for these."""
        found = super().truth()
        roles = (replace(r, group=OTHER_GROUP) if r.group is UNSET else r for r in found.roles)
        return replace(found, roles=tuple(roles))

    def hide(self, field: str) -> bool:
        if field == "manager":
            self.sim.faults.set([parse_fault("user/get:permission")])
            return True
        return field in HIDDEN and self.patch(hidden_fields=HIDDEN[field])

    def narrow(self, department: str) -> bool:
        return self.patch(authed_dept=[int(self.department(department))])
