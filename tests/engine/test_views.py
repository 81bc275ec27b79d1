"""Views: with or without a snapshot, the tree at a position is the same."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from msgspec.structs import replace

import orgledger.engine.views as module
from domain.errors import ConfigError
from orgledger.engine.pull import Feed, Pull
from orgledger.engine.views import Views
from orgledger.ledger import Ledger
from projections.org_tree import snapshot
from projections.org_tree.fold import OrgTree
from tests.engine.fake_source import FakeSource, company


@pytest.fixture
def history(ledger: Ledger, views: Views) -> Views:
    """Two syncs: twelve people come, one leaves and one takes another name."""
    source = FakeSource(company(12))
    feed = Feed(system="hr", org="acme", name="Acme", source=source)
    for _ in range(2):
        pull = Pull(ledger, views, feed, actor="user:test", progress=lambda *_: None)
        asyncio.run(pull.execute())
        source.without("u5")
        first, *others = source.roster.members
        source.roster = replace(source.roster, members=(replace(first, name="New"), *others))
    return views


def folded(ledger: Ledger, stop: int) -> OrgTree:
    tree = OrgTree()
    for batch in ledger.read(stop=stop):
        tree.apply(batch)
    return tree


def test_a_snapshot_gives_the_same_tree_at_any_position(history: Views, tmp_path: Path) -> None:
    ledger = history.ledger
    head = ledger.head
    for kept in (3, head // 2, head):
        snapshot.save(folded(ledger, kept), tmp_path / "org_tree.snapshot", ledger.identity)
        for at in range(head + 1):
            tree, plain = history.tree(at), folded(ledger, at)
            assert (tree.position, tree.directories) == (plain.position, plain.directories)


def test_the_tree_beyond_the_head_is_the_tree_now(history: Views) -> None:
    assert history.tree(10**6).directories == history.tree().directories


def test_a_rebuild_keeps_a_snapshot_and_tells_how_far_it_is(history: Views, tmp_path: Path) -> None:
    told: list[tuple[str, int, int | None]] = []
    reached = history.rebuild(lambda what, done, total: told.append((what, done, total)))
    head = history.ledger.head
    assert reached == head
    assert told[-1] == ("org tree", head, head)
    kept = snapshot.load(tmp_path / "org_tree.snapshot", history.ledger.identity, at_most=head)
    assert kept is not None
    assert kept.directories == history.tree().directories


def test_a_snapshot_of_another_log_is_passed_over(history: Views, tmp_path: Path) -> None:
    wrong = OrgTree(position=1)
    snapshot.save(wrong, tmp_path / "org_tree.snapshot", "another log")
    assert "acme" in history.tree().directories


def test_a_long_reading_is_kept_and_one_at_the_past_is_not(
    history: Views, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "SNAPSHOT_EVERY", 5)
    history.tree(10)
    assert not (tmp_path / "org_tree.snapshot").exists()
    history.tree()
    assert (tmp_path / "org_tree.snapshot").stat().st_mode & 0o777 == 0o600


def test_a_snapshot_that_cannot_be_written_keeps_nobody_from_looking(
    history: Views, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "SNAPSHOT_EVERY", 5)
    (tmp_path / "org_tree.snapshot").mkdir()
    assert "acme" in history.tree().directories
    assert list(tmp_path.glob("org_tree.snapshot.*")) == []


def test_a_run_that_is_not_there_is_named_with_the_nearest(history: Views) -> None:
    known = next(iter(history.runs().by_id))
    assert history.run(known).org == "acme"
    with pytest.raises(ConfigError, match=f"; did you mean '{known}'"):
        history.run(known[:-2])
    with pytest.raises(ConfigError, match="there is no run 'x'"):
        history.run("x")
