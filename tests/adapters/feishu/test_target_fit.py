"""Values in Feishu's form, ids that can be chosen, and settings: all pure."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.feishu import ids, mobile
from adapters.feishu.capabilities import CAPABILITIES
from adapters.feishu.mapping import MEMBER_FIELDS, fit
from adapters.feishu.settings import FeishuSettings
from adapters.feishu.simulator.ids import USER_ID, department_id_fits
from domain.errors import ConfigError

TEXT = st.text(min_size=1, max_size=80)


@given(TEXT)
def test_every_key_becomes_an_id_that_feishu_takes(key: str) -> None:
    """And is read back as the key, unless it had to be replaced for its length."""
    department, user = ids.department_id(key, "uid"), ids.user_id(key, "uid")
    assert department_id_fits(department) and USER_ID.fullmatch(user)
    for remote in (department, user):
        assert ids.key_of(remote) in (key, None)
        assert (ids.key_of(remote) is None) <= (len(key.encode()) > 20)


@given(TEXT, TEXT)
def test_two_keys_never_share_an_id(one: str, other: str) -> None:
    """The uid tells apart what is too long to be spelled out."""
    if one != other:
        assert ids.user_id(one, "uid-1") != ids.user_id(other, "uid-2")
        assert ids.department_id(one, "uid-1") != ids.department_id(other, "uid-2")


def test_an_id_that_only_looks_like_ours_is_itself() -> None:
    """Somebody else may have made it."""
    assert ids.key_of("k@@ff") == "k@@ff"
    assert ids.key_of("u@abc") is None


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("13800000001", "13800000001"),
        ("+86 138-0000-0001", "13800000001"),
        ("8613800000001", "13800000001"),
        ("008613800000001", "13800000001"),
        ("+852 5123 4567", "+85251234567"),
        ("0041446681800", "+41446681800"),
        ("+41446681800", "+41446681800"),
        ("51234567", None),
        ("+8612345", None),
        ("138****0001", None),
        ("abc", None),
    ],
)
def test_mobile_numbers_have_one_spelling(written: str, expected: str | None) -> None:
    """+86 may be left out, other countries may not; fitting twice changes nothing."""
    assert mobile.normal(written) == expected
    if expected:
        assert mobile.normal(expected) == expected


@pytest.mark.parametrize(
    ("kind", "fields", "problem"),
    [
        ("member", {"mobile": "secret-number"}, "mobile is not a mobile number"),
        ("member", {"name": "n" * 256}, "name has 256 characters, at most 255 are taken"),
        ("member", {"job_title": "t" * 101}, "job_title has 101 characters, at most 100 are taken"),
        ("member", {"email": ["a"]}, "email takes one value"),
        ("member", {"gender": 4}, "gender must be 0 to 3"),
        ("member", {"join_time": "soon"}, "join_time must be a date"),
        ("member", {"employee_type": "x"}, "employee_type must be a whole number"),
        ("department", {"order": -1}, "order must be 0 or more"),
    ],
)
def test_what_feishu_cannot_take_is_told_without_the_value(
    kind: str, fields: dict[str, Any], problem: str
) -> None:
    """Each problem names the field and the rule."""
    (found,) = fit(kind, fields).problems
    assert found.startswith(problem)
    assert "secret" not in found and "nnn" not in found


def test_every_field_that_can_be_mapped_can_be_read_back() -> None:
    """Otherwise each verify would report it as drift."""
    assert {f.name for f in CAPABILITIES.fields["member"]} == set(MEMBER_FIELDS)
    assert {f.name for f in CAPABILITIES.fields["department"]} == {"name", "order"}


@pytest.mark.parametrize(
    ("settings", "why"),
    [
        ({"app_secret": ""}, "app_secret must not be empty"),
        ({"rate": 0}, "rate must be more than 0"),
        ({"move_rate": -1}, "move_rate must be more than 0"),
        ({"employee_type": 0}, "employee_type"),
        ({"root_department": "od-abc"}, "not an open_department_id"),
        ({"role_ids": {"x": ""}}, "role_ids"),
    ],
)
def test_settings_that_cannot_be_used(settings: dict[str, Any], why: str) -> None:
    """Every mistake is named at once, and the secret is never shown."""
    with pytest.raises(ConfigError, match=why) as caught:
        FeishuSettings(**{"app_id": "cli_a", "app_secret": "hush", **settings})
    assert "hush" not in str(caught.value)
    assert "hush" not in repr(FeishuSettings(app_id="cli_a", app_secret="hush"))
