"""Random publications: all of one is recorded or nothing, and the organization stays sound."""

from __future__ import annotations

from typing import Any

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.directory import Directory
from domain.errors import InputError
from domain.evolve import evolve
from domain.rows import Rows
from orgledger.engine.publish import PUBLISHABLE, validated
from tests.domain.invariants import assert_sound

IDS = {
    "department": ["d1", "d2", "d3"],
    "member": ["u1", "u2", "u3"],
    "role": ["r1", "r2"],
    "role_group": ["g1", "g2"],
    "organization": ["club"],
}
FIELDS: dict[str, st.SearchStrategy[Any]] = {
    "name": st.sampled_from(["A", "李雷", "", 7]),
    "parent": st.sampled_from([None, *IDS["department"]]),
    "departments": st.lists(st.sampled_from(IDS["department"]), max_size=3),
    "main_department": st.sampled_from([None, *IDS["department"]]),
    "into": st.sampled_from(IDS["department"]),
    "leaders": st.lists(st.sampled_from(IDS["member"]), max_size=2),
    "manager": st.sampled_from([None, *IDS["member"]]),
    "member": st.sampled_from(IDS["member"]),
    "group": st.sampled_from([None, *IDS["role_group"]]),
    "order": st.sampled_from([None, 1, 2**70]),
    "details": st.sampled_from([{}, {"k": 1}, {"k": None}]),
    "active": st.booleans(),
}


@st.composite
def changes(draw: Any, *, sloppy: bool) -> dict[str, Any]:
    """An event of any kind; a ``sloppy`` one may lack or misspell what it needs."""
    cls = draw(st.sampled_from(list(PUBLISHABLE.values())))
    change: dict[str, Any] = {"event": cls.TOPIC, "id": draw(st.sampled_from(IDS[cls.KIND]))}
    for field in msgspec.structs.fields(cls):
        if field.name in FIELDS and (field.required or draw(st.booleans())):
            change[field.name] = draw(FIELDS[field.name])
    if sloppy and draw(st.integers(0, 9)) == 0:
        change.pop(draw(st.sampled_from(sorted(change))))
    return change


def taken(directory: Directory, events: list[dict[str, Any]]) -> Directory | None:
    """The directory after a publication, None when that was refused."""
    try:
        facts = validated(directory, events, name="Club")
    except InputError as refused:
        problems = refused.problems
    else:
        for fact in facts:
            evolve(directory, fact)
        return directory
    assert problems
    return None


@settings(max_examples=400, deadline=None)
@given(publications=st.lists(changes(sloppy=True), min_size=1, max_size=60))
def test_one_after_the_other(publications: list[dict[str, Any]]) -> None:
    directory = Directory(org="club")
    for change in publications:
        before = msgspec.msgpack.encode(directory)
        if taken(directory, [change]) is None:
            assert msgspec.msgpack.encode(directory) == before
        assert_sound(directory)


@settings(max_examples=200, deadline=None)
@given(
    publications=st.lists(
        st.lists(changes(sloppy=False), min_size=1, max_size=4), min_size=1, max_size=20
    )
)
def test_several_at_once_give_what_they_give_one_by_one(
    publications: list[list[dict[str, Any]]],
) -> None:
    together, singly = Directory(org="club"), Directory(org="club")
    for events in publications:
        if taken(together, events) is not None:
            for event in events:
                assert taken(singly, [event]) is not None
    assert Rows(together).roster(everything=True) == Rows(singly).roster(everything=True)
    assert_sound(together)
