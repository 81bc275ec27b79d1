"""The check of the target: which secret may write, from where, and to which place."""

from __future__ import annotations

from adapters.wecom.target_check import WRITES
from domain.ports import Finding
from tests.adapters.wecom.simulator_desk import SMALL
from tests.adapters.wecom.target_desk import VirtualDesk


def by_subject(findings: list[Finding]) -> dict[str, Finding]:
    return {finding.subject: finding for finding in findings}


def errors(findings: list[Finding]) -> list[Finding]:
    return [finding for finding in findings if finding.level == "error"]


def test_all_is_well() -> None:
    """The right to write is probed with somebody who does not exist: nothing is changed."""
    desk = VirtualDesk(SMALL)
    before = desk.app.provider.roster(own_ids=False, system_roles=False)
    found = by_subject(desk.check(root_department=2))
    assert {finding.level for finding in found.values()} == {"ok"}
    assert found[WRITES].text == "contact_secret may write."
    assert "department 2" in found["root_department"].text
    assert desk.app.provider.roster(own_ids=False, system_roles=False) == before


def test_without_the_apps_secret() -> None:
    """A warning that says what is missing then, and no error: writing works."""
    found = VirtualDesk(SMALL).check(app_secret="", agent_id=0)
    assert errors(found) == []
    assert "leaders" in by_subject(found)["app_secret"].text
    assert by_subject(found)[WRITES].level == "ok"


def test_the_two_secrets_taken_for_each_other() -> None:
    """The app's may not write (48002), and the fix is where the right one is found."""
    desk = VirtualDesk(SMALL)
    secrets = {"contact_secret": desk.app.provider.settings.app_secret,  # type: ignore[attr-defined]
               "app_secret": desk.app.provider.settings.contact_secret}  # type: ignore[attr-defined]  # fmt: skip
    wrong = by_subject(desk.check(**secrets))[WRITES]
    assert wrong.level == "error" and "通讯录同步" in wrong.fix and "编辑通讯录" in wrong.fix


def test_an_address_that_is_not_trusted() -> None:
    """60020 names the address and the list; nothing is written after it."""
    desk = VirtualDesk(SMALL, untrusted=["contact"])
    found = by_subject(desk.check())
    assert found["server address"].level == "error" and "127.0.0.1" in found["server address"].fix
    assert WRITES not in found and desk.app.stats.writes == 0


def test_a_wrong_secret_is_said_once() -> None:
    """No probe follows it."""
    desk = VirtualDesk(SMALL)
    [wrong] = errors(desk.check(contact_secret="hush-hush"))
    assert wrong.subject == "credentials contact_secret" and "hush" not in str(wrong)
    assert desk.app.stats.writes == 0


def test_nobody_answers() -> None:
    """Both secrets meet the same silence: one finding."""
    desk = VirtualDesk(SMALL)
    desk.fault("*:http_500")
    assert len(errors(desk.check())) == 1


def test_a_root_that_is_not_there() -> None:
    """The setting is named."""
    [wrong] = errors(VirtualDesk(SMALL).check(root_department=99))
    assert wrong.subject == "root_department" and "99" in wrong.text
