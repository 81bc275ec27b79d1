"""Facts on their way into the log and out of it, of every class and every version."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, ClassVar

import msgspec
import pytest
from hypothesis import given as whatever
from hypothesis import settings
from hypothesis import strategies as st
from msgspec import UNSET

from domain.envelope import Entry, Envelope, address, decode, directory_scope, encode
from domain.errors import InputError
from domain.events import DIRECTORY, RUNS, TOPICS, Fact, MemberRenamed, Origin, RunStarted, upcast
from tests.domain import record_samples
from tests.domain.samples import FOLDER, SAMPLES, envelope_of

FILES = sorted(FOLDER.glob("*.json"))


@pytest.mark.parametrize("cls", TOPICS.values(), ids=TOPICS.keys())
def test_every_version_of_every_class_has_a_recorded_sample(cls):
    for version in range(1, cls.class_version + 1):
        name = f"{cls.TOPIC}.v{version}"
        assert name in SAMPLES, f"add {name} to tests/domain/samples.py"
        assert (FOLDER / f"{name}.json").exists(), "run python -m tests.domain.record_samples"


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_recorded_sample_still_means_what_it_meant(path):
    topic = path.stem.partition(".")[0]
    assert decode(topic, path.read_bytes()) == envelope_of(SAMPLES[path.stem])


def test_a_recorded_sample_is_never_written_again():
    before = [path.read_bytes() for path in FILES]
    assert not any(record_samples.record(name, fact) for name, fact in SAMPLES.items())
    assert [path.read_bytes() for path in FILES] == before


_TEXT = st.text(max_size=8)
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | _TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_TEXT, inner, max_size=3),
    max_leaves=5,
)
_VALUES: dict[Any, st.SearchStrategy[Any]] = {
    str: _TEXT,
    int: st.integers(0, 2**53),
    bool: st.booleans(),
    type(None): st.none(),
    msgspec.UnsetType: st.just(UNSET),
    tuple[str, ...]: st.lists(_TEXT, max_size=3).map(tuple),
    dict[str, Any]: st.dictionaries(_TEXT, _JSON, max_size=3),
    dict[str, int]: st.dictionaries(_TEXT, st.integers(0, 2**53), max_size=3),
    dict[str, str]: st.dictionaries(_TEXT, _TEXT, max_size=3),
    dict[str, tuple[str, ...]]: st.dictionaries(_TEXT, st.just(("a", "b")), max_size=3),
    Origin: st.builds(Origin, system=_TEXT, id=_TEXT, keys=st.dictionaries(_TEXT, _TEXT)),
}


def any_value(kind: Any) -> st.SearchStrategy[Any]:
    if kind in _VALUES:
        return _VALUES[kind]
    return st.one_of(*(any_value(part) for part in kind.__args__))


def any_fact(cls: type[Fact]) -> st.SearchStrategy[Fact]:
    fields = msgspec.structs.fields(cls)
    return st.builds(cls, **{field.name: any_value(field.type) for field in fields})


def any_envelope(cls: type[Fact]) -> st.SearchStrategy[Envelope[Any]]:
    return st.builds(
        Envelope,
        id=_TEXT,
        at=st.datetimes(min_value=datetime(1970, 1, 1), timezones=st.just(UTC)),
        actor=_TEXT,
        fact=any_fact(cls),
        source=st.none() | _TEXT,
        run=st.none() | _TEXT,
        cause=st.none() | st.integers(1, 2**53),
        v=st.just(cls.class_version),
    )


@pytest.mark.parametrize("cls", TOPICS.values(), ids=TOPICS.keys())
@settings(max_examples=15)
@whatever(data=st.data())
def test_what_comes_out_of_the_log_is_what_went_in(cls, data):
    envelope = data.draw(any_envelope(cls))
    assert decode(cls.TOPIC, encode(envelope)) == envelope


def test_an_unchanged_field_and_an_emptied_one_stay_different_in_the_log():
    state = msgspec.json.decode((FOLDER / "MemberContactChanged.v1.json").read_bytes())
    assert state["fact"] == {"uid": "m-1", "email": None}


def test_an_unknown_topic_stops_the_reading_and_names_itself():
    with pytest.raises(InputError, match="'MemberCloned' that this version does not know"):
        decode("MemberCloned", b"{}")


def test_a_version_from_the_future_stops_the_reading():
    envelope = envelope_of(SAMPLES["MemberRenamed.v1"])
    state = encode(envelope).replace(b'"fact"', b'"v":2,"fact"')
    with pytest.raises(InputError, match="version 2 of the event MemberRenamed"):
        decode("MemberRenamed", state)


class Renamed(Fact, frozen=True, kw_only=True):
    """MemberRenamed as it might become: the two parts of a name, and a script."""

    TOPIC: ClassVar[str] = "MemberRenamed"
    KIND: ClassVar[str] = "member"
    class_version: ClassVar[int] = 3
    given: str
    family: str
    script: str = ""

    @staticmethod
    def upcast_v1_v2(state: dict[str, Any]) -> None:
        state["family"], _, state["given"] = state.pop("name").partition(" ")

    @staticmethod
    def upcast_v2_v3(state: dict[str, Any]) -> None:
        state["script"] = "Latn" if state["given"].isascii() else "Hani"


@pytest.fixture
def _renamed(monkeypatch):
    from domain import envelope

    monkeypatch.setitem(TOPICS, "MemberRenamed", Renamed)
    envelope._decoder.cache_clear()
    yield
    envelope._decoder.cache_clear()


@pytest.mark.usefixtures("_renamed")
@pytest.mark.parametrize(
    ("version", "fact"),
    [
        (1, {"uid": "m-1", "name": "Li Lei"}),
        (2, {"uid": "m-1", "given": "Lei", "family": "Li"}),
        (3, {"uid": "m-1", "given": "Lei", "family": "Li", "script": "Latn"}),
    ],
)
def test_facts_of_every_older_version_are_brought_to_the_present_one(version, fact):
    state = {"id": "1", "at": "2026-11-21T08:00:00Z", "actor": "a", "fact": fact, "v": version}
    if version == 1:
        del state["v"]
    envelope = decode("MemberRenamed", msgspec.json.encode(state))
    assert envelope.fact == Renamed(uid="m-1", given="Lei", family="Li", script="Latn")
    assert envelope.v == 3


@pytest.mark.usefixtures("_renamed")
def test_a_fact_is_written_with_the_version_of_its_class():
    envelope = envelope_of(Renamed(uid="m-1", given="Lei", family="Li"))
    stale = msgspec.structs.replace(envelope, v=1)
    assert decode("MemberRenamed", encode(stale)) == envelope


def test_upcasting_goes_step_by_step_from_the_version_it_was_written_with():
    assert upcast(Renamed, {"given": "磊", "family": "李"}, 2)["script"] == "Hani"


def test_facts_of_the_directory_and_of_runs_have_addresses_apart():
    assert address("acme", MemberRenamed(uid="m-1", name="x")) == "acme.directory.member.m-1"
    assert address("acme", RunStarted(uid="run-1", system="hr")) == "acme.run.run-1"
    for cls in (*DIRECTORY, *RUNS):
        inside = address("acme", SAMPLES[f"{cls.TOPIC}.v1"]).startswith(directory_scope("acme"))
        assert inside == (cls in DIRECTORY)


def test_a_line_of_the_log_knows_its_organization_and_its_fact():
    fact = MemberRenamed(uid="m-1", name="x")
    entry = Entry(address("acme", fact), 3, envelope_of(fact), position=41)
    assert (entry.org, entry.fact) == ("acme", fact)
