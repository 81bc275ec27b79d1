"""Snapshots: a cache that is believed only when it is whole and of this log."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from projections.org_tree import snapshot
from projections.org_tree.fold import OrgTree
from tests.projections.org_tree.histories import FOUNDED, LATER, directory, entries


@pytest.fixture
def kept(tmp_path: Path) -> Path:
    tree = OrgTree()
    tree.apply(entries([*FOUNDED, *LATER]))
    path = tmp_path / "state" / "tree"
    snapshot.save(tree, path, "log-1")
    return path


def test_what_is_loaded_is_what_was_saved(kept: Path) -> None:
    tree = snapshot.load(kept, "log-1", at_most=10**9)
    assert tree is not None
    assert tree.position == len([*FOUNDED, *LATER])
    assert tree.directory("acme") == directory([*FOUNDED, *LATER])


def test_it_is_for_nobody_else_and_nothing_is_left_beside_it(kept: Path) -> None:
    assert kept.stat().st_mode & 0o777 == 0o600
    assert list(kept.parent.iterdir()) == [kept]


def test_another_log_or_a_later_position_is_passed_over(kept: Path) -> None:
    assert snapshot.load(kept, "log-2", at_most=10**9) is None
    assert snapshot.load(kept, "log-1", at_most=3) is None


def test_another_format_is_passed_over(kept: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(snapshot, "FORMAT", snapshot.FORMAT + 1)
    assert snapshot.load(kept, "log-1", at_most=10**9) is None


def test_what_cannot_be_read_is_passed_over(tmp_path: Path) -> None:
    assert snapshot.load(tmp_path / "nowhere", "log-1", at_most=9) is None
    assert snapshot.load(tmp_path, "log-1", at_most=9) is None


@settings(max_examples=200, deadline=None)
@given(data=st.data())
def test_a_damaged_one_is_passed_over(
    data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.getbasetemp() / "damaged"
    tree = OrgTree()
    tree.apply(entries(FOUNDED))
    snapshot.save(tree, path, "log-1")
    content = bytearray(path.read_bytes())
    at = data.draw(st.integers(0, len(content) - 1))
    if data.draw(st.booleans()):
        del content[at:]
    else:
        content[at] ^= data.draw(st.integers(1, 255))
    path.write_bytes(content)
    assert snapshot.load(path, "log-1", at_most=10**9) is None


def test_a_whole_file_of_something_else_is_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "other"
    path.write_bytes(b"x" * 16 + msgspec.msgpack.encode([1, 2, 3]))
    assert snapshot.load(path, "log-1", at_most=9) is None
