"""Reading DingTalk back as a target: all that is there, at a known number of calls."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec import UNSET

from adapters.dingtalk.target_check import MANAGE
from domain.errors import CredentialFault, TerminalFault
from tests.adapters.dingtalk.source_desk import SECRET, company
from tests.adapters.dingtalk.target_desk import VirtualDesk
from tests.adapters.http.retold import Retold

ALL = {"role_group", "department", "member", "role"}
COMPANY = company(12, 120, roles=3)


def test_everything_is_read_with_two_calls_per_department_and_one_per_page() -> None:
    """People's managers cost nothing unless they are ours."""
    desk = VirtualDesk(COMPANY)
    inventory = desk.read()
    assert inventory.complete == ALL and inventory.gaps == ()
    assert {kind: len(found) for kind, found in inventory.present.items()} == {
        "role_group": 3,
        "department": 12,
        "member": 120,
        "role": 3,
    }
    counts = {api: n for api, n in desk.app.stats.calls.items() if api != "gettoken"}
    assert counts == {
        "auth/scopes": 1,
        "department/listsub": 13,
        "department/get": 13,
        "user/list": 13,
        "role/list": 1,
        "role/simplelist": 4,  # one of the roles is held by more than a hundred
    }


@pytest.mark.parametrize(
    ("settings", "asked"),
    [({}, 3), ({"detail_calls": 2}, 0), ({"managers": "none"}, 0), ({"managers": "all"}, 3)],
)
def test_managers_are_read_of_our_own_people(settings: dict[str, object], asked: int) -> None:
    """Each costs a call; where it was not spent, the manager is unknown and not empty."""
    desk = VirtualDesk(COMPANY)
    ours = ["u0", "u1", "u11", "gone"]
    found = desk.read({"member": ours}, **settings).present["member"]
    managers = {p.remote: p.relations.manager for p in found}
    assert desk.calls("user/get") == asked
    assert [managers[u] for u in ("u0", "u1", "u11")] == (
        [None, "u0", "u1"] if asked else [UNSET] * 3
    )
    assert managers["u2"] is UNSET


def test_a_part_that_cannot_be_read_is_a_gap_and_its_kind_not_complete() -> None:
    """Nothing can be missed in what was not seen."""
    desk = VirtualDesk(COMPANY)
    desk.fault("user/list:permission", "user/get:permission")
    inventory = desk.read({"member": ["u1"]})
    assert inventory.complete == ALL - {"member"}
    assert any("qyapi_get_department_member" in gap for gap in inventory.gaps)
    desk.fault("role/simplelist:permission")
    inventory = desk.read()
    assert {p.members for p in inventory.present["role"]} == {None}


def test_managers_that_cannot_be_read_are_unknown() -> None:
    """A missing permission is one gap, not one for each person."""
    desk = VirtualDesk(COMPANY)
    desk.fault("user/get:permission")
    inventory = desk.read({"member": ["u1", "u2"]})
    assert len(inventory.gaps) == 1 and "qyapi_get_member" in inventory.gaps[0]
    assert inventory.complete == ALL


def test_a_root_that_nobody_may_see_is_one_sentence() -> None:
    """With a contact scope below the root there is nothing to write to."""
    desk = VirtualDesk(COMPANY, authed_dept=(105,))
    with pytest.raises(TerminalFault, match="outside the app's contact scope"):
        desk.read()


def test_wrong_credentials_are_one_sentence_without_the_secret() -> None:
    """Reading and writing both stop."""
    desk = VirtualDesk(COMPANY, app_secret="another")
    with pytest.raises(CredentialFault, match="app_key or app_secret is wrong") as caught:
        desk.read()
    assert SECRET not in str(caught.value)
    with pytest.raises(CredentialFault):
        desk.apply("member", "update", remote="u1", fields={"title": "t"})


@pytest.mark.parametrize("code", ["400002", "50002"])
def test_a_check_takes_any_word_about_nobody_for_the_right_to_write(code: str) -> None:
    """Who lacks the right is not told that the person or the change is no good."""
    desk = VirtualDesk(COMPANY)
    app: Any = Retold(desk.app, lambda body: body.replace(b"33012", code.encode()))
    desk.app = app
    findings = {f.subject: f.level for f in desk.work(lambda t: t.check())}
    assert findings[f"permission {MANAGE}"] == "ok"


def test_a_check_says_whether_the_app_may_write() -> None:
    """The right is probed with a change of somebody who does not exist."""
    desk = VirtualDesk(COMPANY)
    before = desk.app.provider.roster(own_ids=True, system_roles=True)
    findings = desk.work(lambda t: t.check())
    assert findings[-1].subject == f"permission {MANAGE}"
    assert {f.level for f in findings if "permission" in f.subject} == {"ok"}
    assert desk.app.provider.roster(own_ids=True, system_roles=True) == before


def test_a_check_names_the_permission_and_the_root_that_are_missing() -> None:
    """Both are findings with a next step."""
    desk = VirtualDesk(COMPANY, permissions=("qyapi_get_department_list",))
    findings = desk.work(lambda t: t.check(), root_department=999)
    by_subject = {f.subject: f for f in findings}
    assert by_subject[f"permission {MANAGE}"].level == "error"
    assert "open-dev.dingtalk.com" in by_subject[f"permission {MANAGE}"].fix
    assert by_subject["root_department"].level == "error"
    findings = desk.work(lambda t: t.check(), root_department=105)
    assert findings[-1].text == "Ours are put below 部门5 (105)."


def test_a_check_with_wrong_credentials_is_one_finding() -> None:
    """Nothing else can be said."""
    desk = VirtualDesk(COMPANY, app_secret="another")
    (finding,) = desk.work(lambda t: t.check())
    assert (finding.level, finding.subject) == ("error", "credentials")
