"""The check of a Feishu source: every permission by itself, the range, hidden fields, roles."""

from __future__ import annotations

from typing import Any

import pytest

from adapters.feishu.simulator.settings import EMAIL, EMPLOYEE_ID, ROLE, ROLE_READ, SCOPES
from domain.ports import Finding
from tests.adapters.feishu.source_contract_desk import SINGLE
from tests.adapters.feishu.source_desk import SourceDesk, company

READ = "permission contact:contact.base:readonly"


def check(settings: dict[str, Any] | None = None, **simulated: Any) -> list[Finding]:
    found: list[Finding] = SourceDesk(company(4, 8, roles=2), **simulated).check(**(settings or {}))
    return found


def levels(findings: list[Finding], subject: str) -> list[str]:
    return [f.level for f in findings if f.subject == subject]


def test_all_is_well() -> None:
    """Credentials, reading, range, every field, roles."""
    findings = check({"role_ids": {"角色0": "r0"}, "user_groups": True})
    assert {f.level for f in findings} == {"ok"}
    assert {"credentials", "range", "fields", READ} <= {f.subject for f in findings}


@pytest.mark.parametrize("settings", [{"app_secret": "nope"}, {"app_id": "cli_x"}])
def test_wrong_credentials_are_the_only_finding(settings: dict[str, Any]) -> None:
    """One sentence, without the values."""
    (found,) = check(settings)
    assert (found.level, found.subject) == ("error", "credentials")
    assert "nope" not in found.text + found.fix


def test_an_address_that_is_not_allowed() -> None:
    """It is named as such."""
    desk = SourceDesk(company(1, 1))
    desk.fault("departments/children:ip")
    assert levels(desk.check(), "server address") == ["error"]


def test_nothing_may_be_read() -> None:
    """The permission is named, with what to click."""
    findings = check(scopes=frozenset({ROLE}))
    (found,) = [f for f in findings if f.level == "error"]
    assert "contact:contact" in found.subject
    assert "权限管理" in found.fix


@pytest.mark.parametrize(
    ("scope", "level"),
    [
        (EMPLOYEE_ID, "error"),
        ("contact:department.organize:readonly", "error"),
        ("contact:user.base:readonly", "error"),
        ("contact:user.department:readonly", "warning"),
        ("contact:user.employee:readonly", "warning"),
        (EMAIL, "warning"),
    ],
)
def test_one_field_permission_that_is_missing(scope: str, level: str) -> None:
    """That one is told, and no other."""
    findings = [f for f in check(scopes=SINGLE - {scope}) if f.level != "ok"]
    assert [(f.level, f.subject) for f in findings] == [(level, "fields")]
    assert scope in findings[0].fix


def test_user_ids_are_not_needed_with_open_ids() -> None:
    """Then nothing is amiss."""
    findings = check({"id_kind": "open"}, scopes=SINGLE - {EMPLOYEE_ID})
    assert {f.level for f in findings} == {"ok"}


def test_a_range_that_is_a_part() -> None:
    """It is told how large it is; none at all is an error."""
    some = check(visible_departments=("d0", "d1"), visible_users=("u2",))
    (found,) = [f for f in some if f.subject == "range"]
    assert found.level == "warning"
    assert "2 departments" in found.text
    assert "1 people" in found.text
    assert levels(check(visible_departments=()), "range") == ["error"]


def test_roles() -> None:
    """None named is fine; one that is not there, or not permitted, is told."""
    assert levels(check(), "roles") == ["ok"]
    gone = check({"role_ids": {"旧": "gone"}})
    assert [f.level for f in gone if "functional_role" in f.subject] == ["error"]
    barred = check({"role_ids": {"角色0": "r0"}}, scopes=SCOPES - {ROLE, ROLE_READ})
    assert [f.level for f in barred if "functional_role" in f.subject] == ["error"]
