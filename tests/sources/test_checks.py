"""``orgledger check`` says of each provider's source, line by line, what there is to know."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from adapters.feishu.simulator.settings import EMAIL, PHONE
from domain.ports import Finding
from tests.adapters.dingtalk.source_desk import SourceDesk as DingTalk
from tests.adapters.feishu.source_contract_desk import SINGLE
from tests.adapters.feishu.source_desk import SourceDesk as Feishu
from tests.adapters.wecom.simulator_desk import SECRETS
from tests.adapters.wecom.source_desk import SourceDesk as WeCom
from tests.sources.in_process import InProcess, company

MEMBER, LIST, PEOPLE = (
    "qyapi_get_member",
    "qyapi_get_department_list",
    "qyapi_get_department_member",
)
ALL = frozenset({MEMBER, LIST, PEOPLE})


class Case(msgspec.Struct, frozen=True):
    """One provider, and what its simulator must be told for each line of the check."""

    desk: Callable[..., InProcess]
    wrong: dict[str, str]
    """Settings of the source with a wrong secret."""
    missing: dict[str, tuple[dict[str, Any], dict[str, Any]]]
    """By the subject of the finding: settings of source and simulator without that right."""
    narrow: dict[str, Any]
    hidden: dict[str, Any]
    scope: str = "scope"

    def check(self, settings: dict[str, Any] | None = None, **simulated: Any) -> list[Finding]:
        return self.desk(company(3, 6), **simulated).check(**(settings or {}))


CASES = {
    "dingtalk": Case(
        DingTalk,
        {"app_secret": "hush"},
        {f"permission {one}": ({}, {"permissions": ALL - {one}}) for one in sorted(ALL)},
        {"authed_dept": (101,)},
        {"hidden_fields": frozenset({"mobile", "email"})},
    ),
    "wecom": Case(
        WeCom,
        {"app_secret": "hush"},
        {
            "permission details with contact_secret": ({"app_secret": "", "agent_id": 0}, {}),
            "permission what contact_secret may do": (
                {"contact_secret": SECRETS["app"], "app_secret": SECRETS["contact"]},
                {},
            ),
        },
        {"visible_departments": ("101",)},
        {"private_fields": "absent"},
    ),
    "feishu": Case(
        Feishu,
        {"app_secret": "hush"},
        {"permission contact:contact": ({}, {"scopes": frozenset({"contact:functional_role"})})},
        {"visible_departments": ("101",)},
        {"scopes": SINGLE - {PHONE, EMAIL}},
        "range",
    ),
}


@pytest.fixture(params=CASES)
def case(request: pytest.FixtureRequest) -> Case:
    return CASES[request.param]


def of(findings: list[Finding], subject: str, level: str) -> list[Finding]:
    return [f for f in findings if f.subject.startswith(subject) and f.level == level]


def test_credentials(case: Case) -> None:
    """Right ones are said to be right; of wrong ones it is said where to compare them."""
    assert of(case.check(), "credentials", "ok")
    findings = case.check(case.wrong)
    (found,) = of(findings, "credentials", "error")
    assert "Compare" in found.fix
    assert "hush" not in str(findings)


def test_an_address_that_is_not_allowed(case: Case) -> None:
    """It is named apart from the secret, which is right."""
    desk = case.desk(company(3, 6))
    desk.fault("*:ip")
    assert of(desk.check(), "server address", "error")


def test_permissions_one_by_one(case: Case) -> None:
    """A right that is missing is an error with its name and where to ask for it."""
    for subject, (settings, simulated) in case.missing.items():
        found = of(case.check(settings, **simulated), subject, "error")
        assert found, subject
        assert all(f.fix for f in found)


def test_permissions_are_told_where_nothing_is_in_scope() -> None:
    """DingTalk: that a department is out of scope is only told to an app that may ask."""
    findings = CASES["dingtalk"].check(authed_dept=())
    assert {f.subject for f in findings if f.level == "ok"} >= {f"permission {p}" for p in ALL}
    without = CASES["dingtalk"].check(authed_dept=(), permissions=ALL - {PEOPLE})
    assert of(without, f"permission {PEOPLE}", "error")


def test_visible_scope(case: Case) -> None:
    """All of it is fine, a part is a warning that says how large, with what widens it."""
    assert of(case.check(), case.scope, "ok")
    (found,) = of(case.check(**case.narrow), case.scope, "warning")
    assert "1 departments" in found.text
    assert found.fix


def test_hidden_fields(case: Case) -> None:
    """What the provider hides is named, and stays unknown."""
    told = " ".join(f.text for f in of(case.check(**case.hidden), "fields", "warning"))
    assert "mobile" in told and "email" in told
    assert "unknown, not empty" in told


def test_clock(case: Case) -> None:
    """The provider's time is in every answer."""
    assert of(case.check(), "clock", "ok")
    desk = case.desk(company(3, 6))
    desk.ahead = 600
    (found,) = of(desk.check(), "clock", "warning")
    assert "ahead of" in found.text


def test_quota(case: Case) -> None:
    """No provider of these says what is left of it, so nothing is said before it is used up."""
    assert not [f for f in case.check() if f.subject == "quota"]
    desk = case.desk(company(3, 6))
    desk.fault("*:throttle")
    assert of(desk.check(), "quota", "error")


def test_quota_of_feishu_says_when_there_is_room_again() -> None:
    """x-ogw-ratelimit-reset, which only a throttled answer has (feishu.md, section 9)."""
    desk = Feishu(company(3, 6))
    desk.fault("departments/children:throttle")
    (found,) = of(desk.check(), "quota", "error")
    assert "There is room again in" in found.text


def test_nothing_is_written(case: Case) -> None:
    """And a check costs little, however large the organization is."""
    desk = case.desk(company(60, 200))
    desk.check()
    assert desk.app.stats.writes == 0
    assert sum(desk.calls.values()) <= 13
