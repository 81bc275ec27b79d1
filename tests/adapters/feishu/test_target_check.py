"""The check of a Feishu target: rights, range, hidden fields; nothing is changed by it."""

from __future__ import annotations

from typing import Any

import pytest

from adapters.feishu.simulator.settings import SCOPES
from domain.ports import Finding
from domain.records import DepartmentRecord, MemberRecord, Roster
from tests.adapters.feishu.target_desk import VirtualDesk
from tests.adapters.http.retold import Retold

ORG = Roster(
    departments=(DepartmentRecord(id="rd", name="研发", parent_id=None),),
    members=(MemberRecord(id="ann", name="安", departments=("rd",)),),
)


def check(settings: dict[str, Any] | None = None, **simulated: Any) -> list[Finding]:
    desk = VirtualDesk(ORG, **simulated)
    before = desk.app.provider.roster(own_ids=True, system_roles=False)
    found: list[Finding] = desk.work(lambda t: t.check(), **(settings or {}))
    assert desk.app.provider.roster(own_ids=True, system_roles=False) == before
    return found


def level(findings: list[Finding], subject: str) -> str:
    return next(f.level for f in findings if f.subject == subject)


def test_all_is_well() -> None:
    """Credentials, both rights to write, all staff, every field."""
    findings = check()
    assert {f.level for f in findings} == {"ok"}
    for subject in ("credentials", "permission contact:contact", "range", "fields"):
        assert level(findings, subject) == "ok"


def test_what_is_out_of_range_may_be_written_elsewhere() -> None:
    """40004 for a department that nobody has is no missing right: the range is told apart."""
    desk = VirtualDesk(ORG)
    app: Any = Retold(desk.app, lambda body: body.replace(b"99992380", b"40004"))
    desk.app = app
    findings = desk.work(lambda t: t.check())
    assert {f.level for f in findings} == {"ok"}


@pytest.mark.parametrize("settings", [{"app_secret": "nope"}, {"app_id": "cli_x"}])
def test_wrong_credentials_are_the_only_finding(settings: dict[str, Any]) -> None:
    """One sentence, without the values."""
    (found,) = check(settings)
    assert (found.level, found.subject) == ("error", "credentials")
    assert "nope" not in found.text + found.fix


def test_a_right_to_write_that_is_missing() -> None:
    """Departments and people are needed; roles are only a warning."""
    findings = check(scopes=[*(SCOPES - {"contact:contact", "contact:functional_role"})])
    assert level(findings, "permission contact:contact") == "error"
    assert level(findings, "permission contact:functional_role") == "warning"


def test_a_range_that_is_not_all_staff() -> None:
    """An error with the root, none with a root department in range."""
    assert level(check(visible_departments=["rd"]), "range") == "error"
    inside = check({"root_department": "rd"}, visible_departments=["rd"])
    assert level(inside, "root_department") == "ok"
    outside = check({"root_department": "rd"}, visible_departments=[])
    assert level(outside, "root_department") == "error"
    nowhere = check({"root_department": "zz"})
    assert level(nowhere, "root_department") == "error"


def test_hidden_fields_are_named_with_their_permission() -> None:
    """Numbers and addresses are a warning; ids are an error."""
    hidden = {"contact:user.phone:readonly", "contact:user.employee_id:readonly"}
    findings = check(scopes=[*(SCOPES - hidden)])
    told = {f.level: f for f in findings if f.level != "ok"}
    assert "mobile" in told["warning"].text and "contact:user.phone" in told["warning"].fix
    assert "user_id" in told["error"].text
