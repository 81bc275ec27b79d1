"""What is written arrives, and comes back from a reading as it was fitted."""

from __future__ import annotations

from typing import Any

import pytest

from domain.delivery.operation import Action, Change, Relations
from domain.records import Roster
from tests.adapters.ldap.driving import Driver, person
from tests.adapters.ldap.target_desk import LdapDesk, steps

STRANGE = [
    "李娜",
    "張偉 😀👨‍👩‍👧",
    "Smith, John",
    'a+b"c\\d<e>f;g=h#i',
    "#first",
    " blanks ",
    "  ",
    "*(filter)*",
    "café",
    "研发,技术\\",
    "x\\2Cy",
]


def by_id(roster: Roster, kind: str) -> dict[str, Any]:
    return {record.id: record for record in getattr(roster, kind)}


@pytest.mark.parametrize("text", [t for t in STRANGE if t.strip()])
def test_any_text_can_be_an_id_and_a_name(desk: LdapDesk, driver: Driver, text: str):
    """Escaping: what is special in a DN or a filter is an ordinary character of an id or a name."""
    department = driver.department(text, text)
    below = driver.department("below", "below", department)
    member = driver.member(text, text, title=text)
    role = driver.role(text, text)
    for kind, remote in (("department", department), ("role", role)):
        driver.do(kind, Action.ADD, text, remote=remote, members=(member,))
    driver.do("department", Action.RELATE, text, remote=department,
              relations=Relations(leaders=(member,)))  # fmt: skip
    driver.do("member", Action.RELATE, text, remote=member, relations=Relations(manager=member))

    seen = desk.roster()

    assert by_id(seen, "departments")[text].name == text
    assert by_id(seen, "departments")[text].leaders == (text,)
    assert by_id(seen, "departments")["below"].parent_id == text
    assert by_id(seen, "members")[text].departments == (text,)
    assert by_id(seen, "members")[text].manager == text
    assert by_id(seen, "roles")[text].members == (text,)
    present = driver.present("member")[text]
    assert present.fields["uid"] == present.fields["cn"] == present.fields["title"] == text
    assert driver.present("department")["below"].relations.parent == department
    assert driver.present("department")[text].members == frozenset({member})
    assert below != department


def test_reading_back_gives_what_fit_gave(driver: Driver):
    """Every field that was written equals what is read; an empty one is None in both."""
    fields = person("u1", "李娜", mail="li@example.com", mobile="+86 138-0000", title=None,
                    employeeNumber=7, departmentNumber=["d2", "d1", "D1"],
                    roomnumber="4", carLicense=["b", "a"])  # fmt: skip
    fitted = driver.target.fit("member", fields).fields
    remote = driver.do("member", Action.CREATE, "u1", fields=fields,
                       relations=Relations(active=True))  # fmt: skip

    found = driver.present("member")["u1"]

    assert found.remote == remote
    assert {name: found.fields.get(name) for name in fitted} == fitted
    assert fitted["departmentNumber"] == ["D1", "d2"]
    assert fitted["carlicense"] == ["a", "b"]
    assert found.fields["title"] is None


def test_a_rename_keeps_the_id_and_is_one_write(desk: LdapDesk, driver: Driver):
    """A person's new name is a plain modify of the same entry; None empties a field."""
    remote = driver.member("u1", "Ann", title="Boss")
    before = desk.writes()

    driver.do("member", Action.UPDATE, "u1", remote=remote,
              fields={"cn": "Anna", "displayName": "Anna", "title": None})  # fmt: skip

    assert desk.writes() == before + 1
    found = driver.present("member")["u1"]
    assert (found.remote, found.fields["cn"], found.fields["title"]) == (remote, "Anna", None)


def test_a_department_moves_with_everything_below_it(desk: LdapDesk, driver: Driver):
    """A move is one modrdn; ids below stay, and writes go to the new place afterwards."""
    a, b = driver.department("a", "A"), driver.department("b", "B")
    c = driver.department("c", "C", a)
    d = driver.department("d", "D", c)
    before = desk.writes()

    driver.do("department", Action.MOVE, "c", remote=c, relations=Relations(parent=b),
              fields={"description": "C2"})  # fmt: skip
    moved = desk.writes() - before
    driver.do("department", Action.UPDATE, "d", remote=d, fields={"description": "D2"})
    driver.department("e", "E", d)

    seen = by_id(desk.roster(), "departments")
    assert moved == 3  # the name here and in the group, and the place
    assert {k: (v.name, v.parent_id) for k, v in seen.items()} == {
        "a": ("A", None), "b": ("B", None), "c": ("C2", "b"), "d": ("D2", "c"), "e": ("E", "d"),
    }  # fmt: skip
    assert driver.present("department")["d"].remote == d
    driver.do("department", Action.MOVE, "c", remote=c, relations=Relations(parent=None))
    assert by_id(desk.roster(), "departments")["c"].parent_id is None


def test_names_known_before_somebody_elses_move_are_looked_up_again(desk: LdapDesk, driver: Driver):
    """A DN that is out of date is not taken for an entry that is gone."""
    a, b = driver.department("a", "A"), driver.department("b", "B")
    base = desk.slapd.base_dn
    assert desk.connection.modify_dn(
        f"ou=b,ou=departments,{base}", "ou=b", new_superior=f"ou=a,ou=departments,{base}"
    )

    driver.do("department", Action.UPDATE, "b", remote=b, fields={"description": "B2"})
    driver.department("c", "C", b)

    seen = by_id(desk.roster(), "departments")
    assert (seen["b"].name, seen["b"].parent_id, seen["c"].parent_id) == ("B2", "a", "b")
    assert a != b


def test_a_second_target_knows_only_what_the_log_knows(desk: LdapDesk, driver: Driver):
    """A run without a reading finds its entries by their ids."""
    department, member = driver.department("d", "D"), driver.member("u", "U")
    with Driver(desk) as later:
        later.do("department", Action.ADD, "d", remote=department, members=(member,))
        later.do("member", Action.UPDATE, "u", remote=member, fields={"title": "x"})
        later.do("department", Action.RELATE, "d", remote=department,
                 relations=Relations(leaders=(member,)))  # fmt: skip
    found = by_id(desk.roster(), "members")["u"]
    assert (found.departments, found.title) == (("d",), "x")


def test_hundreds_of_members_in_one_list(desk: LdapDesk, driver: Driver):
    """Lists longer than a page, a filter or a chunk arrive whole, and are emptied again."""
    department = driver.department("d", "D")
    changes = [
        Change(kind="member", action=Action.CREATE, uid=f"{n}", key=f"u{n}", remote=None,
               fields=person(f"u{n}", f"人{n}"), relations=Relations(active=True))
        for n in range(601)
    ]  # fmt: skip
    people = [done.remote for done in driver.all(changes)]
    with Driver(desk) as later:  # every DN has to be looked up
        for start in range(0, 601, 200):
            members = tuple(people[start : start + 200])
            later.do("department", Action.ADD, "d", remote=department, members=members)
    assert driver.present("department")["d"].members == frozenset(people)
    driver.do("department", Action.REMOVE, "d", remote=department, members=tuple(people[1:]))
    assert driver.present("department")["d"].members == frozenset(people[:1])
    driver.do("department", Action.REMOVE, "d", remote=department, members=tuple(people[:1]))
    assert driver.present("department")["d"].members == frozenset()


def test_the_placeholder_is_never_taken_out(desk: LdapDesk, driver: Driver):
    """A group without members keeps its placeholder, which is nobody's member."""
    role, member = driver.role("r", "R"), driver.member("u")
    for _ in range(2):
        driver.do("role", Action.ADD, "r", remote=role, members=(member,))
        driver.do("role", Action.REMOVE, "r", remote=role, members=(member,))
    group = desk.entries("ou=roles", "groupOfUniqueNames")[0]
    assert [steps(dn)[0] for dn in group["uniqueMember"]] == [("cn", "nobody")]
    assert driver.present("role")["r"].members == frozenset()


def test_member_of_follows(desk: LdapDesk, driver: Driver):
    """On a server with the overlay, memberOf names the department's group."""
    department, member = driver.department("d", "D"), driver.member("u")
    driver.do("department", Action.ADD, "d", remote=department, members=(member,))
    [dn] = desk.member("u")["memberOf"]
    assert steps(dn)[:2] == (("cn", "d"), ("ou", "groups"))


def test_deletion(desk: LdapDesk, driver: Driver):
    """What is deleted is gone, its group too; deleting it once more is no trouble."""
    department, member, role = (
        driver.department("d", "D"),
        driver.member("u"),
        driver.role("r", "R"),
    )
    for kind, key, remote in (
        ("member", "u", member), ("role", "r", role), ("department", "d", department),
    ) * 2:  # fmt: skip
        driver.do(kind, Action.DELETE, key, remote=remote, known={"ou": "d", "uid": "u"})
    assert desk.roster() == Roster()
    assert desk.entries("ou=groups", "groupOfUniqueNames") == []


def test_the_places_are_made_where_they_are_wanted(desk: LdapDesk):
    """Places can be anywhere below the base, several levels down."""
    with Driver(desk, people="ou=staff,ou=everybody", roles="ou=duties") as driver:
        driver.member("u1", "Ann")
        assert driver.present("member")["u1"].fields["cn"] == "Ann"
    assert [e["uid"] for e in desk.entries("ou=staff,ou=everybody", "inetOrgPerson")] == [["u1"]]
