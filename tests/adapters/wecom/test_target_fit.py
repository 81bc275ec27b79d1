"""Values in WeCom's form, and what WeCom cannot take, before anything is sent."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.wecom.mobile import normal
from adapters.wecom.order import LIMIT, TOP
from adapters.wecom.target_capabilities import CAPABILITIES, capabilities
from adapters.wecom.target_mapping import REPLACED, fit
from domain.delivery.mapping import mapping


def fitted(kind: str, **fields: Any) -> dict[str, Any]:
    found = fit(kind, fields)
    assert found.problems == ()
    return found.fields


def problem(kind: str, **fields: Any) -> str:
    [found] = fit(kind, fields).problems
    return found


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("R&D / 研发-部", "R&D / 研发-部"),
        ('a:b*c?d"e', "a：b＊c？d＂e"),
        ("<A>|B｜C\\D", "＜A＞/B/C＼D"),
        (" 前端（北京）🚀 ", "前端（北京）🚀"),
    ],
)
def test_names_of_departments(given: str, shown: str) -> None:
    """What WeCom refuses (60009) is written full-width; a name that is there compares equal."""
    assert fitted("department", name=given)["name"] == shown
    assert fitted("department", name=shown)["name"] == shown


@given(st.text(max_size=64))
def test_any_name_is_one_that_wecom_takes_and_stays_so(name: str) -> None:
    """No refused character is left, and fitting twice is fitting once."""
    once = fit("department", {"name": name}).fields["name"]
    assert once is None or not any(ord(sign) in REPLACED for sign in once)
    assert fit("department", {"name": once}).fields["name"] == once


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("+8613800000001", "13800000001"),
        ("138 0000 0001", "13800000001"),
        ("+86-138-0000-0001", "13800000001"),
        ("+852 6123 4567", "+85261234567"),
        ("0085261234567", "+85261234567"),
        ("12345", None),
        ("abc", None),
    ],
)
def test_mobile_numbers(given: str, shown: str | None) -> None:
    """Mainland without +86, others with their country; what is no number is refused."""
    assert normal(given) == shown
    if shown is None:
        assert "138" not in problem("member", mobile=given, email="a@b.example")
    else:
        assert fitted("member", mobile=given) == {"mobile": shown}


@pytest.mark.parametrize(
    ("kind", "fields", "said"),
    [
        ("member", {"name": "x" * 65}, "name has 65 characters"),
        ("member", {"position": "x" * 129}, "position has 129"),
        ("member", {"alias": "x" * 65}, "alias has 65"),
        ("member", {"address": "x" * 129}, "address has 129"),
        ("member", {"email": "no"}, "email is not a mail address"),
        ("member", {"email": f"{'x' * 60}@example.com"}, "email is not a mail address"),
        ("member", {"telephone": "ext. 5"}, "telephone is not a number"),
        ("member", {"userid": "张三"}, "userid is no userid"),
        ("department", {"name": "x" * 65}, "name has 65"),
        ("department", {"order": "first"}, "order must be a whole number"),
        ("role", {"name": "x" * 33}, "name has 33"),
    ],
)
def test_what_wecom_cannot_take(kind: str, fields: dict[str, Any], said: str) -> None:
    """The reason names the field and not the value; nothing is cut off."""
    assert said in problem(kind, **fields)


def test_nobody_without_number_and_address() -> None:
    """Refused if both are known to be missing; one that is hidden may be there."""
    assert "60129" in problem("member", name="x", mobile=None, email="")
    for known in ({"mobile": None}, {"email": None}, {"mobile": None, "email": "a@b.example"}):
        assert fit("member", {"name": "x", **known}).problems == ()


def test_what_cannot_be_emptied_is_left_alone() -> None:
    """Number, alias, gender and order; an empty text empties its field."""
    empty = {"mobile": None, "gender": None, "alias": "", "position": " "}
    assert fitted("member", email="a@b.example", **empty) == {
        "email": "a@b.example",
        "position": None,
    }
    assert fitted("department", order=None) == {}


def test_places_and_genders() -> None:
    """Our first is WeCom's largest; a gender in any usual form, what is none is left alone."""
    assert fitted("department", order=1)["order"] > fitted("department", order=2)["order"]
    assert fitted("department", order=TOP + 492_384_723) == {"order": 0}
    assert fitted("department", order=TOP - LIMIT) == {"order": LIMIT - 1}
    forms = (1, "1", "男", "Male", "M")
    assert {fitted("member", gender=one)["gender"] for one in forms} == {"1"}
    assert fitted("member", gender="0") == {} == fitted("member", gender="unknown")


def test_telephones_lose_their_brackets() -> None:
    """Blanks and brackets are no part of a number at WeCom."""
    assert fitted("member", telephone="(020) 123-456,7") == {"telephone": "020123-456,7"}


def test_every_field_has_a_default_that_can_be_compiled() -> None:
    """And every flag that is off its reason."""
    assert set(mapping(CAPABILITIES, {})) == {"department", "member", "role"}
    for found in (CAPABILITIES, capabilities(details=False)):
        assert all(flag in found.why for flag in found.lacking)
