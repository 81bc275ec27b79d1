"""Feishu's protobuf frames: ours against the code that the vendor generated."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.feishu.frames import DATA, METHOD, PAYLOAD, decode, encode
from tests.adapters.callback_desk import FUZZ
from tests.adapters.feishu.vendor_frames import DecodeError
from tests.adapters.feishu.vendor_frames import Frame as Theirs

TEXT = st.text(max_size=200)


@FUZZ
@given(st.data())
def test_what_the_vendor_writes_we_read_and_answer(data: st.DataObject) -> None:
    """Every field at every width, and all of them are in the answer again."""
    theirs = Theirs(
        SeqID=data.draw(st.integers(0, 2**64 - 1)),
        LogID=data.draw(st.integers(0, 2**64 - 1)),
        service=data.draw(st.integers(0, 2**31 - 1)),
        method=data.draw(st.integers(0, 2**31 - 1)),
    )
    headers = data.draw(st.dictionaries(TEXT, TEXT, max_size=5))
    for key, value in headers.items():
        theirs.headers.add(key=key, value=value)
    for name in ("payload_encoding", "payload_type", "LogIDNew"):
        if data.draw(st.booleans()):
            setattr(theirs, name, data.draw(TEXT))
    payload = data.draw(st.binary(max_size=300))
    if payload or data.draw(st.booleans()):
        theirs.payload = payload

    ours = decode(theirs.SerializeToString())
    assert (ours.method, ours.service) == (theirs.method, theirs.service)
    assert (ours.headers, ours.payload) == (headers, payload)

    answer = Theirs()
    answer.ParseFromString(ours.answered(b'{"code":200}'))
    theirs.payload = b'{"code":200}'
    assert answer == theirs


@given(st.integers(0, 1), st.integers(0, 2**31 - 1), st.dictionaries(TEXT, TEXT), st.binary())
def test_what_we_write_the_vendor_reads(
    method: int, service: int, headers: dict[str, str], payload: bytes
) -> None:
    """A ping, and what a simulator sends."""
    theirs = Theirs()
    theirs.ParseFromString(encode(method, service, headers, payload))
    assert (theirs.method, theirs.service, theirs.payload) == (method, service, payload)
    assert {one.key: one.value for one in theirs.headers} == headers


@FUZZ
@given(st.binary(max_size=200))
def test_of_garbage_we_read_what_the_vendor_reads_or_nothing(data: bytes) -> None:
    """Nothing but ValueError; what we take, the vendor's code takes as well."""
    with suppress(ValueError):
        ours, theirs = decode(data), Theirs()
        with suppress(DecodeError):
            theirs.ParseFromString(data)
            assert ours.payload == theirs.payload


@pytest.mark.parametrize("unknown", [b"\x79" + b"\x00" * 8, b"\x7d" + b"\x00" * 4, b"\x7a\x01x"])
def test_fields_of_a_later_version_are_skipped(unknown: bytes) -> None:
    """64 bits, 32 bits and bytes under number 15."""
    assert decode(encode(1, 7, {"type": "event"}, b"{}") + unknown).payload == b"{}"


def test_a_frame_that_is_cut_is_none() -> None:
    """At every byte but those where a field ends."""
    whole = encode(1, 7, {"type": "event"}, b"{}")
    ends = {0, 2, 4, 6, 8, len(whole) - 4, len(whole)}
    for end in set(range(len(whole))) - ends:
        with pytest.raises(ValueError, match="cut"):
            decode(whole[:end])


def test_a_number_that_is_left_out_is_zero() -> None:
    """As writers of the newer protobuf leave it out; what is sent back has what came."""
    found = decode(bytes((METHOD << 3, DATA)))
    assert (found.method, found.service) == (DATA, 0)
    assert found.answered(b"") == bytes((METHOD << 3, DATA, PAYLOAD << 3 | 2, 0))
