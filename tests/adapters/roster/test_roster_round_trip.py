"""What is written is read again as it was; and no bytes whatsoever break the reading."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec import UNSET

from adapters.roster.read import read_roster
from adapters.roster.write import write_roster
from domain.errors import InputError
from domain.records import DepartmentRecord, MemberRecord, RoleRecord, Roster

RELAXED = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
_text = (
    st.text(
        st.characters(exclude_categories=["Cs", "Cc", "Cn", "Zl", "Zp"]), min_size=1, max_size=9
    )
    .map(str.strip)
    .filter(lambda text: text != "" and not text.startswith("#"))
)
_name = _text | st.sampled_from(["=1+1", 'O\'Neil, "Ann"', "张伟", "👩‍👩‍👧‍👦", "-", "007"])
_id = st.text("abcXYZ0189._-", min_size=1, max_size=6)
_ids = st.lists(_id, unique=True, max_size=5)


@st.composite
def rosters(draw: Any) -> Roster:
    """Sound rosters that a table can say: each field known of all or of none."""
    departments, people, roles = draw(_ids), draw(_ids), draw(_ids)

    def some(ids: list[str]) -> tuple[str, ...]:
        return tuple(draw(st.lists(st.sampled_from(ids), unique=True))) if ids else ()

    def known(values: st.SearchStrategy[Any]) -> Any:
        """A function that gives a value for every record, or UNSET for every record."""
        return (lambda: draw(values)) if draw(st.booleans()) else (lambda: UNSET)

    maybe = st.none() | _name
    order, leaders = known(st.none() | st.integers(-9, 10**9)), draw(st.booleans())
    fields = {name: known(maybe) for name in ("email", "title", "avatar")}
    fields |= {name: known(st.none() | _id) for name in ("mobile", "job_number")}
    fields["active"] = known(st.booleans())
    fields["manager"] = known(st.sampled_from([None, *people]))
    group, keys, details = known(maybe), draw(st.booleans()), draw(st.booleans())
    members = []
    for record_id in people:
        mine = some(departments)
        members.append(
            MemberRecord(
                id=record_id,
                name=draw(_name),
                departments=mine,
                main_department=draw(st.sampled_from([None, *mine])),
                keys={"unionid": draw(_id)} if keys else UNSET,
                details={"站点": draw(maybe), "n": None} if details else UNSET,
                **{name: value() for name, value in fields.items()},
            )
        )
    return Roster(
        departments=tuple(
            DepartmentRecord(
                id=record_id,
                name=draw(_name),
                parent_id=draw(st.sampled_from([None, *departments[:place]])),
                order=order(),
                leaders=some(people) if leaders else UNSET,
            )
            for place, record_id in enumerate(departments)
        ),
        members=tuple(members),
        roles=tuple(
            RoleRecord(id=record_id, name=draw(_name), group=group(), members=some(people))
            for record_id in roles
        ),
    )


@pytest.mark.parametrize("name", ["roster.json", "acme.csv", "folder", "roster.xlsx"])
@RELAXED
@given(roster=rosters())
def test_what_is_written_is_read_again(name, roster):
    with TemporaryDirectory() as folder:
        path = Path(folder) / name
        files = write_roster(roster, path)
        assert all(file.exists() for file in files)
        reading = read_roster(path)
        assert reading.roster == roster
        assert reading.roles


@pytest.mark.parametrize("name", ["roster.json", "roster.xlsx", "members.csv"])
@RELAXED
@given(data=st.binary(max_size=200) | st.text(max_size=100).map(lambda text: text.encode()))
def test_garbage_is_refused_and_breaks_nothing(name, data):
    with TemporaryDirectory() as folder:
        path = Path(folder) / name
        (path.parent / "departments.csv").write_text("id,name,parent_id\n")
        path.write_bytes(data)
        try:
            read_roster(path)
        except InputError as error:
            assert error.problems  # noqa: PT017 - the sentence may be any


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=4),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["id", "name", "parent_id", "departments", "leaders", "keys", "x"]),
            inner,
        )
    ),
    max_leaves=8,
)


@settings(max_examples=200, deadline=None)
@given(lists=st.dictionaries(st.sampled_from(["departments", "members", "roles"]), _json))
def test_json_of_any_shape_is_refused_and_breaks_nothing(lists):
    from msgspec import json

    with TemporaryDirectory() as folder:
        path = Path(folder) / "roster.json"
        path.write_bytes(json.encode(lists))
        try:
            read_roster(path)
        except InputError as error:
            assert error.problems  # noqa: PT017 - the sentence may be any


@pytest.mark.parametrize("damage", range(0, 6000, 97))
def test_a_damaged_workbook_is_refused_or_read_and_breaks_nothing(tmp_path, damage):
    path = tmp_path / "roster.xlsx"
    write_roster(Roster(), path)
    data = bytearray(path.read_bytes())
    data[damage % len(data)] ^= 0xFF
    path.write_bytes(data)
    try:
        read_roster(path)
    except InputError as error:
        assert error.problems  # noqa: PT017 - the sentence may be any


ANN = MemberRecord(id="ann", name="Ann", departments=(), email="a")


@pytest.mark.parametrize(
    ("roster", "why"),
    [
        (
            Roster(members=(ANN, MemberRecord(id="b", name="B", departments=()))),
            "email is known of some members only",
        ),
        (
            Roster(members=(MemberRecord(id="a", name="A", departments=("x;y",)),)),
            "An id in departments of 'a' has a separator in it",
        ),
        (
            Roster(members=(MemberRecord(id="a", name="A", departments=(), details={"x": []}),)),
            "The detail 'x' of 'a' is nested",
        ),
        (
            Roster(members=(MemberRecord(id="a", name="A", departments=(), details={"手机": 1}),)),
            "The detail '手机' cannot be a column of its own",
        ),
    ],
)
@pytest.mark.parametrize("name", ["x.csv", "x.xlsx"])
def test_what_a_table_cannot_say_is_refused_with_the_way_out(tmp_path, roster, why, name):
    with pytest.raises(InputError, match=rf"{why}.*\. Export to \.json"):
        write_roster(roster, tmp_path / name)
    assert not list(tmp_path.iterdir())


def test_an_unknown_form_is_refused(tmp_path):
    with pytest.raises(InputError, match=r"Use \.json, \.csv or \.xlsx"):
        write_roster(Roster(), tmp_path / "roster.pdf")
