"""Active Directory's ways, on a slapd with its attributes, and by values where slapd can't."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import UNSET

from adapters.ldap import errors
from adapters.ldap.capabilities import shape_of
from adapters.ldap.settings import LdapSettings
from adapters.ldap.source_mapping import Reader
from adapters.ldap.source_profiles import profile_of
from adapters.ldap.wire import Entry, entry_of, guid_text, parts
from domain.errors import ConfigError
from tests.adapters.ldap.ranges import InParts
from tests.adapters.ldap.source_contract_desk import WindowsDesk
from tests.adapters.ldap.source_layouts import BASE, NORMAL_USER, identity
from tests.adapters.ldap.test_source_reading import by_id, read
from tests.delivery.people import COMPANY

NOW = datetime(2026, 3, 1, tzinfo=UTC)
SETTINGS: dict[str, Any] = {
    "url": "ldaps://dc", "bind_dn": "reader@corp", "bind_password": "p", "base_dn": "dc=corp",
    "profile": "active-directory",
}  # fmt: skip


@pytest.fixture
def windows() -> Iterator[WindowsDesk]:
    with WindowsDesk() as desk:
        desk.put(COMPANY)
        yield desk


def account(**values: str) -> bool | None:
    """Whether an account with these attributes is active on 1 March 2026."""
    settings = LdapSettings(**SETTINGS)
    found = {name.lower(): [value.encode()] for name, value in values.items()}
    entry = Entry(dn="cn=u,dc=corp", uuid="u", values=found)
    return Reader(settings, profile_of(settings), NOW).person(entry).active


@pytest.mark.parametrize(
    ("values", "active"),
    [
        ({"userAccountControl": "512"}, True),
        ({"userAccountControl": "514"}, False),
        ({"userAccountControl": "66050"}, False),
        ({"userAccountControl": "528"}, True),
        ({"userAccountControl": "512", "accountExpires": "0"}, True),
        ({"userAccountControl": "512", "accountExpires": "9223372036854775807"}, True),
        ({"userAccountControl": "512", "accountExpires": "134167967990000000"}, False),
        ({"userAccountControl": "512", "accountExpires": "134168400000000001"}, True),
        ({"accountExpires": "0"}, None),
        ({"userAccountControl": "many"}, None),
    ],
)
def test_who_is_active(values: dict[str, str], active: bool | None) -> None:
    """Disabled or expired is not active, locked out is, and unreadable is unknown."""
    assert account(**values) is active


def test_a_guid_is_written_as_windows_writes_it() -> None:
    """The first three fields are stored with the low byte first (MS-DTYP 2.3.4)."""
    raw = bytes.fromhex("b7e88c871327a941a7655e3905ab5ef2")
    assert guid_text(raw) == "878ce8b7-2713-41a9-a765-5e3905ab5ef2"
    assert guid_text(raw[:15]) == ""


@given(st.uuids())
def test_any_guid_comes_back(value: UUID) -> None:
    """What stands in an entry is the id, letter by letter."""
    entry = entry_of({"dn": "cn=x", "raw_attributes": {"objectGUID": [value.bytes_le]}})
    assert entry.uuid == str(value)


def test_parts_of_values_are_known_as_such() -> None:
    """``member;range=0-1499`` is a part, ``member;range=1500-*`` the last one."""
    found = parts({"member;range=0-1499": [], "member": [], "cn;lang-de": []})
    assert [(p.attribute, p.last) for p in found] == [("member", 1499)]
    assert parts({"member;range=1500-*": []})[0].last is None


def test_all_parts_of_a_large_group_are_fetched(windows: WindowsDesk) -> None:
    """A group that comes in parts of two values is read whole."""
    with InParts(windows.slapd.url, size=2) as proxy:
        seen, direct = read(windows.source(url=proxy.url)), read(windows.source())
    assert proxy.cut >= 3
    assert by_id(seen.members) == by_id(direct.members)
    assert by_id(seen.roles) == by_id(direct.roles)
    assert by_id(seen.departments) == by_id(direct.departments)


def test_a_group_that_goes_between_its_parts_is_no_small_group(windows: WindowsDesk) -> None:
    """Removed between two parts: everything of its kind is listed anew, and nothing is a gap."""
    before = read(windows.source())

    def remove(dn: str) -> None:
        windows.done(windows.admin.delete(dn))

    with InParts(windows.slapd.url, size=2, meanwhile=remove) as proxy:
        seen = read(windows.source(url=proxy.url))
    assert (
        len(seen.roles) + len(seen.departments) == len(before.roles) + len(before.departments) - 1
    )
    assert seen.gaps == () and seen.coverage.roles and seen.coverage.departments


def test_parts_that_do_not_get_on_are_given_up(windows: WindowsDesk) -> None:
    """A server that gives the first part again and again does not keep us forever."""
    with InParts(windows.slapd.url, size=2, stuck=True) as proxy:
        seen = read(windows.source(url=proxy.url))
    assert seen.members == ()
    assert any("do not get on" in gap.why for gap in seen.gaps)


def test_computers_and_system_accounts_are_nobody(windows: WindowsDesk) -> None:
    """Only normal accounts that are not Windows' own are people."""
    before = len(read(windows.source()).members)
    for name, kind, system in (
        ("pc$", NORMAL_USER + 1, False), ("krbtgt", NORMAL_USER, True), ("new", NORMAL_USER, False),
    ):  # fmt: skip
        values = {
            "cn": name, "sn": name, "sAMAccountType": kind, "userAccountControl": 512,
            "objectGUID": identity("member", name).bytes_le,
            **({"isCriticalSystemObject": "TRUE"} if system else {}),
        }  # fmt: skip
        windows.done(windows.admin.add(f"cn={name},ou=Staff,{BASE}", ["user"], values))
    assert len(read(windows.source()).members) == before + 1


def test_the_primary_group_counts(windows: WindowsDesk) -> None:
    """Its people are in it, although it does not list them."""
    sid = bytes([1, 5, 0, 0, 0, 0, 0, 5, *(21, 0, 0, 0), *range(12), *(1).to_bytes(1), 2, 0, 0])
    values = {
        "cn": "Domain Users", "description": "Everybody", "objectSid": sid,
        "objectGUID": identity("department", "all").bytes_le,
    }  # fmt: skip
    windows.done(windows.admin.add(f"cn=Domain Users,ou=Groups,{BASE}", ["group"], values))
    changes = {"primaryGroupID": [("MODIFY_REPLACE", [513])]}
    windows.done(windows.admin.modify(f"cn=u4,ou=Staff,{BASE}", changes))
    inside = {m.id for m in read(windows.source()).members
              if str(identity("department", "all")) in m.departments}  # fmt: skip
    assert inside == {str(identity("member", "u4"))}


def test_an_attribute_that_nobody_shows_is_unknown(windows: WindowsDesk) -> None:
    """Active Directory treats hidden as absent, so neither is believed."""
    seen = read(windows.source(attributes={"member": {"mobile": "telephoneNumber"}}))
    assert seen.coverage.hidden == {"member": ("mobile",)}
    assert {m.mobile for m in seen.members} == {UNSET}
    windows.log_in("members_of_groups")
    seen = read(windows.source())
    assert (seen.members, seen.departments) == ((), ())
    assert not seen.coverage.members
    assert not seen.coverage.departments


def test_a_refused_sign_in_says_why() -> None:
    """Windows' own number in the message tells a locked account from a wrong password."""
    said = "80090308: LdapErr: DSID-0C090439, comment: AcceptSecurityContext error, data 775, v4563"
    fault = errors.sign_in_fault("LDAP sign-in", {"result": 49, "message": said})
    assert "locked out" in str(fault)
    assert "does not accept" in str(errors.sign_in_fault("LDAP sign-in", {"result": 49}))


def test_it_is_not_written() -> None:
    """A target with this profile is a mistake in the configuration."""
    with pytest.raises(ConfigError, match="cannot be written to"):
        shape_of(LdapSettings(**SETTINGS))
