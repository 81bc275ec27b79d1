"""Whatever comes to the receiver: no crash, and nothing is stored that nobody has proved."""

from __future__ import annotations

import asyncio
from itertools import pairwise
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.hints import Callback
from tests.adapters.callback_desk import FUZZ, callbacks
from tests.live.receiving import STATE, SYSTEMS, Counter, call, side

every_system = pytest.mark.parametrize("system", SYSTEMS)
ONE = {system: call(system) for system in SYSTEMS}
HINTS = {
    system: side(system).hints(found.keep)
    for system, one in ONE.items()
    if (found := side(system).receive(one, 1_764_000_000.0)).keep is not None
}
RAW = st.binary(max_size=60)
PAIRS = st.lists(st.tuples(RAW, RAW), max_size=6)


@st.composite
def chunks(draw: st.DrawFn, body: bytes) -> list[dict[str, Any]]:
    """A body as it may come: in pieces, or broken off."""
    cuts = sorted(draw(st.lists(st.integers(0, len(body)), max_size=4)))
    edges = [0, *cuts, len(body)]
    parts = [
        {"type": "http.request", "body": body[begin:end], "more_body": True}
        for begin, end in pairwise(edges)
    ]
    parts[-1]["more_body"] = False
    if draw(st.booleans()) and draw(st.booleans()):
        parts = [*parts[: draw(st.integers(0, len(parts) - 1))], {"type": "http.disconnect"}]
    return parts


@st.composite
def mutated(draw: st.DrawFn, system: str) -> tuple[Callback, bytes | None]:
    """A rightful callback of which something is changed: the body, the query, a header, the verb.

    Beside it the raw query; None: as it is in the callback.
    """
    one = ONE[system]
    body, query, headers = bytearray(one.body), dict(one.query), dict(one.headers)
    raw = None
    what = draw(
        st.sampled_from(["body", "cut", "insert", "query", "header", "raw", "verb", "none"])
    )
    place = draw(st.integers(0, max(0, len(body) - 1)))
    if what == "body":
        body[place] ^= draw(st.integers(1, 255))
    elif what == "cut":
        del body[place : place + draw(st.integers(1, 40))]
    elif what == "insert":
        body[place:place] = draw(st.binary(min_size=1, max_size=40))
    elif what == "query" and query:
        query[draw(st.sampled_from(sorted(query)))] = draw(st.text(max_size=60))
    elif what == "header" and headers:
        headers[draw(st.sampled_from(sorted(headers)))] = draw(
            st.text(st.characters(max_codepoint=255), max_size=60)
        )
    elif what == "raw":
        raw = draw(RAW)
    method = draw(st.sampled_from(["GET", "PUT", "HEAD", ""])) if what == "verb" else one.method
    changed = Callback(method=method, path=one.path, query=query, headers=headers, body=bytes(body))
    return changed, raw


def nothing_odd(desk: Counter, system: str) -> None:
    """Every request became one thing, and our own code failed on none."""
    counts = desk.counters.systems[system]
    assert counts.failed == 0
    assert counts.received == counts.stored + counts.duplicates + counts.handshakes + (
        counts.refused.total() + counts.unavailable + counts.broken
    )


@every_system
@FUZZ
@given(data=st.data())
def test_anything_may_come_in(system: str, data: st.DataObject) -> None:
    """Any verb, query and headers, in bytes that need be no text, in any pieces."""
    desk, came = Counter(), data.draw(callbacks())
    came = msgspec.structs.replace(came, path=f"/callbacks/{system}")
    asyncio.run(
        desk.ask(
            came,
            messages=data.draw(chunks(came.body)),
            query=data.draw(RAW),
            headers=data.draw(PAIRS),
        )
    )
    nothing_odd(desk, system)
    assert desk.shelf.kept == {}


@every_system
@FUZZ
@given(data=st.data())
def test_of_a_changed_callback_nothing_is_stored_but_what_was_signed(
    system: str, data: st.DataObject
) -> None:
    """What no signature covers may change, and then nothing else is read out of it.

    Graph signs nothing: there, whoever knows the clientState may say anything.
    """
    desk = Counter()
    came, query = data.draw(mutated(system))
    asyncio.run(desk.ask(came, messages=data.draw(chunks(came.body)), query=query))
    nothing_odd(desk, system)
    for kept in desk.shelf.kept.values():
        if system == "entra":
            told = msgspec.json.decode(came.body)
            assert STATE in {item.get("clientState") for item in told["value"]}
        else:
            assert side(system).hints(kept) == HINTS[system]
