"""DNs: written so that any value survives, and compared by what they mean."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.ldap.dn import above, escape_filter, first, is_below, normal, rdn, split

texts = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12)
nasty = st.text(st.sampled_from(' ,+"\\<>;=#aA0\x00李'), min_size=1, max_size=8)


@settings(deadline=None)
@given(st.lists(texts | nasty, min_size=1, max_size=4))
def test_every_value_survives(values: list[str]):
    """A DN of any values is split into as many steps, each with its value."""
    dn = ",".join(rdn("ou", value) for value in values)
    assert [first(step) for step in split(dn)] == [("ou", value) for value in values]
    assert above(dn) == ",".join(rdn("ou", value) for value in values[1:])
    if len(values) > 1:
        assert is_below(normal(dn), normal(above(dn)))
        assert not is_below(normal(above(dn)), normal(dn))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (r"uid=a\,b,dc=x", r"UID=a\2Cb, DC=X"),
        (r"uid=a\2cb,dc=x", r"uid=a\2Cb,dc=x"),
        ('cn="a,b",dc=x', r"cn=a\,b,dc=x"),
        (r"cn=\20a\20,dc=x", r"cn=\ a\ ,dc=x"),
        ("cn=Li  Na,dc=x", "cn=li na,dc=x"),
        (r"cn=\E6\9D\8E,dc=x", "cn=李,dc=x"),
        ("cn=e\u0301,dc=x", "cn=\u00c9,dc=x"),
        ("cn=a+uid=b,dc=x", "uid=B+cn=A,dc=x"),
    ],
)
def test_two_spellings_of_one_name_are_equal(one: str, other: str):
    """Escapes, case, spaces and the order within a step do not count."""
    assert normal(one) == normal(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (r"uid=a\,b,dc=x", "uid=a,b=b,dc=x"),
        ("uid=a,dc=x", "cn=a,dc=x"),
        ("uid=a", "uid=a,dc=x"),
        (r"cn=a\+uid=b,dc=x", "cn=a+uid=b,dc=x"),
        (r"cn=a\2Cdc=x", "cn=a,dc=x"),
    ],
)
def test_two_names_are_different(one: str, other: str):
    """What is escaped is a value, not structure."""
    assert normal(one) != normal(other)


def test_filter_values_are_escaped():
    """RFC 4515: the five characters that mean something in a filter."""
    assert escape_filter("a*(b)\\\0李") == r"a\2a\28b\29\5c\00李"
