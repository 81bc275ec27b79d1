"""The check says what to mend, in words, and never raises."""

from __future__ import annotations

import asyncio

import pytest

from adapters.dingtalk.settings import DingTalkSettings
from adapters.dingtalk.simulator import DingTalkSettings as Simulated
from adapters.dingtalk.simulator import create_app
from adapters.dingtalk.source import DingTalkSource
from adapters.simulation.server import running
from domain.ports import Finding
from tests.adapters.dingtalk.source_desk import SECRET, SourceDesk, company

ALL = {"qyapi_get_department_list", "qyapi_get_department_member", "qyapi_get_member"}


def levels(findings: list[Finding]) -> set[str]:
    return {finding.level for finding in findings}


def about(findings: list[Finding], subject: str) -> list[Finding]:
    return [finding for finding in findings if subject in finding.subject]


def test_all_is_well() -> None:
    findings = SourceDesk(company(5, 10)).check()
    assert levels(findings) == {"ok"}
    assert {f.subject.removeprefix("permission ") for f in about(findings, "permission")} == ALL
    assert about(findings, "scope")[0].text == "The app sees the whole organization."


def test_it_costs_a_dozen_calls_at_most() -> None:
    desk = SourceDesk(company(500, 600))
    desk.check()
    assert sum(desk.calls.values()) <= 12


def test_a_wrong_secret_is_one_finding() -> None:
    findings = SourceDesk(company(5, 10)).check(app_secret="wrong-hush")
    assert [(f.level, f.subject) for f in findings] == [("error", "credentials")]
    assert "Client ID and Client Secret" in findings[0].fix
    assert "wrong-hush" not in str(findings)
    assert SECRET not in str(findings)


@pytest.mark.parametrize("missing", sorted(ALL))
def test_a_missing_permission_is_named_with_the_place_to_apply(missing: str) -> None:
    desk = SourceDesk(company(5, 10), {"permissions": frozenset(ALL - {missing})})
    errors = [f for f in desk.check() if f.level == "error"]
    assert {f.subject for f in errors} == {f"permission {missing}"}
    assert all("https://open-dev.dingtalk.com/appscope/apply" in f.fix for f in errors)


def test_an_address_that_is_not_listed() -> None:
    desk = SourceDesk(company(5, 10))
    desk.fault("*:ip")
    findings = desk.check()
    assert findings[0].level == "error"
    assert "60020" not in findings[0].text, "codes are not sentences"


def test_the_scope_is_told_by_names() -> None:
    desk = SourceDesk(company(9, 10), {"authed_dept": (101, 102), "authed_user": ("u1",)})
    (scope,) = about(desk.check(), "scope")
    assert scope.level == "warning"
    assert "部门1 (101), 部门2 (102); and 1 people by themselves" in scope.text


def test_a_scope_of_nobody() -> None:
    (scope,) = about(SourceDesk(company(3, 3), {"authed_dept": ()}).check(), "scope")
    assert (scope.level, scope.text) == ("error", "The app sees nobody at all.")


def test_hidden_fields_are_told_with_the_permission_that_shows_them() -> None:
    desk = SourceDesk(company(3, 30), {"hidden_fields": frozenset({"mobile", "email"})})
    mobile, mail = [f for f in about(desk.check(), "fields") if f.level == "warning"]
    assert mobile.text == "Not permitted: mobile. They stay unknown, not empty."
    assert "企业员工手机号信息" in mobile.fix
    assert "邮箱等个人信息" in mail.fix


@pytest.mark.parametrize("fault", ["*:http_500", "*:reset", "*:html_ban", "*:throttle"])
def test_a_check_answers_soon_whatever_happens(fault: str) -> None:
    desk = SourceDesk(company(3, 3))
    desk.fault(fault)
    findings = desk.check()
    assert "error" in levels(findings)
    assert desk.seconds < 60


def test_over_the_network() -> None:
    with running(create_app(Simulated(), company(5, 10))) as server:

        async def main() -> list[Finding]:
            settings = DingTalkSettings(
                app_key="dingsimulatedapp", app_secret=SECRET, base_url=server.url
            )
            source = DingTalkSource("dt", settings)
            try:
                return await source.check()
            finally:
                await source.close()

        assert levels(asyncio.run(main())) == {"ok"}


def test_nobody_at_the_address() -> None:
    async def main() -> list[Finding]:
        settings = DingTalkSettings(app_key="k", app_secret=SECRET, base_url="http://127.0.0.1:9")
        source = DingTalkSource("dt", settings)
        try:
            return await source.check()
        finally:
            await source.close()

    (finding,) = asyncio.run(main())
    assert finding.level == "error"
    assert "no connection to 127.0.0.1" in finding.text
