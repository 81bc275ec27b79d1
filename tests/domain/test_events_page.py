"""``docs/reference/events.md`` tells every event, every field, and which of them are personal."""

from __future__ import annotations

import re
from pathlib import Path

import msgspec
import pytest

from domain.envelope import Envelope
from domain.events import TOPICS

PAGE = (Path(__file__).parents[2] / "docs/reference/events.md").read_text(encoding="utf-8")
SECTIONS = dict(re.findall(r"^### (\w+)\n(.*?)(?=^##|\Z)", PAGE, re.MULTILINE | re.DOTALL))
ROW = re.compile(r"^\| `(\w+)` \|[^|]*\|[^|]*\| *(personal)? *\|[^|]+\|$", re.MULTILINE)


def test_the_page_tells_the_events_there_are_and_no_others():
    assert SECTIONS.keys() == TOPICS.keys()


@pytest.mark.parametrize("cls", TOPICS.values(), ids=TOPICS.keys())
def test_the_page_tells_every_field_and_whether_it_is_personal(cls):
    told = {name: bool(personal) for name, personal in ROW.findall(SECTIONS[cls.TOPIC])}
    fields = [field.name for field in msgspec.structs.fields(cls) if field.name != "uid"]
    assert told == {name: name in cls.PERSONAL for name in fields}


def test_the_page_tells_every_key_of_the_envelope():
    for field in msgspec.structs.fields(Envelope):
        assert f"| `{field.name}` |" in PAGE
