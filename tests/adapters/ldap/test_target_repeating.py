"""Lost answers, broken connections, repeated changes: no duplicate, no hole, nothing hangs."""

from __future__ import annotations

import time
from itertools import count
from typing import Any

import pytest

from domain.delivery.operation import Action, Relations
from domain.errors import AbsentFault, ExistsFault, TransientFault
from tests.adapters.ldap.driving import Driver, person
from tests.adapters.ldap.target_desk import LdapDesk, steps
from tests.delivery.desk import Trouble

TROUBLES: tuple[Trouble, ...] = ("lost_reply", "reset", "http_500")
FEWEST = 10
"""Writes that there are at least."""


def everything(driver: Driver) -> None:
    """One of each kind of change."""
    a, b = driver.department("a", "A"), driver.department("b", "B")
    u, v, r = driver.member("u"), driver.member("v"), driver.role("r", "R")
    driver.do("department", Action.MOVE, "b", remote=b, relations=Relations(parent=a))
    for kind, key, remote in (("department", "a", a), ("role", "r", r)):
        driver.do(kind, Action.ADD, key, remote=remote, members=(u, v))
        driver.do(kind, Action.REMOVE, key, remote=remote, members=(v,))
    driver.do("department", Action.RELATE, "a", remote=a, relations=Relations(leaders=(u,)))
    driver.do("member", Action.UPDATE, "u", remote=u, fields={"title": "x"},
              relations=Relations(manager=v))  # fmt: skip
    driver.do("member", Action.DEACTIVATE, "u", remote=u, relations=Relations(active=False))
    driver.do("member", Action.DELETE, "v", remote=v, known={"uid": "v"})


@pytest.mark.parametrize("overlays", [(), ("memberof", "refint")], ids=["bare", "refint"])
@pytest.mark.parametrize("trouble", TROUBLES)
def test_every_write_may_go_wrong_once(trouble: Trouble, overlays: tuple[str, ...]):
    """Whichever write loses its answer or its connection, the result is that of a calm run."""
    with LdapDesk(overlays=overlays) as desk, Driver(desk) as driver:
        everything(driver)
        calm = desk.roster()
    for nth in count(0, 3 if overlays else 1):
        with LdapDesk(overlays=overlays) as desk, Driver(desk) as driver:
            desk.proxy.after = nth
            assert desk.trouble(trouble, 1)
            everything(driver)
            assert desk.roster() == calm, f"write {nth}"
            if desk.proxy.spoiled:  # there was no such write any more
                break
    assert nth > FEWEST


def test_a_creation_that_is_asked_for_again_is_found(desk: LdapDesk, driver: Driver):
    """With ``again`` what an earlier try made is acknowledged; there is one entry."""
    first = driver.member("u1", "Ann")
    fields = person("u1", "Ann")
    with Driver(desk) as later:
        assert later.do("member", Action.CREATE, "u1", fields=fields, again=True) == first
        assert isinstance(later.ask("member", Action.CREATE, "u1", fields=fields), ExistsFault)
    department = driver.department("d", "D")
    assert driver.department("d", "D", again=True) == department
    assert len(desk.roster().members) == 1


def test_somebody_elses_entry_of_that_name_is_not_taken(desk: LdapDesk, driver: Driver):
    """An entry without our mark is in the way, also when we ask again; it stays as it was."""
    desk.put_member(name="By hand", email="b@example.com", mobile="1")
    for again in (False, True):
        fault = driver.ask("member", Action.CREATE, "by-hand",
                           fields=person("by-hand", "Ours"), again=again)  # fmt: skip
        assert isinstance(fault, ExistsFault)
        assert fault.code == "68"
    assert [m.name for m in desk.roster().members] == ["By hand"]


def test_the_same_id_of_another_system_is_not_ours(desk: LdapDesk, driver: Driver):
    """Two systems that write to one directory do not take each other's entries for their own."""
    driver.member("u1", "Ann")
    entry = desk.entries("ou=people", "inetOrgPerson")[0]
    assert entry["labeledURI"] == ["orgledger:office/member/u1"]
    other = {"labeledURI": [("MODIFY_REPLACE", ["orgledger:elsewhere/member/u1"])]}
    assert desk.connection.modify(entry["dn"], other)
    assert set(driver.present("member")) == {None}


def test_lists_are_brought_to_what_is_wanted(desk: LdapDesk, driver: Driver):
    """A value that is there already, or gone already, does not stop the others of the change."""
    d, people = driver.department("d", "D"), [driver.member(f"u{n}") for n in range(3)]
    driver.do("department", Action.ADD, "d", remote=d, members=(people[0],))
    driver.do("department", Action.ADD, "d", remote=d, members=tuple(people))
    assert driver.present("department")["d"].members == frozenset(people)
    driver.do("department", Action.REMOVE, "d", remote=d, members=(people[0],))
    driver.do("department", Action.REMOVE, "d", remote=d, members=tuple(people[:2]))
    assert driver.present("department")["d"].members == frozenset(people[2:])


def test_what_is_gone_is_said_to_be_gone(desk: LdapDesk, driver: Driver):
    """A change of something that somebody removed is an AbsentFault; a missing person a warning."""
    u, v, d = driver.member("u"), driver.member("v"), driver.department("d", "D")
    desk.remove_member("u")
    fault = driver.ask("member", Action.UPDATE, "u", remote=u, fields={"title": "x"})
    assert isinstance(fault, AbsentFault)
    fault = driver.ask("member", Action.RELATE, "v", remote=v, relations=Relations(manager=u))
    assert isinstance(fault, AbsentFault)
    done = driver.ask("department", Action.ADD, "d", remote=d, members=(u, v))
    assert done.warning == "1 of the people are not in the directory any more"
    assert driver.present("department")["d"].members == frozenset({v})


def test_a_department_whose_group_somebody_removed_gets_it_back(desk: LdapDesk, driver: Driver):
    """A missing group, also that of an adopted department, is made when it is needed."""
    d, u = driver.department("d", "D"), driver.member("u")
    group = f"cn=d,ou=groups,{desk.slapd.base_dn}"
    assert desk.connection.delete(group)
    driver.do("department", Action.ADD, "d", remote=d, members=(u,), known={"description": "D"})
    assert driver.present("department")["d"].members == frozenset({u})
    assert desk.connection.delete(group)
    driver.do("department", Action.UPDATE, "d", remote=d, fields={"description": "D2"})
    [found] = desk.entries("ou=groups", "groupOfUniqueNames")
    assert found["description"] == ["D2"]
    assert [steps(dn)[0] for dn in found["uniqueMember"]] == [("cn", "nobody")]


def test_a_server_that_is_away_is_a_fault_until_it_is_back(desk: LdapDesk):
    """A change is tried a few times; after the last it is a fault, and the next one succeeds."""
    with Driver(desk, url=desk.slapd.url) as driver:
        remote = driver.member("u1", "Ann")
        desk.slapd.stop()
        began = time.monotonic()
        fault = driver.ask("member", Action.UPDATE, "u1", remote=remote, fields={"title": "x"})
        assert isinstance(fault, TransientFault)
        assert fault.code == "connect"
        assert time.monotonic() - began < 5
        desk.slapd.restart()
        driver.do("member", Action.UPDATE, "u1", remote=remote, fields={"title": "x"})
        assert driver.present("member")["u1"].fields["title"] == "x"


def test_nobody_listening_is_one_sentence(desk: LdapDesk):
    """An address where nothing is answers with a fault that says what to check."""
    with Driver(desk, url="ldap://127.0.0.1:1") as driver:
        fault: Any = driver.ask("member", Action.CREATE, "u", fields=person("u", "U"))
        with pytest.raises(TransientFault):
            driver.read()
    assert fault.code == "connect"
    assert str(fault) == (
        "LDAP sign-in to 127.0.0.1 (office) failed: the server cannot be reached."
        " Check url, and that the server runs and lets us through."
    )
