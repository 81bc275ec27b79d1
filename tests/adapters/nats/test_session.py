"""nats-py's hand-over from parser to subscription is what session.py overrides."""

from __future__ import annotations

import inspect

from nats.aio.client import Client

from adapters.nats.feed import counters
from adapters.nats.page import header


def test_nats_py_still_hands_messages_over_as_wire_expects() -> None:
    handover = inspect.signature(Client._process_msg)
    assert list(handover.parameters) == ["self", "sid", "subject", "reply", "data", "headers"]
    assert inspect.iscoroutinefunction(Client._process_msg)


def test_headers_are_found_in_a_raw_block() -> None:
    block = b"NATS/1.0\r\nV: 7\r\nNats-Batch-Id: V: 9\r\nNats-Num-Pending: 0\r\n\r\n"
    assert header(block, b"V") == b"7"
    assert header(block, b"Nats-Num-Pending") == b"0"
    assert header(block, b"Nats") == b""


def test_a_deliverys_counters_are_read_in_both_forms() -> None:
    assert counters(b"$JS.ACK.S.c.1.42.7.1700000000.3") == (42, 7, 3)
    assert counters(b"$JS.ACK.hub.acc.S.c.1.42.7.1700000000.3.rnd") == (42, 7, 3)
