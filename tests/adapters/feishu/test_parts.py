"""One event in several frames of Feishu's long connection: put together, within bounds."""

from __future__ import annotations

from adapters.feishu.conversation import ClientConfig, FeishuLine
from adapters.feishu.parts import MOST_EVENTS, Parts
from domain.hints import LARGEST
from tests.adapters.feishu.test_long_connection import body, frame


def test_a_huge_event_is_counted_and_sent_back() -> None:
    """In one frame or in many, which are not collected for ever."""
    line = FeishuLine("ws://x", 1, ClientConfig(), "custom")
    huge = frame(b"x" * (LARGEST + 1)).SerializeToString()
    found = line.hear(huge, 0.0).received
    assert found is not None
    assert (found.refused, found.keep) == ("oversize", None)
    half = b"x" * (LARGEST // 2 + 1)
    assert line.hear(frame(half, "m", 3, 0).SerializeToString(), 0.0).received is None
    joined = line.hear(frame(half, "m", 3, 1).SerializeToString(), 0.0).received
    assert joined is not None
    assert joined.refused == "oversize"


def test_parts_whose_rest_does_not_come_are_forgotten() -> None:
    """After seconds, so that an old half and a new one are not taken for one event."""
    line = FeishuLine("ws://x", 1, ClientConfig(), "custom")
    whole = body()
    assert line.hear(frame(whole[:9], "m", 2, 0).SerializeToString(), 0.0).received is None
    assert line.hear(frame(whole[9:], "m", 2, 1).SerializeToString(), 60.0).received is None


def test_as_many_events_in_parts_as_there_is_room_for_are_put_together() -> None:
    """All first halves, then all second ones; of one more than that the oldest is forgotten."""
    for many, whole in ((MOST_EVENTS, MOST_EVENTS), (MOST_EVENTS + 1, MOST_EVENTS)):
        parts = Parts()
        for number in range(many):
            assert parts.join(str(number), 2, 0, b"a", 0.0) is None
        found = [parts.join(str(number), 2, 1, b"b", 0.0) for number in reversed(range(many))]
        assert found.count(b"ab") == whole
