"""The fold: one directory per organization, and nothing twice."""

from __future__ import annotations

from domain.events import OrganizationRegistered, RunStarted
from projections.org_tree.fold import OrgTree
from tests.projections.org_tree.histories import FOUNDED, LATER, directory, entries


def test_events_that_are_run_twice_change_nothing() -> None:
    log = entries([*FOUNDED, *LATER])
    once, twice = OrgTree(), OrgTree()
    once.apply(log)
    twice.apply(log)
    twice.apply(log)
    twice.apply(log[5:9])
    assert twice.directories == once.directories
    assert twice.position == once.position == len(log)


def test_an_overlap_of_two_batches_changes_nothing() -> None:
    log = entries([*FOUNDED, *LATER])
    whole, parts = OrgTree(), OrgTree()
    whole.apply(log)
    for start in range(0, len(log), 3):
        assert parts.apply(log[max(0, start - 4) : start + 3]) == min(start + 3, len(log))
    assert parts.directories == whole.directories


def test_the_tree_is_what_the_facts_say() -> None:
    tree = OrgTree()
    tree.apply(entries([*FOUNDED, *LATER]))
    assert tree.directory("acme") == directory([*FOUNDED, *LATER])


def test_organizations_are_kept_apart() -> None:
    tree = OrgTree()
    tree.apply(entries([OrganizationRegistered(uid="a", name="A")], org="a"))
    tree.apply(entries([OrganizationRegistered(uid="b", name="B")], after=1, org="b"))
    assert [(d.org, d.name, d.position) for d in tree.directories.values()] == [
        ("a", "A", 1),
        ("b", "B", 2),
    ]


def test_an_organization_that_nobody_spoke_of_is_empty_and_stays_out() -> None:
    tree = OrgTree()
    assert tree.directory("nobody").departments == {}
    assert tree.directories == {}


def test_runs_move_the_position_and_nothing_else() -> None:
    tree = OrgTree()
    tree.apply(entries([RunStarted(uid="run-1", system="hr")]))
    assert tree.position == 1
    assert tree.directory("acme").position == 0
