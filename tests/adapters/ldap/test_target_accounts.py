"""Closing accounts, and references that follow: with and without the server's help."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from domain.delivery.operation import Action, Relations
from domain.errors import TerminalFault
from tests.adapters.ldap.driving import Driver, person
from tests.adapters.ldap.target_desk import LdapDesk, steps

CLOSED, OPEN = Relations(active=False), Relations(active=True)


def soon(true: Callable[[], bool]) -> bool:
    """Whether something comes true within two seconds (refint works a moment later)."""
    end = time.monotonic() + 2
    while not true() and time.monotonic() < end:
        time.sleep(0.02)
    return true()


def close_and_open(driver: Driver, key: str, remote: str) -> None:
    """An account is closed and opened, each twice; a reading sees it every time."""
    for action, relations in ((Action.DEACTIVATE, CLOSED), (Action.REACTIVATE, OPEN)) * 2:
        for again in (False, True):
            driver.do("member", action, key, remote=remote, relations=relations, again=again)
        found = driver.present("member")[key]
        assert found.relations.active is relations.active
        assert found.remote == remote


@pytest.mark.parametrize("way", ["ou", "shadowExpire", "pwdAccountLockedTime"])
def test_an_account_is_closed_and_opened(way: str):
    """Each way of closing is written, seen in a reading, and taken back; the id stays."""
    with LdapDesk(overlays=("ppolicy",)) as desk, Driver(desk, disabled=way) as driver:
        close_and_open(driver, "u1", driver.member("u1", "Ann"))
        driver.member("u2", "Bob", active=False)
        assert driver.present("member")["u2"].relations.active is False
        assert driver.present("member")["u1"].relations.active is True


def test_an_account_of_another_hand_gets_the_class_that_closing_needs(desk: LdapDesk):
    """An adopted account without shadowAccount can be closed by shadowExpire."""
    remote = desk.put_member(name="By hand", email="b@example.com", mobile="1")
    with Driver(desk, disabled="shadowExpire") as driver:
        driver.do("member", Action.DEACTIVATE, "b", remote=remote, relations=CLOSED)
        [entry] = desk.entries("ou=people", "inetOrgPerson")
        assert entry["shadowExpire"] == ["1"]
        assert "shadowAccount" in entry["objectClass"]


def test_without_a_way_accounts_are_not_closed(desk: LdapDesk):
    """``disabled = "none"`` is a capability that is missing, which the plan knows."""
    with Driver(desk, disabled="none") as driver:
        assert not driver.target.capabilities.deactivates


def test_locking_without_the_overlay_says_what_to_load(desk: LdapDesk):
    """pwdAccountLockedTime needs ppolicy: check says so before, the refusal says so after."""
    with Driver(desk, disabled="pwdAccountLockedTime") as driver:
        remote = driver.member("u1")
        fault = driver.ask("member", Action.DEACTIVATE, "u1", remote=remote, relations=CLOSED)
        assert isinstance(fault, TerminalFault)
        assert fault.code == "17"
        assert "pwdAccountLockedTime" in fault.why
        [finding] = [f for f in driver.check() if f.level == "error"]
        assert (finding.subject, "ppolicy" in finding.fix) == ("schema", True)


@pytest.mark.parametrize("overlays", [(), ("memberof", "refint")], ids=["bare", "refint"])
def test_lists_follow_a_person(overlays: tuple[str, ...]):
    """Who is moved keeps groups, leadership and reports, in foreign groups too; who is deleted
    is in no list any more, and a group never becomes empty."""
    with LdapDesk(overlays=overlays) as desk, Driver(desk) as driver:
        d, u, v = driver.department("d", "D"), driver.member("u, +"), driver.member("v")
        driver.do("department", Action.ADD, "d", remote=d, members=(u,))
        driver.do("department", Action.RELATE, "d", remote=d, relations=Relations(leaders=(u,)))
        driver.do("member", Action.RELATE, "v", remote=v, relations=Relations(manager=u))
        base = desk.slapd.base_dn
        assert desk.connection.add(f"cn=theirs,{base}", ["groupOfUniqueNames"],
                                   {"uniqueMember": desk.member("u, +")["dn"]})  # fmt: skip

        driver.do("member", Action.DEACTIVATE, "u, +", remote=u, relations=CLOSED)

        def place() -> tuple[object, ...]:
            found = driver.read().present
            [department] = found["department"]
            [reports] = [p for p in found["member"] if p.remote == v]
            [theirs] = desk.entries(f"cn=theirs,{base}".rpartition(f",{base}")[0],
                                    "groupOfUniqueNames")  # fmt: skip
            return (department.members, department.relations.leaders, reports.relations.manager,
                    steps(theirs["uniqueMember"][0])[:2])  # fmt: skip

        there = (("uid", "u, +"), ("ou", "leavers"))
        assert soon(lambda: place() == (frozenset({u}), (u,), u, there)), place()

        driver.do("member", Action.DELETE, "u, +", remote=u, known={"uid": "u, +"})

        nobody = (("cn", "nobody"), ("dc", "example"))
        assert soon(lambda: place()[:3] == (frozenset(), (), None)), place()
        if not overlays:
            assert place()[3] == nobody


def test_what_is_not_ours_stays(desk: LdapDesk, driver: Driver):
    """Foreign members, owners, attributes and entries survive everything that we do."""
    theirs = desk.put_member(name="By hand", email="b@example.com", mobile="1")
    dn = next(e["dn"] for e in desk.entries("ou=people", "inetOrgPerson"))
    d, r, u, v = (driver.department("d", "D"), driver.role("r", "R"),
                  driver.member("u"), driver.member("v"))  # fmt: skip
    base = desk.slapd.base_dn
    add = "MODIFY_ADD"
    for group in (f"cn=d,ou=groups,{base}", f"cn=r,ou=roles,{base}"):
        assert desk.connection.modify(group, {"uniqueMember": [(add, [dn])], "owner": [(add, [dn])],
                                              "seeAlso": [(add, [dn])]})  # fmt: skip
    assert desk.connection.modify(desk.member("u")["dn"], {"roomNumber": [(add, ["12"])]})

    for kind, key, remote in (("department", "d", d), ("role", "r", r)):
        driver.do(kind, Action.ADD, key, remote=remote, members=(u, v))
        driver.do(kind, Action.REMOVE, key, remote=remote, members=(u, v))
    for had, now in (((), (u,)), ((u,), (u, v)), ((u, v), (v,)), ((v,), ())):
        driver.do("department", Action.RELATE, "d", remote=d, relations=Relations(leaders=now),
                  had=Relations(leaders=had))  # fmt: skip
        assert set(driver.present("department")["d"].relations.leaders) == {theirs, *now}
    driver.do("member", Action.UPDATE, "u", remote=u, fields=person("u", "New"))

    assert driver.present("department")["d"].members == frozenset({theirs})
    assert driver.present("role")["r"].members == frozenset({theirs})
    assert desk.member("u")["roomNumber"] == ["12"]
    for place in ("ou=groups", "ou=roles"):
        [group] = desk.entries(place, "groupOfUniqueNames")
        assert group["seeAlso"] == [dn]
    assert [p.remote for p in driver.read().present["member"] if p.key is None] == [theirs]


def test_a_department_with_something_foreign_below_it_is_not_deleted(
    desk: LdapDesk, driver: Driver
):
    """Somebody's entry below a department makes the deletion a refusal; its group stays too."""
    d = driver.department("d", "D")
    below = f"ou=theirs,ou=d,ou=departments,{desk.slapd.base_dn}"
    assert desk.connection.add(below, ["organizationalUnit"], {"ou": "theirs"})
    fault = driver.ask("department", Action.DELETE, "d", remote=d)
    assert (type(fault), fault.code) == (TerminalFault, "66")
    assert len(desk.entries("ou=groups", "groupOfUniqueNames")) == 1


def test_an_adopted_person_named_by_cn_is_renamed_in_place(desk: LdapDesk, driver: Driver):
    """An entry whose name is its cn keeps its id and its groups when the cn changes."""
    driver.member("u")
    base = desk.slapd.base_dn
    assert desk.connection.add(f"cn=Old Name,ou=people,{base}", ["inetOrgPerson"],
                               {"sn": "x", "uid": ["a", "b"]})  # fmt: skip
    remote = next(p.remote for p in driver.read().present["member"] if p.key is None)
    r = driver.role("r", "R")
    driver.do("role", Action.ADD, "r", remote=r, members=(remote,))

    driver.do("member", Action.UPDATE, "x", remote=remote, fields={"cn": "New, Name", "sn": "y"})

    assert soon(lambda: driver.present("role")["r"].members == frozenset({remote}))
    found = next(p for p in driver.read().present["member"] if p.remote == remote)
    assert (found.fields["cn"], found.fields["sn"]) == ("New, Name", "y")


def test_a_role_named_by_its_name_is_renamed_in_place(desk: LdapDesk, driver: Driver):
    """Where cn is mapped to the name, a rename is a modrdn: same entry, same members."""
    r, u = driver.role("r", "R"), driver.member("u")
    driver.do("role", Action.ADD, "r", remote=r, members=(u,))
    for name in ("保安", "guards", "Guards"):
        driver.do("role", Action.UPDATE, "r", remote=r, fields={"cn": name})
        found = driver.present("role")["r"]
        assert (found.remote, found.fields["cn"], found.members) == (r, name, frozenset({u}))


def test_the_last_member_of_a_group_of_another_hand_can_go(desk: LdapDesk, driver: Driver):
    """A group without our placeholder gets it when its last member is taken out."""
    u = driver.member("u")
    group = f"cn=theirs,ou=roles,{desk.slapd.base_dn}"
    members = {"uniqueMember": desk.member("u")["dn"]}
    assert desk.connection.add(group, ["groupOfUniqueNames"], members)
    [remote] = [p.remote for p in driver.read().present["role"]]
    driver.do("role", Action.REMOVE, "r", remote=remote, members=(u,))
    [found] = desk.entries("ou=roles", "groupOfUniqueNames")
    assert [steps(dn)[0] for dn in found["uniqueMember"]] == [("cn", "nobody")]


def test_of_several_logins_the_one_in_the_name_counts(desk: LdapDesk, driver: Driver):
    """A second uid that somebody added is no drift of the login."""
    driver.member("u", "Ann")
    change = {"uid": [("MODIFY_ADD", ["alias"])]}
    assert desk.connection.modify(desk.member("u")["dn"], change)
    assert driver.present("member")["u"].fields["uid"] == "u"
