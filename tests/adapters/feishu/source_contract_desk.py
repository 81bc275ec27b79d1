"""A Feishu to read from, for the contract suite of sources."""

from __future__ import annotations

from typing import Any, ClassVar

from msgspec import UNSET
from msgspec.structs import replace

from adapters.feishu.settings import FeishuSettings
from adapters.feishu.simulator import create_app
from adapters.feishu.simulator.settings import EMAIL, PHONE, READ_AS_APP, SCOPES
from adapters.feishu.source import FeishuSource
from adapters.simulation.app import SimulatorApp
from domain.records import Roster
from tests.sources.desk import Trouble
from tests.sources.simulated import HURRIED, SimulatedDesk

PEOPLE, HOLDERS = "users/find_by_department", "functional_roles/members/list"

DEPARTMENT, EMPLOYEE = "contact:user.department:readonly", "contact:user.employee:readonly"
SINGLE = (
    SCOPES - {READ_AS_APP}
    | {"contact:contact.base:readonly", "contact:department.base:readonly"}
    | {"contact:department.organize:readonly", "contact:user.base:readonly", DEPARTMENT, EMPLOYEE}
)
"""The field permissions one by one, instead of the one that stands for most of them."""

OPENED_BY = {
    "email": EMAIL,
    "mobile": PHONE,
    "job_number": EMPLOYEE,
    "title": EMPLOYEE,
    "manager": DEPARTMENT,
    "main_department": DEPARTMENT,
}


class FeishuDesk(SimulatedDesk):
    """Fulfils ``tests.sources.desk.SourceDesk`` with the simulator on loopback."""

    page = 50
    key = "union_id"
    id_kind = "custom"
    lists: ClassVar[dict[str, tuple[str, ...]]] = {PEOPLE: ("data", "items")}
    troubles: ClassVar[dict[Trouble, tuple[str, ...]]] = {
        "throttled": (f"{PEOPLE}:throttle:times=3", "departments/children:throttle:times=1"),
        "busy": (f"{PEOPLE}:busy:times=2",),
        "server_errors": ("departments/children:http_500:times=2",),
        "connections_reset": (f"{PEOPLE}:reset:times=2",),
        "json_cut_short": (f"{PEOPLE}:truncated_json:times=2",),
        "token_expires": (f"{PEOPLE}:expire_token:times=1",),
        "late_answers": (f"{PEOPLE}:slow:times=1:seconds=2.5",),
        "list_fails": (PEOPLE + ":http_500:match.department_id={be}",),
        "page_fails": (PEOPLE + ":http_500:match.department_id={be}:after=1",),
        "page_is_cut_short": (PEOPLE + ":truncated_json:match.department_id={be}:after=1",),
        "branch_fails": ("departments/children:http_500:match.department_id={rd}",),
        "branch_not_permitted": ("departments/children:permission:match.department_id={rd}",),
        "holders_fail": (f"{HOLDERS}:http_500",),
        "members_not_permitted": (f"{PEOPLE}:permission",),
        "roles_not_permitted": (f"{HOLDERS}:permission",),
        "list_is_empty": (PEOPLE + ":empty_list:match.department_id={be}",),
        "everybody_gone": (f"{PEOPLE}:empty_list",),
        "nothing_there": (f"{PEOPLE}:empty_list", "departments/children:empty_list"),
        "root_fails": ("departments/children:http_500",),
        "unreachable": ("*:reset",),
        "address_not_allowed": ("*:ip",),
        "answers_nonsense": ("*:html_ban",),
    }

    def app(self) -> SimulatorApp:
        return create_app()

    def source(self, *, wrong: bool = False) -> FeishuSource:
        """Feishu lists no roles: whoever sets it up enters those that there are."""
        roles = self.sim.provider.roster(own_ids=False, system_roles=False).roles
        settings = FeishuSettings(
            app_id="cli_simulatedapp",
            app_secret="another-secret" if wrong else self.secret,
            base_url=self.url,
            rate=5000,
            id_kind=self.id_kind,  # type: ignore[arg-type]
            role_ids={role.name: role.id for role in roles},
        )
        return FeishuSource("there", settings, patience=HURRIED)

    def hide(self, field: str) -> bool:
        return field in OPENED_BY and self.patch(scopes=sorted(SINGLE - {OPENED_BY[field]}))

    def narrow(self, department: str) -> bool:
        return self.patch(visible_departments=[self.department(department)])

    def trouble(self, kind: Trouble) -> bool:
        """Branches are listed by themselves only where all at once is too much."""
        if kind in ("branch_fails", "branch_not_permitted"):
            self.patch(recursion_limit=1)
        return super().trouble(kind)


class OpenIdsDesk(FeishuDesk):
    """The same, known by open ids."""

    id_kind = "open"

    def department(self, put: str) -> str:
        return self._department(super().department(put))

    def _department(self, custom: str | None) -> str:
        found = self._directory.tree.by_custom(custom or "")
        return "" if found is None else found.key

    @property
    def _directory(self) -> Any:
        """The simulator's own memory, in which everything has its open id."""
        return self.sim.provider._world.directory  # type: ignore[attr-defined]

    def truth(self) -> Roster:
        found = super().truth()
        people = {m.id: (m.keys or {})["open_id"] for m in found.members}

        def named(given: Any) -> Any:
            if isinstance(given, tuple):
                return tuple(people[one] for one in given)
            return people[given] if given else given

        def place(given: Any) -> Any:
            return self._department(given) if given else given

        return Roster(
            departments=tuple(
                replace(d, id=place(d.id), parent_id=place(d.parent_id), leaders=named(d.leaders))
                for d in found.departments
            ),
            members=tuple(
                replace(
                    m,
                    id=named(m.id),
                    departments=tuple(map(place, m.departments)),
                    main_department=place(m.main_department),
                    manager=named(m.manager),
                )
                for m in found.members
            ),
            roles=tuple(
                replace(r, members=UNSET if r.members is UNSET else named(r.members))
                for r in found.roles
            ),
        )
