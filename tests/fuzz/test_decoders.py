"""What ``make fuzz`` runs: inputs to begin with are taken, and others break no promise."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fuzz.decoders import TARGETS, seeds, words


@pytest.mark.parametrize(("target", "data"), seeds())
def test_an_input_to_begin_with_is_taken(target: int, data: bytes) -> None:
    """So that what comes of it is not refused at the door."""
    assert TARGETS[target](data)


@given(
    target=st.integers(0, len(TARGETS) - 1),
    data=st.binary(max_size=80)
    | st.lists(st.sampled_from([*sorted(words()), *'{}[]":,', "null", "1"]), max_size=12).map(
        lambda parts: "".join(parts).encode()
    ),
)
def test_other_inputs_break_no_promise(target: int, data: bytes) -> None:
    TARGETS[target](data)
