"""Reading back what an organization of Casdoor holds, and checking it."""

from __future__ import annotations

from typing import Any

import pytest

from adapters.casdoor.client import PAGE
from domain.delivery.operation import Relations
from domain.errors import SystemFault
from domain.records import DepartmentRecord, MemberRecord, Roster
from tests.adapters.casdoor.casdoor_desk import ORG, SMALL
from tests.adapters.casdoor.target_desk import VirtualDesk
from tests.adapters.http.retold import Retold


def crowd(people: int) -> Roster:
    """So many people in one department."""
    return Roster(
        departments=(DepartmentRecord(id="all", name="全", parent_id=None),),
        members=tuple(
            MemberRecord(id=f"p{n}", name=f"人{n}", departments=("all",)) for n in range(people)
        ),
    )


def test_everything_that_is_there() -> None:
    """Groups, people and roles of our organization, with their ties; nothing is missing."""
    found = VirtualDesk(SMALL).read()
    assert found.complete == {"department", "member", "role"} and found.gaps == ()
    departments = {p.remote: p.relations for p in found.present["department"]}
    assert departments == {
        "d-rd": Relations(parent=None, leaders=("ann",)),
        "d-50": Relations(parent="d-rd", leaders=("ann",)),
        "d-hr": Relations(parent=None, leaders=()),
    }
    people = {p.remote: p for p in found.present["member"]}
    assert people["bob"].relations == Relations(departments=("d-50",), manager="ann", active=False)
    assert people["ann"].fields["properties.job_number"] == "1"
    assert people["cai"].fields["properties.job_number"] is None
    assert people["cai"].fields["email"] is None
    roles = {p.remote: p.members for p in found.present["role"]}
    assert roles == {"r1": frozenset({"ann", "bob"}), "r2": frozenset()}


@pytest.mark.parametrize("people", [PAGE - 1, PAGE, PAGE + 1, 2 * PAGE])
def test_pages_end_where_the_total_says(people: int) -> None:
    """Beyond the last page Casdoor gives the last one again: nobody asks for it."""
    desk = VirtualDesk(crowd(people))
    found = desk.read()
    assert len(found.present["member"]) == people and "member" in found.complete
    assert desk.calls("get-users") == -(-people // PAGE)


def test_a_list_without_rows_may_be_null() -> None:
    """Go writes null for a list that was never made: nothing is there, and nothing is missing."""
    desk = VirtualDesk(Roster())
    app: Any = Retold(desk.app, lambda body: body.replace(b'"data":[]', b'"data":null'))
    desk.app = app
    found = desk.read()
    assert found.complete == {"department", "member", "role"} and found.gaps == ()


def test_lists_are_read_in_an_order_that_stands() -> None:
    """By name, which is unique: rows of one second have no order of their own by creation."""
    desk = VirtualDesk(SMALL)
    desk.read()
    listed = [request.query for request in desk.asked if "p" in request.query]
    assert len(listed) == 3
    assert {(q["sortField"], q["sortOrder"]) for q in listed} == {("name", "ascend")}


def test_other_organizations_are_not_seen() -> None:
    """Rows of the site that are not in our organization are not read, nor named as ties."""
    desk = VirtualDesk(SMALL)
    desk.world.groups.insert({"owner": "built-in", "name": "admins"})
    desk.edit("people", "ann", groups=["built-in/admins", f"{ORG}/d-rd"])
    desk.edit("roles", "r1", users=["built-in/admin", f"{ORG}/ann"])
    desk.edit("groups", "d-rd", manager="built-in/admin")
    assert desk.present("member", "ann").relations.departments == ("d-rd",)
    assert desk.present("role", "r1").members == frozenset({"ann"})
    assert desk.present("department", "d-rd").relations.leaders == ()
    assert "admins" not in {p.remote for p in desk.read().present["department"]}


def test_a_list_that_comes_short_misses_nobody() -> None:
    """Read twice, and if it stays short a gap: what was not listed is not gone."""
    desk = VirtualDesk(crowd(PAGE + 1))
    desk.fault("get-users:drop_page")
    found = desk.read()
    assert "member" not in found.complete and found.present["member"] == ()
    assert found.gaps == (f"get-users: Casdoor counts {PAGE + 1} and listed 0",)
    desk.fault("get-users:drop_page:times=1")
    assert "member" in desk.read().complete


def test_a_list_that_fails_is_a_gap() -> None:
    """The others are read; only when nothing can be read is it an error."""
    desk = VirtualDesk(SMALL)
    desk.fault("get-roles:http_500")
    found = desk.read()
    assert found.complete == {"department", "member"} and "role" not in found.present
    assert found.gaps == ("casdoor-main get-roles failed: HTTP 500.",)
    desk.fault("get-roles:http_500", "get-users:http_500", "get-groups:http_500")
    with pytest.raises(SystemFault, match="get-groups failed"):
        desk.read()


def check(desk: VirtualDesk, **settings: Any) -> dict[str, Any]:
    """Findings by subject; errors and warnings say what to do."""
    findings = desk.work(lambda t: t.check(), **settings)
    assert all(f.fix for f in findings if f.level != "ok")
    return {f.subject: f for f in findings}


def test_a_check_of_what_is_well() -> None:
    """We are let in, the organization is there, nothing was written."""
    desk = VirtualDesk(SMALL)
    found = check(desk, base_url="https://sim")
    assert {f.level for f in found.values()} == {"ok"}
    assert found["organization"].text == f"{ORG} has 3 users."
    assert "all organizations of the site" in found["credentials"].text
    assert desk.app.stats.writes == 0


def test_a_check_finds_what_would_be_refused() -> None:
    """Immutable items, a country that is not allowed, soft deletion, an address in the clear."""
    rules = {"Email": "Immutable", "Groups": "Immutable"}
    desk = VirtualDesk(SMALL, account_rules=rules, country_codes=("US", "DE"), soft_deletion=True)
    found = check(desk)
    assert "change Email, Groups" in found["account items"].text
    assert "(US, DE)" in found["country_code"].text
    assert found["deletion"].level == "ok"
    assert found["base_url"].level == "warning"


@pytest.mark.parametrize(
    ("settings", "subject"),
    [({"client_secret": "wrong"}, "credentials"), ({"organization": "x"}, "organization")],
)
def test_a_check_of_what_does_not_open(settings: dict[str, str], subject: str) -> None:
    """Wrong credentials and a missing organization are findings, not exceptions."""
    found = check(VirtualDesk(SMALL), **settings)
    assert found[subject].level == "error" and settings.popitem()[1] not in found[subject].fix
