"""A request as a server hands it over, and the envelope that it is stored in."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import InputError
from domain.hints import Callback, Hint, Kept, keep, kept

PAIRS = st.lists(st.tuples(st.binary(max_size=12), st.binary(max_size=12)), max_size=5)


@given(st.text(max_size=6), st.text(max_size=9), st.binary(max_size=80), PAIRS, st.binary())
def test_any_request_can_be_taken_up(
    method: str, path: str, query: bytes, headers: list[tuple[bytes, bytes]], body: bytes
) -> None:
    """Whatever a server lets through: nothing raises, the body stays as it is."""
    came = Callback.from_wire(method, path, query, headers, body)
    assert came.body == body
    assert all(name == name.lower() for name in came.headers)


def test_the_first_of_a_repeated_name_counts() -> None:
    """In the query as in the headers, so that one reading of a request is everybody's."""
    came = Callback.from_wire(
        "post", "/", b"a=1&a=2&b=%2B+%2F&c&d=%ff", [(b"X-A", b"1"), (b"x-a", b"2")], b""
    )
    assert (came.method, came.headers) == ("POST", {"x-a": "1"})
    assert came.query == {"a": "1", "b": "+ /", "c": "", "d": "\ufffd"}


def test_only_what_verifies_is_stored_beside_the_body() -> None:
    """No cookie, no address, no other parameter."""
    came = Callback(
        method="POST",
        query={"nonce": "1", "other": "2"},
        headers={"x-signature": "3", "cookie": "4"},
        body=b"\x00\xff",
    )
    stored = keep(came, 5.0, query=("nonce", "absent"), headers=("x-signature",))
    assert kept(stored) == Kept(
        at=5.0, query={"nonce": "1"}, headers={"x-signature": "3"}, body=b"\x00\xff"
    )
    assert b"other" not in stored
    assert b"cookie" not in stored


@given(st.binary(max_size=60))
def test_a_damaged_envelope_is_told_in_one_sentence(data: bytes) -> None:
    """And shows nothing of what is in it."""
    with pytest.raises(InputError, match="damaged"):
        kept(data)


def test_representations_show_neither_bodies_nor_parameters() -> None:
    """They may have secrets and people in them; a hint has ids only."""
    came = Callback(method="POST", path="/callbacks/x", query={"q": "secret"}, body=b"secret")
    shown = f"{came!r} {kept(keep(came, 1.0, query=('q',)))!r}"
    assert "secret" not in shown
    assert "u1" in repr(Hint(kind="member", id="u1", event="e", key="k"))
