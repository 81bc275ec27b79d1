"""What must be known to reach one Feishu or Lark tenant through one self-built app."""

from __future__ import annotations

from typing import Literal

import msgspec

from domain.errors import ConfigError

FEISHU, LARK = "https://open.feishu.cn", "https://open.larksuite.com"

ROOT = "0"
"""The department that is the organization itself (Feishu department id page)."""


class FeishuSettings(msgspec.Struct, frozen=True, kw_only=True):
    """One self-built app (企业自建应用). ``base_url`` is Lark's host for tenants abroad.

    ``rate`` is in calls per second. Feishu counts 50 in a second *and* 1,000 in a minute for each
    interface, so the default is what lasts for minutes; a lower limit is found by itself.
    ``verification_token``, ``encrypt_key`` and ``long_connection`` are for change events.

    As a source: ``id_kind`` says by which ids people and departments are known, ``custom``
    (user_id and department_id) or ``open`` (open_id and open_department_id); ``user_groups``
    reads user groups as roles too.

    As a target: ``root_department`` is the department id below which ours are put (0: the
    organization itself), ``employee_type`` what new people are (1 regular, 2 intern, 3 outsourced,
    4 labour contract, 5 consultant, or a type of the tenant's own), ``move_rate`` how many
    requests in a second may change departments or suspend somebody (Feishu permits 1).
    ``role_ids`` has the ids of roles that exist already, by name: no call of Feishu lists roles
    (both sides).
    ``acceptor`` is the user_id of who gets what deleted people own; empty: their direct leader.
    """

    app_id: str
    app_secret: str
    base_url: str = FEISHU
    verification_token: str = ""
    encrypt_key: str = ""
    long_connection: bool = False
    rate: float = 16
    id_kind: Literal["custom", "open"] = "custom"
    user_groups: bool = False
    root_department: str = ROOT
    employee_type: int = 1
    move_rate: float = 1
    role_ids: dict[str, str] = {}
    acceptor: str = ""

    def __post_init__(self) -> None:
        problems = [
            f"{name} must not be empty"
            for name in ("app_id", "app_secret", "base_url", "root_department")
            if not getattr(self, name)
        ]
        problems += [
            f"{name} must be more than 0"
            for name in ("rate", "move_rate")
            if getattr(self, name) <= 0
        ]
        if self.id_kind not in ("custom", "open"):
            problems.append(f'id_kind is "custom" or "open", not {self.id_kind!r}')
        if self.employee_type < 1:
            problems.append("employee_type must be 1 (regular) or the number of another type")
        if self.root_department.startswith("od-"):
            problems.append("root_department must be a department_id, not an open_department_id")
        if not all(name and role_id for name, role_id in self.role_ids.items()):
            problems.append("role_ids must have a name and an id for each role")
        if problems:
            raise ConfigError("These Feishu settings cannot be used", why="; ".join(problems))

    def __repr__(self) -> str:
        return f"FeishuSettings(app_id={self.app_id!r}, base_url={self.base_url!r})"
