"""Reading back from Feishu: everybody once, what is hidden is unknown, what is missed is told."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from domain.delivery.operation import Relations
from domain.errors import CredentialFault, PermissionFault
from domain.records import DepartmentRecord, MemberRecord, Roster
from tests.adapters.feishu.simulator_desk import many
from tests.adapters.feishu.target_desk import VirtualDesk
from tests.adapters.http.retold import Retold

ORG = Roster(
    departments=(
        DepartmentRecord(id="rd", name="研发", parent_id=None, leaders=("ann", "bob")),
        DepartmentRecord(id="web", name="前端", parent_id="rd", order=3),
        DepartmentRecord(id="hr", name="人事", parent_id=None),
    ),
    members=(
        MemberRecord(id="ann", name="安", departments=("rd", "web"), mobile="13800000001"),
        MemberRecord(id="bob", name="博", departments=("web",), manager="ann", active=False),
        MemberRecord(id="cai", name="蔡", departments=(), email="cai@example.com"),
    ),
)
FULL = ["contact:contact", "contact:functional_role", "contact:user.employee_id:readonly"]


def test_a_department_that_is_told_as_deleted_is_not_there() -> None:
    """``status.is_deleted``, as the source takes it (feishu.md, 5.3)."""
    desk = VirtualDesk(ORG)

    def told(body: bytes) -> bytes:
        said = msgspec.json.decode(body)
        for row in (said.get("data") or {}).get("items") or ():
            if row.get("name") == "人事":
                row["status"] = {"is_deleted": True}
        return msgspec.json.encode(said)

    app: Any = Retold(desk.app, told)
    desk.app = app
    assert {p.remote for p in desk.read().present["department"]} == {"rd", "web"}


def test_everything_is_read_once() -> None:
    """A tree in no order, people of several departments, people in none, suspended ones."""
    inventory = VirtualDesk(ORG).read()
    departments = {p.remote: p for p in inventory.present["department"]}
    assert set(departments) == {"rd", "web", "hr"}
    assert departments["web"].relations == Relations(parent="rd", leaders=())
    assert departments["rd"].relations == Relations(parent=None, leaders=("ann", "bob"))
    assert departments["web"].fields == {"name": "前端", "order": 3}
    people = {p.remote: p for p in inventory.present["member"]}
    assert len(inventory.present["member"]) == 3
    assert people["ann"].relations.departments == ("rd", "web")
    assert people["bob"].relations == Relations(departments=("web",), manager="ann", active=False)
    assert people["cai"].relations.departments == ()
    assert people["cai"].fields["email"] == "cai@example.com"
    assert people["cai"].fields["job_title"] is None
    assert inventory.complete == {"department", "member", "role"} and inventory.gaps == ()


@pytest.mark.parametrize("limit", [None, 10])
def test_many_pages(limit: int | None) -> None:
    """Lists of more than 50, and a tree that may not be listed at once (43010)."""
    desk = VirtualDesk(many(120), recursion_limit=limit)
    inventory = desk.read()
    assert len(inventory.present["department"]) == 121
    assert len(inventory.present["member"]) == 120
    assert inventory.gaps == ()


def test_what_the_app_may_not_see_is_unknown_and_not_empty() -> None:
    """A field without its scope is in nobody's answer, so it is in no field of ours."""
    desk = VirtualDesk(ORG, scopes=[*FULL, "contact:user.base:readonly",
                                    "contact:department.base:readonly"])  # fmt: skip
    inventory = desk.read()
    people = {p.remote: p for p in inventory.present["member"]}
    assert people["ann"].fields == {"name": "安", "en_name": None, "nickname": None}
    assert people["bob"].relations == Relations()
    departments = {p.remote: p for p in inventory.present["department"]}
    assert departments["rd"].fields == {"name": "研发"}
    assert departments["rd"].relations == Relations()
    assert "department" not in inventory.complete
    assert any("contact:department.organize:readonly" in gap for gap in inventory.gaps)


def test_people_without_an_id_are_a_gap() -> None:
    """Without contact:user.employee_id:readonly nobody can be told apart."""
    desk = VirtualDesk(ORG, scopes=["contact:contact", "contact:contact:readonly_as_app"])
    inventory = desk.read()
    assert inventory.present["member"] == () and "member" not in inventory.complete
    assert any("contact:user.employee_id:readonly" in gap for gap in inventory.gaps)


def test_a_department_that_cannot_be_read_is_a_gap() -> None:
    """Nobody is taken for gone."""
    desk = VirtualDesk(ORG)
    desk.fault("users/find_by_department:busy:match.department_id=web")
    inventory = desk.read()
    assert "member" not in inventory.complete and "department" in inventory.complete
    assert any("members of department web" in gap for gap in inventory.gaps)
    assert {p.remote for p in inventory.present["member"]} == {"ann", "cai"}


def test_a_range_that_is_not_all_staff_shows_a_part() -> None:
    """What is granted is read with what is below it, and nothing is concluded about the rest."""
    desk = VirtualDesk(ORG, visible_departments=["rd"])
    inventory = desk.read()
    assert {p.remote for p in inventory.present["department"]} == {"rd", "web"}
    assert {p.remote for p in inventory.present["member"]} == {"ann", "bob"}
    assert inventory.complete == {"role"}
    assert any("range" in gap for gap in inventory.gaps)


def test_a_root_department_in_range_is_read_completely() -> None:
    """Below it everything is ours to see."""
    desk = VirtualDesk(ORG, visible_departments=["rd"])
    inventory = desk.read(root_department="rd")
    assert {p.remote for p in inventory.present["department"]} == {"web"}
    assert inventory.complete == {"department", "member", "role"}


def test_without_any_permission_nothing_is_read() -> None:
    """A missing permission and a refused address are raised, not told as gaps."""
    desk = VirtualDesk(ORG, scopes=["contact:functional_role"])
    with pytest.raises(PermissionFault, match="contact:contact"):
        desk.read()
    desk = VirtualDesk(ORG)
    desk.fault("users/find_by_department:ip")
    with pytest.raises(CredentialFault, match="list of addresses"):
        desk.read()


@pytest.mark.parametrize("kind", ["timeout_after_commit", "throttle", "http_500", "expire_token"])
def test_reading_is_repeated(kind: str) -> None:
    """What passes by is waited for."""
    desk = VirtualDesk(ORG)
    desk.fault(f"departments/children:{kind}:times=1", f"users/find_by_department:{kind}:times=1")
    inventory = desk.read()
    assert inventory.gaps == () and len(inventory.present["member"]) == 3
