"""Values on their way to DingTalk and back: fitted once, they stay as they are."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.dingtalk import mobile, wire
from adapters.dingtalk.mapping import GATED, Fields
from adapters.dingtalk.target_capabilities import CAPABILITIES
from adapters.dingtalk.target_mapping import LONGEST, fit, member
from domain.delivery.operation import NONE

TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=("C",)), max_size=90)


@pytest.mark.parametrize(
    ("written", "country", "taken"),
    [
        ("13800000001", None, "13800000001"),
        ("138-0000-0001", None, "13800000001"),
        ("+86 138 0000 0001", None, "13800000001"),
        ("+86-13800000001", None, "13800000001"),
        ("008613800000001", None, "13800000001"),
        ("8613800000001", None, "13800000001"),
        ("13800000001", "86", "13800000001"),
        ("51234567", "852", "+852-51234567"),
        ("+85251234567", None, "+852-51234567"),
        ("+852-5123-4567", None, "+852-51234567"),
        ("+1 (415) 555-0100", None, "+1-4155550100"),
        ("+44 7700 900123", None, "+44-7700900123"),
        ("+7 912 345 67 89", None, "+7-9123456789"),
        ("12345", None, None),
        ("+8612345", None, None),
        ("138xxxx0001", None, None),
        ("+", None, None),
        ("١٢٣٤٥٦٧٨٩٠١", None, None),
    ],
)
def test_mobile_numbers(written: str, country: str | None, taken: str | None) -> None:
    """However it is written, a number has one form; what is none is told, not guessed."""
    assert mobile.normal(written, country) == taken


@given(st.from_regex(r"\+[1-9][0-9]{6,13}", fullmatch=True))
def test_a_number_that_was_taken_stays_as_it_is(written: str) -> None:
    """The form is a fixed point, so that a read-back compares equal."""
    taken = mobile.normal(written)
    assert taken is None or mobile.normal(taken) == taken


@given(TEXTS, TEXTS, st.sampled_from(["2024-03-01", "2024-03-01T00:00:00+08:00", 1709222400000]))
def test_what_is_fitted_stays_as_it_is(name: str, title: str, hired: object) -> None:
    """Fitting twice is fitting once, for people and for departments."""
    for kind, fields in (
        ("member", {"name": name, "title": title, "hired_date": hired}),
        ("department", {"name": name[:64], "order": len(title)}),
    ):
        once = fit(kind, fields).fields
        assert fit(kind, once).fields == once
    assert fit("member", {"hired_date": hired}).fields == {"hired_date": 1709222400000}


@given(st.text(min_size=1, max_size=64))
def test_no_department_name_has_what_dingtalk_refuses(name: str) -> None:
    """-, the comma and the Chinese comma never go out."""
    fitted = fit("department", {"name": name}).fields["name"] or ""
    assert not set(fitted) & set("-,，")


@pytest.mark.parametrize("field", LONGEST["member"])
def test_limits_are_inclusive_and_their_problems_show_no_value(field: str) -> None:
    """The sentence says how long it is and how long it may be."""
    most = LONGEST["member"][field]
    assert fit("member", {field: "x" * most}).problems == ()
    (problem,) = fit("member", {field: "x" * (most + 1)}).problems
    assert problem == f"{field} has {most + 1} characters, at most {most} are taken"


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ({"mobile": "12345"}, "mobile is not a mobile number"),
        ({"hired_date": "soon"}, "hired_date must be a date"),
        ({"title": ["a"]}, "title takes one value"),
    ],
)
def test_what_does_not_fit_is_told(fields: dict[str, Any], problem: str) -> None:
    """The field is named, the value is not."""
    (found,) = fit("member", fields).problems
    assert found.startswith(problem)
    assert str(next(iter(fields.values()))) not in found


def test_every_field_of_the_capabilities_is_known_to_the_mapping() -> None:
    """A mapped field that is not read back would be drift for ever."""
    user = wire.User(userid="u", name="n", dept_id_list=[1])
    shown = member(user, Fields(GATED), root=1, found_in=None, relations=NONE)
    assert set(shown.fields) == {field.name for field in CAPABILITIES.fields["member"]}


def test_a_hidden_field_is_unknown_and_not_empty() -> None:
    """Without the field permission it is not compared; nor is a number that comes masked."""
    user = wire.User(userid="u", name="n", mobile="138xxxx0001", dept_id_list=[1])
    shown = member(user, Fields(["title"]), root=1, found_in=None, relations=NONE)
    assert shown.fields == {"name": "n", "title": None}
    masked = member(user, Fields(["mobile"]), root=1, found_in=None, relations=NONE)
    assert "mobile" not in masked.fields
