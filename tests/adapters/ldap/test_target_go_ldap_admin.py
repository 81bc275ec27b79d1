"""The profile ``go-ldap-admin``: departments are nested groups with their names in their DNs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from adapters.nats.embedded import attach
from domain.delivery.operation import Action, Relations
from domain.errors import ExistsFault
from orgledger.bootstrap import environment
from orgledger.config import LogConfig
from orgledger.engine.runs import Status
from orgledger.ledger import Ledger
from tests.adapters.ldap.driving import Driver
from tests.adapters.ldap.target_desk import LdapDesk, steps
from tests.delivery.people import COMPANY, after, dept
from tests.delivery.suite import Office

PROFILE: dict[str, Any] = {"profile": "go-ldap-admin", "departments": "ou=dingtalkroot"}


def paths(desk: LdapDesk) -> set[tuple[str, ...]]:
    """The departments, from the lowest step up."""
    found = desk.entries("ou=dingtalkroot", "groupOfUniqueNames")
    return {tuple(value for _, value in steps(e["dn"])[:-3]) for e in found}


def test_departments_are_renamed_and_moved_in_place(desk: LdapDesk):
    """A rename or a move is one modrdn, keeps ids and members, and takes along what is below."""
    with Driver(desk, **PROFILE) as driver:
        a, b = driver.department("1", "研发, 技术"), driver.department("2", "b")
        c, u = driver.department("3", "c", a), driver.member("u")
        driver.do("department", Action.ADD, "3", remote=c, members=(u,))
        driver.do("department", Action.RELATE, "3", remote=c, relations=Relations(leaders=(u,)))
        assert paths(desk) == {("研发, 技术",), ("b",), ("c", "研发, 技术")}

        before = desk.writes()
        driver.do("department", Action.UPDATE, "1", remote=a, fields={"cn": "r&d"})
        driver.do("department", Action.MOVE, "3", remote=c, fields={"cn": "c2"},
                  relations=Relations(parent=b))  # fmt: skip
        assert desk.writes() == before + 2

        assert paths(desk) == {("r&d",), ("b",), ("c2", "b")}
        found = driver.present("department")
        assert found["3"].remote == c
        assert found["3"].members == frozenset({u})
        assert found["3"].relations == Relations(parent=b, leaders=(u,))
        assert found["3"].fields["cn"] == "c2"
        assert found["1"].relations.parent is None

        driver.do("department", Action.REMOVE, "3", remote=c, members=(u,))
        driver.do("department", Action.DELETE, "3", remote=c, known={"cn": "c2"})
        assert paths(desk) == {("r&d",), ("b",)}


def test_the_placeholder_is_the_administrator(desk: LdapDesk):
    """As in go-ldap-admin, bind_dn is the member that every group has."""
    with Driver(desk, **PROFILE) as driver:
        driver.department("1", "a")
    [entry] = desk.entries("ou=dingtalkroot", "groupOfUniqueNames")
    assert entry["uniqueMember"] == [desk.slapd.bind_dn]


def test_two_of_one_name_below_one_parent_are_refused(desk: LdapDesk):
    """A name is free once it is used elsewhere, and taken below the same parent."""
    with Driver(desk, **PROFILE) as driver:
        assert driver.target.capabilities.sibling_names == "cn"
        a = driver.department("1", "a")
        driver.department("2", "a", a)
        fault = driver.ask("department", Action.CREATE, "3", fields={"cn": "A"},
                           relations=Relations(parent=None))  # fmt: skip
        assert isinstance(fault, ExistsFault)


def test_two_below_one_parent_swap_their_names(desk: LdapDesk, tmp_path: Path):
    """One of them takes a name for a moment that nobody has, as the capabilities ask for."""
    swapped = after(COMPANY, dept("fe", name="Backend"), dept("be", name="Frontend"))
    with attach(tmp_path / "log") as attached:
        ledger = Ledger(environment(LogConfig(), attached.env()))
        office = Office(ledger, tmp_path, desk, None)
        for roster in (COMPANY, swapped):
            office.tell(roster)
            outcome = office.deliver()
            assert outcome.status is Status.FINISHED, outcome.failures
        ledger.close()
