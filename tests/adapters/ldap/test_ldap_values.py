"""Settings, values and errors, without a server."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.ldap import errors, mapping
from adapters.ldap.capabilities import CAPABILITIES, GO_LDAP_ADMIN
from adapters.ldap.settings import LdapSettings
from adapters.ldap.wire import Entry, key_of, mark
from domain.delivery import mapping as expressions
from domain.errors import (
    AbsentFault,
    ConfigError,
    CredentialFault,
    ExistsFault,
    PermissionFault,
    TerminalFault,
    TransientFault,
)

GOOD: dict[str, Any] = {
    "url": "ldap://host", "bind_dn": "cn=a", "bind_password": "p", "base_dn": "dc=x",
}  # fmt: skip


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"url": "http://host"}, "url must look like"),
        ({"url": "ldap://"}, "url must look like"),
        ({"url": "ldap://host:x"}, "url must look like"),
        ({"url": "ldaps://host", "start_tls": True}, "start_tls is for ldap://"),
        ({"bind_password": "", "base_dn": ""}, "bind_password must not be empty; base_dn must"),
        ({"people": "people"}, "people must be a relative DN"),
        ({"roles": "OU=Groups", "profile": "tree"}, "groups and roles must be different places"),
        ({"disabled": "delete"}, "disabled is"),
        ({"profile": "flat"}, "profile is"),
        ({"connections": 0, "timeout": 0}, "connections must be at least 1; timeout"),
    ],
)
def test_settings_that_cannot_work_are_refused_in_words(changed: dict[str, Any], words: str):
    """All that is wrong is in one error, and the password in none."""
    with pytest.raises(ConfigError, match=words) as caught:
        LdapSettings(**{**GOOD, **changed})
    assert "bind_password='p'" not in str(caught.value)
    assert "'p'" not in repr(LdapSettings(**GOOD))


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ({"uid": "a\0b"}, "uid has a NUL character"),
        ({"uid": ["a", "b"]}, "uid names the entry and can have one value only"),
        ({"mail": "李@example.com"}, "mail has characters beyond ASCII"),
        ({"mobile": "1_3"}, "mobile has characters that LDAP refuses"),
        ({"title": {"a": 1}}, "title is neither text nor a list of texts"),
        ({"title": [["a"]]}, "title is neither text nor a list of texts"),
        ({"uniqueMember": "cn=x"}, "uniquemember is written by orgledger itself"),
    ],
)
def test_what_ldap_would_refuse_is_refused_before(fields: dict[str, Any], problem: str):
    """One bad value parks its record before a call is made."""
    [found] = mapping.fit(CAPABILITIES, "member", fields).problems
    assert found.startswith(problem)


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=3),
    max_leaves=3,
)


@settings(deadline=None)
@given(st.dictionaries(st.sampled_from(["Title", "cn", "carLicense"]), values))
def test_fitting_twice_changes_nothing(fields: dict[str, Any]):
    """A fitted value is in its final form, and an entry with it reads back as it is."""
    fitted = mapping.fit(CAPABILITIES, "member", fields)
    if fitted.problems:
        return
    assert mapping.fit(CAPABILITIES, "member", fitted.fields).fields == fitted.fields
    stored = {name.lower(): mapping.encoded(value) for name, value in fitted.fields.items()}
    entry = Entry(dn="uid=u,dc=x", uuid="1", values={k: v for k, v in stored.items() if v})
    back = mapping.fields_of(CAPABILITIES, "member", entry)
    assert {name: back.get(name) for name in fitted.fields} == fitted.fields


def test_values_that_are_no_text_are_left_alone():
    """A photo in an entry does not stop its reading."""
    entry = Entry(dn="uid=u,dc=x", uuid="1", values={"jpegphoto": [b"\xff\xd8"], "cn": [b"A"]})
    assert mapping.fields_of(CAPABILITIES, "member", entry)["cn"] == "A"


@settings(deadline=None)
@given(st.text(min_size=1), st.text(min_size=1))
def test_the_mark_gives_back_our_id(system: str, key: str):
    """Any id survives in the mark, and only the system that set it reads it."""
    entry = Entry(
        dn="", uuid="", values={"labeledurl": [], "labeleduri": [
            b"https://example.com/ home", mark(system, "member", key).encode() + b" note"
        ]}
    )  # fmt: skip
    assert key_of(entry, system, "member") == key
    assert key_of(entry, system + "x", "member") is None
    assert key_of(entry, system, "role") is None


@pytest.mark.parametrize("capabilities", [CAPABILITIES, GO_LDAP_ADMIN])
def test_the_default_mapping_can_be_read(capabilities: Any):
    """Every default expression compiles, and attributes beyond them can be mapped."""
    table = expressions.mapping(capabilities, {"member": {"roomNumber": "details.room"}})
    assert set(table) == {"department", "member", "role"}


TABLE = [
    (32, AbsentFault), (68, ExistsFault), (50, PermissionFault),
    (3, TransientFault), (51, TransientFault), (52, TransientFault), (80, TransientFault),
    *((code, TerminalFault) for code in map(int, errors.TERMINAL)), (99, TerminalFault),
]  # fmt: skip


@pytest.mark.parametrize(("code", "kind"), TABLE)
def test_every_result_code_is_sorted(code: int, kind: type[TerminalFault]):
    """A code means a fault with a cause; values in the server's sentence are not repeated."""
    message = "mobile: value #0 (13800000000) invalid per syntax"
    fault = errors.fault_of("LDAP add, member u", {"result": code, "message": message})
    assert type(fault) is kind
    assert (fault.code, bool(fault.why)) == (str(code), True)
    assert "13800000000" not in str(fault)


@pytest.mark.parametrize("code", [7, 8, 13, 34, 48, 49, 53])
def test_a_refused_sign_in_stops_the_run(code: int):
    """Whatever the reason, nothing else can be done."""
    fault = errors.sign_in_fault("LDAP sign-in", {"result": code})
    assert type(fault) is CredentialFault
    assert fault.fix or code == 7


@pytest.mark.parametrize(
    ("message", "named"),
    [
        ("mail: value #0 invalid per syntax", "(mail)"),
        ("object class 'inetOrgPerson' requires attribute 'sn'", "(sn)"),
        ("modify/add: uniqueMember: value #0 already exists", "(uniqueMember)"),
        ("no structural object class", "class."),
    ],
)
def test_the_attribute_is_named(message: str, named: str):
    """slapd's sentences say which attribute it is about."""
    fault = errors.fault_of("LDAP add, member u", {"result": 65, "message": message})
    assert named in str(fault)


def test_a_unique_overlay_is_somebody_elses_value():
    """slapd's overlay unique answers 19; it is an account that exists."""
    result = {"result": 19, "message": "some attributes not unique"}
    assert type(errors.fault_of("LDAP add, member u", result)) is ExistsFault
