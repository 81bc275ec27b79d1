"""What every provider's callbacks must hold, asked in one place."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from domain.hints import Callback, Callbacks, Hint, Received

NOW = 1_764_000_000.0

FUZZ = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
"""A busy machine is no failure."""

QUERY = ("msg_signature", "signature", "timestamp", "nonce", "echostr", "validationToken")
HEADERS = ("x-lark-request-timestamp", "x-lark-request-nonce", "x-lark-signature")
STAMPS = st.sampled_from((str(int(NOW)), str(int(NOW * 1000)), "0", "-1", "9" * 400, "١٢٣"))


def text() -> st.SearchStrategy[str]:
    """Any text, lone surrogates too: nothing promises that a server does not hand them on."""
    return st.text(st.characters(), max_size=60) | STAMPS


def json_values() -> st.SearchStrategy[Any]:
    return st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
        lambda inner: (
            st.lists(inner, max_size=4)
            | st.dictionaries(st.sampled_from(NAMES) | st.text(max_size=8), inner, max_size=6)
        ),
        max_leaves=8,
    )


ODD = (b"{}", b"<xml/>", b'{"encrypt":"\xff"}', b'{"encrypt":"\\ud800"}', b'{"encrypt":1e999}')

NAMES = (
    "encrypt", "schema", "header", "event", "type", "token", "challenge", "object", "old_object",
    "event_type", "event_id", "create_time", "uuid", "ts", "EventType", "eventId", "UserId",
    "deptId", "LabelIdList", "TimeStamp", "value", "clientState", "lifecycleEvent", "resource",
    "resourceData", "@odata.type", "id", "eventTime", "changeType", "department", "current_status",
)  # fmt: skip


def bodies() -> st.SearchStrategy[bytes]:
    return st.one_of(
        st.binary(max_size=200),
        json_values().map(msgspec.json.encode),
        st.dictionaries(st.sampled_from(NAMES), json_values(), max_size=6).map(msgspec.json.encode),
        st.text(max_size=100).map(
            lambda inner: f"<xml><Encrypt>{inner}</Encrypt></xml>".encode(errors="replace")
        ),
        st.sampled_from((b"[" * 100_000, b'{"a":' * 100_000, b"<xml>" * 100_000, *ODD)),
    )


def callbacks() -> st.SearchStrategy[Callback]:
    """Anything that can come in."""
    return st.builds(
        Callback,
        method=st.sampled_from(("GET", "POST", "PUT", "HEAD", "", "get")),
        path=st.text(max_size=20),
        query=st.dictionaries(st.sampled_from(QUERY) | st.text(max_size=5), text(), max_size=6),
        headers=st.dictionaries(st.sampled_from(HEADERS) | st.text(max_size=5), text(), max_size=4),
        body=bodies(),
    )


def flips(
    callback: Callback, *, query: tuple[str, ...] = (), headers: tuple[str, ...] = ()
) -> Iterator[Callback]:
    """``callback`` with one bit turned over, in every place of its body and the parts named."""
    for body in _flipped(callback.body):
        yield msgspec.structs.replace(callback, body=body)
    for name in query:
        for value in _flipped(callback.query[name].encode()):
            changed = {**callback.query, name: value.decode("latin-1")}
            yield msgspec.structs.replace(callback, query=changed)
    for name in headers:
        for value in _flipped(callback.headers[name].encode()):
            changed = {**callback.headers, name: value.decode("latin-1")}
            yield msgspec.structs.replace(callback, headers=changed)


def _flipped(data: bytes) -> Iterator[bytes]:
    for place in range(len(data) * 8):
        changed = bytearray(data)
        changed[place // 8] ^= 1 << place % 8
        yield bytes(changed)


def accepted(side: Callbacks, callback: Callback, now: float = NOW) -> tuple[Hint, ...]:
    """The hints of a callback that must be taken, read back from what is stored of it."""
    found = side.receive(callback, now)
    assert found.refused == "", found.refused
    assert found.keep is not None
    hints = side.hints(found.keep)
    assert len(hints) == found.hints
    return hints


def refused(side: Callbacks, callback: Callback, now: float = NOW) -> str:
    """The reason for which a callback must be refused."""
    found = side.receive(callback, now)
    assert is_refusal(found), found
    return found.refused


def is_refusal(found: Received) -> bool:
    """Refused, and so nothing to store, nothing to do, and an answer that tells nothing."""
    return (
        found.refused != ""
        and found.keep is None
        and (found.sort, found.key, found.events, found.hints) == ("", "", (), 0)
        and found.answer.status >= 400
        and found.answer.body == b"refused"
    )
