"""Fault dials: how they are written, and when they strike."""

from __future__ import annotations

from typing import Any

import pytest

from adapters.simulation.faults import Fault, FaultDials, decode_faults, parse_fault
from adapters.simulation.http import Request
from domain.errors import InputError


def request(body: bytes = b"{}") -> Request:
    """A request with this body."""
    scope: dict[str, Any] = {"method": "POST", "path": "/", "query_string": b"", "headers": []}
    return Request(scope, body)


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("user/list:throttle", Fault(api="user/list", kind="throttle")),
        ("user/list:throttle:times=3", Fault(api="user/list", kind="throttle", times=3)),
        ("*:busy:times=always:after=2", Fault(api="*", kind="busy", after=2)),
        ("*:slow:seconds=0.5", Fault(api="*", kind="slow", seconds=0.5)),
        ("*:reset:probability=0.1", Fault(api="*", kind="reset", probability=0.1)),
        ("a:busy:match.dept_id=5", Fault(api="a", kind="busy", match={"dept_id": "5"})),
    ],
)
def test_the_compact_form(text: str, fault: Fault) -> None:
    read = parse_fault(text)
    assert {k: str(v) for k, v in read.match.items()} == fault.match
    read.match = fault.match
    assert read == fault


@pytest.mark.parametrize("text", ["", "user/list", "a:nonsense", "a:busy:3", "a:busy:colour=red"])
def test_a_misspelt_fault_is_refused(text: str) -> None:
    with pytest.raises(InputError):
        parse_fault(text)


def test_json_is_a_list_or_one() -> None:
    one = b'{"api":"a","kind":"busy"}'
    assert decode_faults(one) == decode_faults(b"[" + one + b"]")
    with pytest.raises(InputError, match="api"):
        decode_faults(b'[{"kind":"busy"}]')


def test_the_first_matching_dial_wins_and_the_next_follows() -> None:
    dials = FaultDials()
    dials.set([Fault(api="a", kind="busy", times=1), Fault(api="*", kind="ip", times=1)])
    struck = [dials.strike("a", request()) for _ in range(3)]
    assert [fault.kind if fault else None for fault in struck] == ["busy", "ip", None]


def test_numbers_and_digits_match_alike() -> None:
    fault = Fault(api="*", kind="busy", match={"dept_id": 5})
    assert fault.concerns("a", request(b'{"dept_id":5}'))
    assert fault.concerns("a", request(b'{"dept_id":"5"}'))
    assert not fault.concerns("a", request(b'{"dept_id":6}'))
    assert not fault.concerns("a", request())


def test_chance_is_repeatable() -> None:
    def run() -> list[bool]:
        dials = FaultDials()
        dials.set([Fault(api="*", kind="busy", probability=0.3)])
        return [dials.strike("a", request()) is not None for _ in range(200)]

    assert run() == run()
    assert 30 < sum(run()) < 90
