"""Reading a real slapd: ids, trees, gaps, hidden attributes, and what our own target wrote."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
from msgspec import UNSET

from adapters.ldap.settings import LdapSettings
from adapters.ldap.source import LdapSource
from domain.delivery.operation import Action, Change, Relations
from domain.errors import TerminalFault
from domain.observe import Observation
from domain.ports import Finding
from domain.records import DepartmentRecord, MemberRecord, Roster
from tests.adapters.dingtalk.source_desk import Ledger
from tests.adapters.ldap.driving import Driver, person
from tests.adapters.ldap.source_contract_desk import SlapdDesk, TreeDesk
from tests.adapters.ldap.source_layouts import BASE, Entries, identity, unit
from tests.adapters.ldap.target_desk import LdapDesk
from tests.delivery.people import COMPANY


def read(source: LdapSource) -> Observation:
    """One reading."""

    async def work() -> Observation:
        try:
            return await source.read(Ledger(), lambda what, done, total: None)
        finally:
            await source.close()

    return asyncio.run(work())


def checked(source: LdapSource) -> dict[str, Finding]:
    """What a check finds, by subject."""

    async def work() -> list[Finding]:
        try:
            return await source.check()
        finally:
            await source.close()

    return {finding.subject: finding for finding in asyncio.run(work())}


def by_id(records: Any) -> dict[str, Any]:
    return {record.id: record for record in records}


def human(key: str, place: str, **more: Any) -> Entries:
    """A person of the plainest kind."""
    entry = {
        "objectClass": ["inetOrgPerson"], "uid": [key], "cn": [key], "sn": [key],
        "entryUUID": str(identity("member", key)), **more,
    }  # fmt: skip
    return {f"uid={key},{place},{BASE}": entry}


class UnitsDesk(SlapdDesk):
    """A directory of another hand: people in units, and a group for a role."""

    login = "uid"
    profile = {"profile": "inetorgperson", "people": "ou=staff", "departments": "ou=staff"}
    attributes = {"email": "mail"}
    blind = {"without-lab": f'dn.base="ou=lab,ou=rd,ou=staff,{BASE}"'}


@pytest.fixture
def tree() -> Iterator[TreeDesk]:
    with TreeDesk() as desk:
        desk.put(COMPANY)
        yield desk


@pytest.fixture
def units() -> Iterator[UnitsDesk]:
    with UnitsDesk() as desk:
        desk.hold(
            {
                **unit("staff"),
                **unit("rd", f"ou=staff,{BASE}", "rd"),
                **unit("lab", f"ou=rd,ou=staff,{BASE}", "lab"),
                **unit("bench", f"ou=lab,ou=rd,ou=staff,{BASE}", "bench"),
                **human("chief", "ou=staff", mail=["chief@example.com"]),
                **human("ann", "ou=rd,ou=staff", manager=[f"uid=CHIEF, ou=Staff,{BASE}"]),
                **human("bob", "ou=lab,ou=rd,ou=staff"),
                **human("cyd", "ou=bench,ou=lab,ou=rd,ou=staff"),
            }
        )
        yield desk


def test_ids_are_what_the_directory_gives(tree: TreeDesk) -> None:
    """People, departments and roles are known by entryUUID, which no rename changes."""
    seen, truth = read(tree.source()), tree.truth()
    assert by_id(seen.members).keys() == by_id(truth.members).keys()
    assert by_id(seen.departments).keys() == by_id(truth.departments).keys()
    assert by_id(seen.roles).keys() == by_id(truth.roles).keys()
    assert not seen.gaps
    assert (seen.coverage.departments, seen.coverage.members, seen.coverage.roles) == (True,) * 3


def test_a_number_of_ones_own_is_a_further_id(units: UnitsDesk) -> None:
    """It tells who comes back under a new entry; one that several have tells nothing."""
    place = "ou=staff"
    units.hold(
        {
            **units.held,
            **human("dan", place, employeeNumber=["7"]),
            **human("eve", place, employeeNumber=["0"]),
            **human("fay", place, employeeNumber=["0"]),
        }
    )
    named = {"attributes": {"member": {"number": "employeeNumber"}}}
    keys = {m.name: m.keys for m in read(units.source(**named)).members}
    assert (keys["dan"], keys["eve"], keys["fay"]) == ({"number": "7"}, UNSET, UNSET)


def test_few_calls_whatever_the_size(tree: TreeDesk) -> None:
    """A small company takes some ten searches, not one for each entry."""
    few = read(tree.source()).calls
    more = tuple(
        MemberRecord(id=f"x{n}", name=f"X {n}", departments=("be",), email=f"x{n}@example.com")
        for n in range(400)
    )
    tree.put(Roster(departments=COMPANY.departments, members=(*COMPANY.members, *more)))
    assert read(tree.source()).calls - few <= 4
    assert few < 25


def test_people_lie_in_units(units: UnitsDesk) -> None:
    """The unit above is the department; the place itself is the organization."""
    seen = read(units.source())
    names = {d.id: d.name for d in seen.departments}
    parents = {d.name: names.get(d.parent_id or "") for d in seen.departments}
    assert parents == {"rd": None, "lab": "rd", "bench": "lab"}
    inside = {m.name: [names[d] for d in m.departments] for m in seen.members}
    assert inside == {"chief": [], "ann": ["rd"], "bob": ["lab"], "cyd": ["bench"]}
    found = by_id(seen.members)
    assert found[str(identity("member", "ann"))].manager == str(identity("member", "chief"))
    assert not seen.coverage.roles
    assert seen.roles == ()


def test_a_hidden_department_moves_nobody(units: UnitsDesk) -> None:
    """Who lies in it is left out with a gap, and is not put into the department above."""
    units.log_in("without-lab")
    seen = read(units.source())
    assert {m.name for m in seen.members} == {"chief", "ann", "cyd"}
    assert {d.name for d in seen.departments} == {"rd"}
    assert not seen.coverage.members
    assert not seen.coverage.departments
    [gap] = seen.gaps
    assert gap.what == f"departments ou=lab,ou=rd,ou=staff,{BASE}"


def test_a_size_limit_is_a_gap(tree: TreeDesk) -> None:
    """What came before the limit is taken, and nobody counts as gone."""
    more = tuple(MemberRecord(id=f"x{n}", name=f"X {n}", departments=("be",)) for n in range(100))
    tree.put(Roster(departments=COMPANY.departments, members=(*COMPANY.members, *more)))
    tree.log_in("limited")
    seen = read(tree.source())
    assert 0 < len(seen.members) <= 60
    assert seen.coverage.departments
    assert not seen.coverage.members
    assert any("size limit" in gap.why and "olcLimits" in gap.why for gap in seen.gaps)


def test_hidden_is_not_unused(tree: TreeDesk) -> None:
    """slapd tells an attribute that we may not read from one that nobody has."""
    bare = tuple(MemberRecord(id=m.id, name=m.name, departments=()) for m in COMPANY.members)
    tree.put(Roster(departments=COMPANY.departments, members=bare))
    seen = read(tree.source())
    assert seen.coverage.hidden == {}
    assert {m.email for m in seen.members} == {None}
    tree.log_in("no-email")
    seen = read(tree.source())
    assert seen.coverage.hidden == {"member": ("email",)}
    assert {m.email for m in seen.members} == {UNSET}
    assert {m.mobile for m in seen.members} == {None}


def test_groups_that_hide_their_members_leave_everybody_out(tree: TreeDesk) -> None:
    """Unknown departments are not "no departments"."""
    tree.log_in("members_of_groups")
    seen = read(tree.source())
    assert seen.members == ()
    assert not seen.coverage.members
    assert any("members" in gap.what and "bind_dn may not read" in gap.why for gap in seen.gaps)


def test_people_without_an_id_are_a_gap(tree: TreeDesk) -> None:
    """Nobody is known by anything else than their id."""
    tree.log_in("ids")
    seen = read(tree.source())
    assert seen.members == ()
    assert not seen.coverage.members
    assert any("no id" in gap.why for gap in seen.gaps)


def test_a_base_that_is_not_there_is_one_sentence(tree: TreeDesk) -> None:
    """Nothing is not an empty organization."""
    with pytest.raises(TerminalFault, match="there is no entry dc=nowhere"):
        read(tree.source(base_dn="dc=nowhere"))


def test_a_place_that_is_not_there_is_a_gap(tree: TreeDesk) -> None:
    """A wrong setting removes nobody, and puts nobody out of their departments."""
    seen = read(tree.source(departments="ou=typo"))
    assert seen.members == ()
    assert not seen.coverage.members
    assert not seen.coverage.departments
    assert any("ou=typo" in gap.why for gap in seen.gaps)


def test_groups_within_a_role_hold_it(units: UnitsDesk) -> None:
    """Membership counts through groups in groups, wherever they lie, and by login."""

    def group(name: str, **more: Any) -> Entries:
        return {f"cn={name},ou=roles,{BASE}": {"cn": [name], **more}}

    units.hold(
        {
            **units.held,
            **unit("roles"),
            **group("all", objectClass=["groupOfNames"], member=[f"cn=some,ou=roles,{BASE}"]),
            **group(
                "some",
                objectClass=["groupOfNames"],
                member=[f"uid=ann,ou=rd,ou=staff,{BASE}", f"cn=all,ou=roles,{BASE}"],
            ),
            **group("more", objectClass=["groupOfNames"], member=[f"cn=far,{BASE}"]),
            f"cn=far,{BASE}": {
                "objectClass": ["groupOfNames"],
                "cn": ["far"],
                "member": [f"uid=bob,ou=lab,ou=rd,ou=staff,{BASE}", f"cn=nobody,{BASE}"],
            },
            **group("unix", objectClass=["posixGroup"], gidNumber=[7], memberUid=["bob", "gone"]),
        }
    )
    held = {r.name: r.members for r in read(units.source(roles="ou=roles")).roles}
    ann, bob = (str(identity("member", key)) for key in ("ann", "bob"))
    assert held == {"all": (ann,), "some": (ann,), "more": (bob,), "unix": (bob,)}


def test_check_counts_and_names_what_is_hidden(tree: TreeDesk) -> None:
    """It says how many there are, and which attributes nobody shows, with the fix."""
    found = checked(tree.source())
    assert {f.level for f in found.values()} == {"ok"}
    assert found["people"].text.startswith(f"{len(COMPANY.members)} people")
    tree.log_in("no-email")
    found = checked(tree.source())
    assert [f.subject for f in found.values() if f.level != "ok"] == ["attribute mail"]
    assert "Let bind_dn read it" in found["attribute mail"].fix
    tree.calm()
    assert checked(tree.source(departments="ou=typo"))["departments"].level == "error"
    found = checked(tree.source(wrong=True))
    assert [(f.level, f.subject) for f in found.values()] == [("error", "credentials")]


def test_what_our_target_wrote_is_read_as_it_was() -> None:
    """Roster, target, directory, source: the same tree, in both profiles, leavers closed."""
    for profile in ("tree", "go-ldap-admin"):
        with LdapDesk() as desk, Driver(desk, profile=profile) as driver:
            ids = _write(driver)
            settings = {**desk.settings(), "profile": profile}
            seen = read(_source(settings))
        back = {remote: key for key, remote in ids.items()}
        assert not seen.gaps
        assert {
            (back[d.id], d.name, back.get(d.parent_id or ""), tuple(back[u] for u in d.leaders))
            for d in seen.departments
        } == {
            (f"d {d.id}", d.name, f"d {d.parent_id}" if d.parent_id else None,
             tuple(f"m {u}" for u in d.leaders or ()))
            for d in COMPANY.departments
        }  # fmt: skip
        assert {
            (back[m.id], m.name, frozenset(back[d] for d in m.departments), m.active, m.email,
             m.job_number, back.get(m.manager or ""))
            for m in seen.members
        } == {
            (f"m {m.id}", m.name, frozenset(f"d {d}" for d in m.departments), m.id != "u8",
             m.email, m.job_number, f"m {m.manager}" if m.manager else None)
            for m in COMPANY.members
        }  # fmt: skip
        assert {(r.name, frozenset(back[u] for u in r.members)) for r in seen.roles} == {
            (r.name, frozenset(f"m {u}" for u in r.members or ())) for r in COMPANY.roles
        }


def _source(settings: dict[str, Any]) -> LdapSource:
    return LdapSource("office", msgspec.convert(settings, LdapSettings))


def _write(driver: Driver) -> dict[str, str]:
    """Write the company, with one person's account closed; the target's ids by ours."""
    ids: dict[str, str] = {}
    can = driver.target.capabilities
    for d in COMPANY.departments:
        ids[f"d {d.id}"] = driver.department(d.id, d.name, ids.get(f"d {d.parent_id}"))
    for m in COMPANY.members:
        named = can.field("member", "givenName") is not None
        fields = {"mail": m.email, "employeeNumber": m.job_number, **(
            {"cn": m.id, "givenName": m.name} if named else {}
        )}  # fmt: skip
        ids[f"m {m.id}"] = driver.do(
            "member", Action.CREATE, m.id, relations=Relations(active=m.id != "u8"),
            fields={**person(m.id, m.name), **fields},
        )  # fmt: skip
    for m in COMPANY.members:
        if m.manager:
            driver.do(
                "member", Action.UPDATE, m.id, remote=ids[f"m {m.id}"],
                relations=Relations(manager=ids[f"m {m.manager}"]),
            )  # fmt: skip
    for d in COMPANY.departments:
        inside = tuple(ids[f"m {m.id}"] for m in COMPANY.members if d.id in m.departments)
        _add(driver, "department", d, ids[f"d {d.id}"], inside)
        leaders = tuple(ids[f"m {u}"] for u in d.leaders or ())
        driver.do(
            "department", Action.UPDATE, d.id, remote=ids[f"d {d.id}"],
            relations=Relations(leaders=leaders),
        )  # fmt: skip
    for r in COMPANY.roles:
        remote = driver.role(r.id, r.name)
        _add(driver, "role", r, remote, tuple(ids[f"m {u}"] for u in r.members or ()))
    return ids


def _add(driver: Driver, kind: Any, record: Any, remote: str, members: tuple[str, ...]) -> None:
    if members:
        change = Change(
            kind=kind, action=Action.ADD, uid=record.id, key=record.id, remote=remote,
            members=members,
        )  # fmt: skip
        [done] = driver.all([change])
        assert getattr(done, "remote", None) == remote, done


def test_departments_of_another_directory_have_no_leaders_made_up(units: UnitsDesk) -> None:
    """A unit can't say who leads it: that is unknown, not nobody."""
    records: tuple[DepartmentRecord, ...] = read(units.source()).departments
    assert {d.leaders for d in records} == {UNSET}
    assert not units.source().capabilities.leaders
