"""An audit of a story, open until the test ends."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from projections.audit import Audit
from tests.projections.audit.story import Story


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "audit.duckdb"


@pytest.fixture
def audit_of(path: Path) -> Iterator[Callable[[Story], Audit]]:
    opened: list[Audit] = []

    def open_with(story: Story) -> Audit:
        opened.append(Audit.open(path))
        opened[-1].apply(story.entries)
        return opened[-1]

    yield open_with
    for audit in opened:
        audit.close()
