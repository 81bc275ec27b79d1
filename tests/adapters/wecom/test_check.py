"""The check says what to mend, secret by secret, and never raises."""

from __future__ import annotations

import pytest

from domain.ports import Finding
from tests.adapters.wecom.simulator_desk import SMALL
from tests.adapters.wecom.source_desk import SourceDesk, company


def about(findings: list[Finding], subject: str) -> list[Finding]:
    return [finding for finding in findings if subject in finding.subject]


def levels(findings: list[Finding]) -> set[str]:
    return {finding.level for finding in findings}


def test_all_is_well() -> None:
    """Both secrets, each of their rights, the scope and the fields."""
    findings = SourceDesk(SMALL).check()
    assert levels(findings) == {"ok"}
    assert [f.subject for f in findings] == [
        "credentials contact_secret",
        "credentials app_secret",
        "clock",
        "contact_secret: ids of departments",
        "contact_secret: ids of members",
        "app_secret: names of departments",
        "app_secret: details of members",
        "app_secret: its visible range",
        "contact_secret: tags",
        "scope",
        "fields",
    ]


def test_it_costs_a_dozen_calls_and_writes_nothing() -> None:
    """Whatever the size of the organization."""
    desk = SourceDesk(company(300, 400))
    desk.check()
    assert sum(desk.calls.values()) <= 13
    assert desk.app.stats.writes == 0


def test_a_wrong_secret_is_named_and_the_other_one_is_checked() -> None:
    """The finding says which of the two, and where it is found."""
    findings = SourceDesk(SMALL).check(contact_secret="hush-hush")
    (wrong,) = [f for f in findings if f.level == "error"]
    assert wrong.subject == "credentials contact_secret"
    assert "通讯录同步" in wrong.fix and "hush-hush" not in str(findings)
    assert about(findings, "app_secret: details of members")[0].level == "ok"


def test_secrets_that_were_taken_for_each_other() -> None:
    """The app's secret may not list ids, the contact-sync secret may not read details."""
    findings = SourceDesk(SMALL).check(
        contact_secret="simulated-app-secret",  # the app's secret in the other's place
        app_secret="simulated-contact-secret",
    )
    text = " ".join(f"{f.text} {f.fix}" for f in findings if f.level == "error")
    assert "contact_secret has no right to this call" in text
    assert "ids only" in text


def test_an_address_that_is_not_trusted() -> None:
    """Which secret's list lacks which address."""
    findings = SourceDesk(SMALL, untrusted=frozenset({"contact"})).check()
    wrong = about(findings, "server address")
    assert wrong and all("127.0.0.1" in f.fix and "通讯录同步" in f.fix for f in wrong)


def test_what_is_not_set_is_told() -> None:
    """Without contact_secret or agent_id less is seen."""
    findings = SourceDesk(SMALL).check(contact_secret="", agent_id=0)
    assert levels(about(findings, "contact_secret")) == {"warning"}
    assert levels(about(findings, "agent_id")) == {"warning"}


def test_the_scope_is_told_with_what_is_missing() -> None:
    """Departments that contact sync lists and the app does not see."""
    (scope,) = about(SourceDesk(SMALL, visible_departments=("3",)).check(), "scope")
    assert scope.level == "warning" and "可见范围" in scope.fix
    assert "平台 (3) with what is below. It does not see 3 that contact_secret lists" in scope.text
    (scope,) = about(SourceDesk(SMALL, visible_departments=()).check(), "scope")
    assert scope.level == "error"


def test_hidden_fields_are_told() -> None:
    """As unknown, with the reason."""
    (fields,) = about(SourceDesk(SMALL, private_fields="absent").check(), "fields")
    assert fields.level == "warning" and "mobile" in fields.text and "2022-06-20" in fields.fix


@pytest.mark.parametrize("fault", ["*:http_500", "*:reset", "*:html_ban", "*:throttle", "*:busy"])
def test_a_check_answers_soon_whatever_happens(fault: str) -> None:
    """An error is a finding, within a minute and a half."""
    desk = SourceDesk(SMALL)
    desk.fault(fault)
    assert "error" in levels(desk.check())
    assert desk.seconds < 90
