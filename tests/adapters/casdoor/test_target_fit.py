"""Values in Casdoor's form: names, numbers, texts."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.casdoor import names, phones
from adapters.casdoor.capabilities import capabilities
from adapters.casdoor.mapping import Form
from adapters.casdoor.settings import CasdoorSettings
from domain.delivery.mapping import mapping
from domain.errors import ConfigError
from tests.adapters.casdoor.casdoor_desk import ORG
from tests.adapters.casdoor.target_desk import GIVEN

FORM = Form(CasdoorSettings(**GIVEN))
PERSON: dict[str, Any] = {
    "id": "u1",
    "userid": "u1",
    "name": "欧阳",
    "email": "o@example.com",
    "mobile": "138 0000 0001",
    "job_number": "J 7",
    "title": "Lead",
    "avatar": None,
    "active": False,
}


def mapped(configured: dict[str, str]) -> tuple[dict[str, Any], tuple[str, ...]]:
    """A person through the mapping and fit."""
    made = mapping(capabilities(CasdoorSettings(**GIVEN)), {"member": configured})
    fitted = FORM.fit("member", made["member"].values(PERSON, frozenset()))
    return fitted.fields, fitted.problems


def test_the_default_mapping() -> None:
    """Every field of the default, in Casdoor's form; an empty one is known to be empty."""
    assert mapped({}) == (
        {
            "id": "u1",
            "name": names.user_name("J 7"),
            "displayName": "欧阳",
            "email": "o@example.com",
            "phone": "+8613800000001",
            "avatar": None,
            "title": "Lead",
            "properties.job_number": "J 7",
        },
        (),
    )


def test_the_seed_mapping_is_accepted_in_any_case() -> None:
    """The names that Casdoor's own syncer shows, and any property."""
    fields, problems = mapped(
        {
            "Id": "userid",
            "Name": "userid",
            "DisplayName": "name",
            "Phone": "mobile",
            "IsForbidden": "!active",
            "DingTalk": "userid",
            "properties.desk": "title",
        }
    )
    assert problems == ()
    assert (fields["name"], fields["isForbidden"], fields["dingtalk"]) == ("u1", True, "u1")
    assert fields["properties.desk"] == "Lead"


@pytest.mark.parametrize(
    ("configured", "problem"),
    [
        ({"displayname_": "name"}, "displayname_ is no column"),
        ({"properties.": "name"}, "properties. is no column"),
        ({"properties.manager": "name"}, "is where the manager is written"),
        ({"title": "join('', [name, name])", "bio": "[name, title]"}, "bio takes one value"),
        ({"phone": "name"}, "phone is no telephone number"),
        ({"name": "avatar"}, "name has no value"),
        ({"isAdmin": "active"}, "isAdmin is no column"),
    ],
)
def test_what_cannot_be_taken_is_said_before_a_call(
    configured: dict[str, str], problem: str
) -> None:
    """One sentence per field, without the value."""
    (said,) = mapped(configured)[1]
    assert problem in said and "欧阳" not in said


def test_texts_are_trimmed_and_measured() -> None:
    """A hundred characters fit, whatever their bytes; one more is refused, nothing is cut."""
    assert FORM.fit("member", {"title": f" {'中' * 100} "}).fields == {"title": "中" * 100}
    assert FORM.fit("member", {"title": "中" * 101}).problems == (
        "title has 101 characters, at most 100 are taken",
    )
    assert FORM.fit("member", {"title": "  ", "bio": 7, "tag": True}).fields == {
        "title": None,
        "bio": "7",
        "tag": "true",
    }


USERNAME = re.compile(r"^[a-zA-Z0-9]+([-._][a-zA-Z0-9]+)*$")


@given(st.text(min_size=1, max_size=400))
def test_any_id_becomes_a_user_name(text: str) -> None:
    """One that Casdoor takes, always the same, and with room for a number."""
    name = names.user_name(text)
    assert USERNAME.match(name) and len(name) <= names.LONGEST_USER - 10
    assert name == names.user_name(text)


@pytest.mark.parametrize("text", ["u1", "manager_123", "li.wei-2", "0"])
def test_a_good_name_stays(text: str) -> None:
    """Nothing is changed that need not be."""
    assert names.user_name(text) == text


def test_what_becomes_alike_is_told_apart() -> None:
    """Ids that differ only in what a name cannot hold get names that differ."""
    ids = ["li@x", "li x", "li--x", "李", "王", "-li-x", "li-x-"]
    assert len({names.user_name(text) for text in ids}) == len(ids)
    assert names.user_name("li@x").startswith("li-x-")


@given(st.text(min_size=1), st.sampled_from(["", "f-", "%2F"]))
def test_a_records_key_comes_back(key: str, prefix: str) -> None:
    """Whatever is in the id, the name holds no slash and tells it."""
    name = names.record_name(prefix, key)
    assert "/" not in name and names.record_key(prefix, name) == key


def test_a_name_without_our_prefix_has_no_key() -> None:
    """It is not ours."""
    assert names.record_key("f-", "hq") is None and names.record_key("f-", "f-") is None


@pytest.mark.parametrize(
    ("given", "country", "expected"),
    [
        ("13800000001", "CN", "+8613800000001"),
        ("+86 138-0000-0001", "US", "+8613800000001"),
        ("008613800000001", "CN", "+8613800000001"),
        ("8613800000001", "CN", "+8613800000001"),
        ("13800000001", "DE", "+4913800000001"),
        ("+852-51234567", "CN", "+85251234567"),
        ("(212) 555-0123", "US", "+12125550123"),
        ("0151 23456789", "DE", "+4915123456789"),
        ("abc", "CN", None),
        ("+", "CN", None),
    ],
)
def test_numbers_in_one_form(given: str, country: str, expected: str | None) -> None:
    """International, whatever way they are written."""
    assert phones.international(given, country) == expected


def test_the_number_that_is_stored_is_shown_in_the_same_form() -> None:
    """National digits and a region give back what was written; without a region, ours counts."""
    assert phones.shown("51234567", "HK", "CN") == "+85251234567"
    assert phones.shown("13800000001", "", "CN") == "+8613800000001"
    assert phones.shown("ext. seven", "CN", "CN") == "ext. seven"
    assert phones.shown("", "CN", "CN") is None


@pytest.mark.parametrize(
    ("changed", "problem"),
    [
        ({"client_secret": ""}, "client_secret must not be empty"),
        ({"base_url": "casdoor.example.com"}, "not an http address"),
        ({"client_id": "a:b"}, "colon"),
        ({"organization": "a/b"}, "organization must not have a slash"),
        ({"group_prefix": "a/"}, "group_prefix must not have a slash"),
        ({"country_code": "cn"}, "two capital letters"),
        ({"rate": 0}, "rate must be more than 0"),
        ({"max_rate": -1}, "max_rate must be 0"),
        ({"concurrency": 0}, "concurrency must be at least 1"),
    ],
)
def test_settings_that_cannot_be_used(changed: dict[str, Any], problem: str) -> None:
    """Each is a configuration error that says which; the secret is in no text."""
    with pytest.raises(ConfigError, match=problem) as caught:
        CasdoorSettings(**{**GIVEN, **changed})
    assert GIVEN["client_secret"] not in str(caught.value)
    assert GIVEN["client_secret"] not in repr(CasdoorSettings(**GIVEN))
    assert ORG in repr(CasdoorSettings(**GIVEN))
