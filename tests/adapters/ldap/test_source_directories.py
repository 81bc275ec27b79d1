"""Directories of many kinds: found by looking, referring to others, with groups that are odd."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

import ldap3
import pytest

from adapters.ldap.accounts import Accounts
from adapters.ldap.capabilities import shape_of
from adapters.ldap.errors import sign_in_fault
from adapters.ldap.settings import LdapSettings
from adapters.ldap.source_mapping import unit_of
from adapters.ldap.wire import Entry, elsewhere, entry_of
from domain.errors import ConfigError, CredentialFault
from tests.adapters.ldap.source_contract_desk import SCHEMA, SlapdDesk, TreeDesk
from tests.adapters.ldap.source_layouts import BASE, Entries, identity, unit
from tests.adapters.ldap.test_source_reading import by_id, checked, human, read
from tests.delivery.people import COMPANY

MANAGE = ("2.16.840.1.113730.3.4.2", True, None)
"""ManageDsaIT (RFC 3296): a referral is an entry like any other."""


class PlainDesk(SlapdDesk):
    """A directory of another hand, of which nothing is said."""

    login = "uid"
    profile: ClassVar[dict[str, Any]] = {}
    attributes: ClassVar[dict[str, str]] = {"email": "mail"}
    blind: ClassVar[dict[str, str]] = {
        "one_group": f'dn.base="cn=inner,ou=groups,{BASE}" attrs=member',
    }


class FlatDesk(PlainDesk):
    """One that calls itself lldap."""

    root = ("vendorName: LLDAP",)


class ControllerDesk(PlainDesk):
    """One that calls itself a domain controller, with a clock of an hour ago."""

    schemas = (SCHEMA,)
    root = (
        "supportedCapabilities: 1.2.840.113556.1.4.800",
        f"currentTime: {datetime.now(UTC) - timedelta(hours=1):%Y%m%d%H%M%S}.0Z",
    )


def group(name: str, *members: str, **more: Any) -> Entries:
    """A groupOfNames; members are DNs below the base."""
    entry = {
        "objectClass": ["groupOfNames"], "cn": [name],
        "member": [f"{member},{BASE}" for member in members],
        "entryUUID": str(identity("department", name)), **more,
    }  # fmt: skip
    return {f"cn={name},ou=groups,{BASE}": entry}


@pytest.fixture
def plain() -> Iterator[PlainDesk]:
    with PlainDesk() as desk:
        desk.hold(
            {
                **unit("staff"),
                **unit("rd", f"ou=staff,{BASE}"),
                **unit("groups"),
                **human("ann", "ou=rd,ou=staff"),
                **human("bob", "ou=staff"),
                **group("inner", "uid=ann,ou=rd,ou=staff", "cn=outer,ou=groups"),
                **group("outer", "cn=inner,ou=groups", "uid=bob,ou=staff", "cn=nobody"),
            }
        )
        yield desk


GROUPS = {"tree": "groups", "departments": "ou=groups"}


def test_a_directory_of_which_nothing_is_said(plain: PlainDesk) -> None:
    """Without a profile its units are departments, and the check says how it was taken."""
    seen = read(plain.source())
    assert {d.name for d in seen.departments} == {"staff", "rd", "groups"}
    assert len(seen.members) == 2
    assert not seen.gaps
    found = checked(plain.source())
    assert 'profile = "inetorgperson", tree = "ou"' in found["profile"].text
    assert "Set both" in found["profile"].fix
    assert "It is read with" in checked(plain.source(profile="inetorgperson"))["profile"].text


def test_our_own_tree_is_found() -> None:
    """What our target wrote is read as that, with nothing in the settings."""
    with TreeDesk() as desk:
        desk.put(COMPANY)
        seen, told = read(desk.source()), read(desk.source(profile="tree"))
        assert by_id(seen.departments) == by_id(told.departments)
        assert 'profile = "tree"' in checked(desk.source())["profile"].text


def test_a_target_of_which_nothing_is_said_is_our_own_tree() -> None:
    """Without a profile it is written as ``tree``, with all that this asks of the places."""
    given = {"url": "ldap://h", "bind_dn": "cn=a", "bind_password": "p", "base_dn": "dc=x"}
    assert shape_of(LdapSettings(**given)) == shape_of(LdapSettings(**given, profile="tree"))
    with pytest.raises(ConfigError, match="groups and roles must be different places"):
        shape_of(LdapSettings(**given, roles="OU=Groups"))


def test_lldap_has_groups_only() -> None:
    """Where the server is lldap, groups are the departments."""
    with FlatDesk() as desk:
        desk.hold({**unit("people"), **unit("groups"), **human("ann", "ou=people"),
                   **group("crew", "uid=ann,ou=people")})  # fmt: skip
        seen = read(desk.source())
    assert [d.name for d in seen.departments] == ["crew"]
    assert [m.departments for m in seen.members] == [(str(identity("department", "crew")),)]


def test_a_domain_controller_says_what_it_is() -> None:
    """Its rootDSE names Active Directory, and tells its clock."""
    with ControllerDesk() as desk:
        desk.hold({**unit("Staff"), **unit("Groups"), **unit("Roles")})
        found = checked(desk.source())
    assert 'profile = "active-directory"' in found["profile"].text
    assert found["clock"].level == "warning"
    ahead = re.search(r"(\d+) s ahead of the directory's", found["clock"].text)
    assert ahead is not None
    assert int(ahead[1]) >= 3600  # what it says stands still, and ours goes on


def test_groups_in_a_circle(plain: PlainDesk) -> None:
    """Groups that are members of each other are departments all the same, one at the top."""
    seen = read(plain.source(**GROUPS))
    inner, outer = (str(identity("department", name)) for name in ("inner", "outer"))
    parents = {d.id: d.parent_id for d in seen.departments}
    assert sorted(parents, key=lambda d: parents[d] or "") == sorted(
        parents, key=lambda d: d != min(inner, outer)
    )
    assert parents[min(inner, outer)] is None
    assert parents[max(inner, outer)] == min(inner, outer)
    assert {m.name: m.departments for m in seen.members} == {"ann": (inner,), "bob": (outer,)}


def test_one_group_that_hides_its_members(plain: PlainDesk) -> None:
    """Others show theirs, but nobody's departments can be told."""
    plain.log_in("one_group")
    seen = read(plain.source(**GROUPS))
    assert seen.members == ()
    assert not seen.coverage.members
    assert any("1 groups do not show their members" in gap.why for gap in seen.gaps)
    assert seen.departments == ()
    assert not seen.coverage.departments


def test_groups_that_come_in_part(plain: PlainDesk) -> None:
    """Behind a size limit a group may be below one that did not come: none is moved to the top."""
    more: Entries = {}
    for n in range(70):
        more |= group(f"g{n}", f"cn=g{n + 1},ou=groups")
    plain.hold({**plain.held, **more})
    plain.log_in("limited")
    seen = read(plain.source(**GROUPS))
    assert seen.departments == ()
    assert not seen.coverage.departments
    assert any("size limit" in gap.why for gap in seen.gaps)


def test_a_group_may_be_empty(plain: PlainDesk) -> None:
    """Servers other than slapd have empty groups; asked for such, they find them."""
    folder = plain.slapd._folder
    assert folder is not None
    for name in ("inner", "outer"):
        plain.done(plain.admin.delete(f"cn={name},ou=groups,{BASE}"))
    plain.admin.unbind()
    plain.slapd.stop()
    text = f"dn: cn=empty,ou=groups,{BASE}\nobjectClass: groupOfNames\ncn: empty\n"
    (folder / "empty.ldif").write_text(text)
    subprocess.run(  # -s: without a look at the schema
        ["/usr/sbin/slapadd", "-s", "-f", "slapd.conf", "-l", "empty.ldif"],
        cwd=folder, check=True, capture_output=True, timeout=20,
    )  # fmt: skip
    plain.slapd.restart()
    plain.admin = plain.slapd.connection()
    seen = read(plain.source(**GROUPS))
    assert [d.name for d in seen.departments] == ["empty"]
    assert {m.departments for m in seen.members} == {()}
    assert not seen.gaps


def test_lldap_shows_an_attribute_without_a_value() -> None:
    """A group that shows ``member`` with nothing in it has nobody, and hides nothing."""
    raw = {"objectClass": [b"groupOfUniqueNames"], "cn": [b"g"], "uniqueMember": []}
    names = {"name": ("cn",), "members": ("member", "uniqueMember")}
    shown = entry_of({"dn": "cn=g", "raw_attributes": raw})
    assert not unit_of(shown, names).open
    del raw["uniqueMember"]
    assert unit_of(entry_of({"dn": "cn=g", "raw_attributes": raw}), names).open


def test_a_part_on_another_server_is_a_gap(plain: PlainDesk) -> None:
    """Nobody there counts as gone; the gap names the server, the check says what to do."""
    classes = ["referral", "extensibleObject"]
    ref = {"ou": "asia", "ref": "ldap://asia.example.com/ou=asia,dc=example,dc=test"}
    plain.done(plain.admin.add(f"ou=asia,{BASE}", classes, ref, controls=[MANAGE]))
    seen = read(plain.source())
    assert len(seen.members) == 2
    assert not seen.coverage.members
    assert not seen.coverage.departments
    assert all("is on asia.example.com, which was not asked" in gap.why for gap in seen.gaps)
    found = checked(plain.source())
    assert found["people elsewhere"].level == "warning"
    assert read(plain.source(people="ou=staff", departments="ou=staff")).coverage.members


def test_what_a_domain_refers_to_is_not_missed() -> None:
    """Configuration and DNS of a domain hold nobody; a child domain does."""
    child = "ldap://child.corp.example.com/DC=child,DC=corp,DC=example,DC=com"
    own = [
        "ldap://ForestDnsZones.corp.example.com/DC=ForestDnsZones,DC=corp,DC=example,DC=com",
        "ldap://DomainDnsZones.corp.example.com/DC=DomainDnsZones,DC=corp,DC=example,DC=com",
        "ldap://corp.example.com/CN=Configuration,DC=corp,DC=example,DC=com",
    ]
    assert elsewhere([*own, child]) == {child}


def test_renamed_and_moved_is_the_same(plain: PlainDesk) -> None:
    """A modrdn of a person, and of a unit with people in it, changes names and places only."""
    before = read(plain.source())
    moves = [
        (f"uid=bob,ou=staff,{BASE}", "uid=robert", f"ou=rd,ou=staff,{BASE}"),
        (f"ou=rd,ou=staff,{BASE}", "ou=R\\2CD", BASE),
    ]
    for dn, name, above in moves:
        plain.done(plain.admin.modify_dn(dn, name, new_superior=above))
    after = read(plain.source())
    assert by_id(after.members).keys() == by_id(before.members).keys()
    assert by_id(after.departments).keys() == by_id(before.departments).keys()
    unit_id = str(identity("department", f"ou=rd,ou=staff,{BASE}"))
    moved = by_id(after.departments)[unit_id]
    assert (moved.name, moved.parent_id) == ("R,D", None)
    assert {m.departments for m in after.members} == {(unit_id,)}


def test_an_alias_is_not_followed(plain: PlainDesk) -> None:
    """Nobody is read twice, or from outside of the place that was named."""
    alias = {"ou": "again", "aliasedObjectName": f"ou=staff,{BASE}"}
    classes = ["alias", "extensibleObject"]
    plain.done(plain.admin.add(f"ou=again,ou=groups,{BASE}", classes, alias))
    assert read(plain.source(people="ou=groups")).members == ()


def test_values_of_every_kind(plain: PlainDesk) -> None:
    """Of several mails the first counts; a photo is no text, a boss from elsewhere is nobody."""
    dn = f"uid=bob,ou=staff,{BASE}"
    values = {
        "mail": ["b@example.com", "a@example.com"], "jpegPhoto": [b"\xff\xd8\xff"],
        "manager": ["cn=boss,dc=elsewhere"], "cn": ["bob", "Robert"], "displayName": ["鲍勃 😀"],
    }  # fmt: skip
    changes = {name: [(ldap3.MODIFY_REPLACE, given)] for name, given in values.items()}
    plain.done(plain.admin.modify(dn, changes))
    told = {"attributes": {"member": {"avatar": "jpegPhoto"}}}
    found = {m.name: m for m in read(plain.source(**told)).members}["鲍勃 😀"]
    assert (found.email, found.avatar, found.manager) == ("b@example.com", None, None)
    named = {"attributes": {"member": {"name": "jpegPhoto || uid"}}}
    assert {m.name for m in read(plain.source(**named)).members} == {"ann", "bob"}


def test_departments_by_another_id() -> None:
    """In our own tree a unit's id may be any attribute, which its group need not have."""
    with TreeDesk() as desk:
        desk.put(COMPANY)
        seen = read(desk.source(attributes={"department": {"id": "ou"}}))
    assert {d.id for d in seen.departments} == {d.id for d in COMPANY.departments}
    assert not seen.gaps


def test_a_size_limit_is_seen_by_the_check() -> None:
    """It says after how many entries the server stopped, and which setting raises the limit."""
    with TreeDesk() as desk:
        desk.put(COMPANY)
        people = {dn: entry for n in range(80) for dn, entry in human(f"x{n}", "ou=people").items()}
        desk.hold({**desk.held, **people})
        desk.log_in("limited")
        found = checked(desk.source())
    assert "olcLimits" in found["people"].fix
    assert "60 people came" in found["people"].text


@pytest.mark.parametrize(
    ("code", "message", "words"),
    [
        (
            49,
            "80090308: LdapErr: DSID-0C09, AcceptSecurityContext error, data 52e, v4f7c",
            "accept",
        ),
        (
            49,
            "80090308: LdapErr: DSID-0C09, AcceptSecurityContext error, data 533, v4f7c",
            "disabl",
        ),
        (
            49,
            "80090308: LdapErr: DSID-0C09, AcceptSecurityContext error, data 773, v4f7c",
            "change",
        ),
        (53, "Account inactivated. Contact system administrator.", "locked"),
        (19, "Exceed password retry limit. Please try later.", "locked"),
        (32, "", "no such account"),
        (
            8,
            "00002028: LdapErr: The server requires binds to turn on integrity checking",
            "encrypt",
        ),
    ],
)
def test_why_a_sign_in_was_refused(code: int, message: str, words: str) -> None:
    """Each server's own way of saying it becomes a reason and a next step."""
    fault = sign_in_fault("LDAP sign-in", {"result": code, "message": message})
    assert isinstance(fault, CredentialFault)
    assert words in fault.why
    assert fault.fix


def test_accounts_of_389_directory_server() -> None:
    """``nsAccountLock: true`` closes an account, in any case of letters."""
    settings = LdapSettings(
        url="ldap://h", bind_dn="cn=a", bind_password="p", base_dn="dc=x", disabled="nsAccountLock"
    )
    accounts = Accounts(settings)

    def active(*values: bytes) -> bool:
        return accounts.is_active(Entry(dn="uid=u", uuid="u", values={"nsaccountlock": [*values]}))

    assert (active(), active(b"false"), active(b"true"), active(b"TRUE")) == (
        True, True, False, False,
    )  # fmt: skip
    assert accounts.attributes == ("nsAccountLock",)
    assert accounts.change(active=False) == [(ldap3.MODIFY_REPLACE, "nsAccountLock", [b"true"])]
    assert accounts.change(active=True) == [(ldap3.MODIFY_REPLACE, "nsAccountLock", [])]
