"""Subjects: every event has one, NATS accepts it, and it leads back to the event."""

from __future__ import annotations

import re
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.nats.subjects import Subjects, token, tokens, untoken, untokens

TEXT = Subjects("orgledger.log", text_ids=True)
UUIDS = Subjects("orgledger.log")
ANYTHING = st.text() | st.text(alphabet="a.*>% \t\r\n\x00\x7fé组\ud800", max_size=12)


@given(originator=ANYTHING, topic=ANYTHING)
def test_any_event_round_trips_through_a_legal_subject(originator: str, topic: str) -> None:
    subject = TEXT.event(originator, topic)
    assert TEXT.parse(subject) == (originator, topic)
    assert not re.search(r"[\s*>\x00-\x1f\x7f]", subject)
    assert all(subject.split("."))
    subject.encode()


@given(text=ANYTHING)
def test_tokens_round_trip(text: str) -> None:
    assert untoken(token(text)) == text
    assert untokens(tokens(text)) == text
    assert "." not in token(text)


@given(one=ANYTHING, other=ANYTHING)
def test_different_ids_have_different_subjects(one: str, other: str) -> None:
    assert (TEXT.event(one, "T") == TEXT.event(other, "T")) == (one == other)


def test_the_products_ids_stay_readable() -> None:
    subject = TEXT.event("feifan.directory.member.m-abc", "MemberRenamed")
    assert subject == "orgledger.log.feifan.directory.member.m-abc.MemberRenamed"
    assert TEXT.scope("feifan.directory") == "orgledger.log.feifan.directory.>"
    assert TEXT.originator("feifan.directory.member.m-abc") == (
        "orgledger.log.feifan.directory.member.m-abc.*"
    )


def test_uuids_come_back_as_uuids() -> None:
    originator = uuid4()
    parsed, topic = UUIDS.parse(UUIDS.event(originator, "bank.domain:Account.Opened"))
    assert isinstance(parsed, UUID)
    assert (parsed, topic) == (originator, "bank.domain:Account.Opened")


def test_tracking_and_snapshots_lie_beside_the_events() -> None:
    for beside in (TEXT.tracking("an app.v2"), TEXT.snapshots.event("a", "T")):
        assert not TEXT.holds(beside)


@pytest.mark.parametrize(
    ("text", "encoded"),
    [
        ("", "%"),
        ("%", "%25"),
        ("a b", "a%20b"),
        ("*", "%2A"),
        ("研发部", "研发部"),
        ("a.b", "a%2Eb"),
    ],
)
def test_encoding_is_fixed_because_the_log_is_for_ever(text: str, encoded: str) -> None:
    assert token(text) == encoded
