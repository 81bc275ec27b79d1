"""The table of numbers: every promise has its row, and the cheap ones run in small."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from bench import least
from bench.__main__ import main
from bench.least import Least
from bench.people import company
from bench.row import Hold, Measured, Row, Setting, Skipped, measure
from bench.rows import ROWS
from domain.records import DepartmentRecord, MemberRecord, RoleRecord, Roster

NUMBERS = Path(__file__).resolve().parents[2] / "docs" / "reference" / "numbers.md"

HELD = {
    "append": ">= 0.5 (aim 0.7)",
    "append-sqlite": ">= 0.65",
    "append-postgres": ">= 1.8",
    "replay-tree": ">= 0.5",
    "replay-audit": ">= 0.4",
    "calls-dingtalk": "<= 1.05",
    "calls-feishu": "<= 1.05",
    "calls-wecom": "<= 1.05",
    "calls-entra": "<= 1.05",
    "calls-entra-attribute": "<= 1.05",
    "calls-ldap": "<= 1.05",
    "limit-per-api": "<= 1.15",
    "limit-in-total": "<= 1.15",
    "limit-feishu": "<= 1.15",
    "limit-wecom": "<= 1.15",
    "limit-entra": "<= 1.15",
    "unchanged": "<= 0.25",
    "memory": "<= 1",
    "deliver-limit": "<= 1.15",
    "callbacks-receive": "<= 1",
    "live-latency": "<= 1",
    "live-load": "<= 1",
    "live-idle": "<= 1",
}
SHOWN = {"deliver", "decide", "snapshot", "help", "tree"}


def row(measured: Measured, hold: Hold | None = None) -> Row:
    return Row(
        name="x",
        what="a",
        against="b",
        unit="s",
        hold=hold or Hold(">=", 0.5),
        run=lambda _: measured,
    )


def test_every_number_that_the_design_holds_has_its_row() -> None:
    assert {name: str(r.hold) for name, r in ROWS.items() if r.hold} == HELD
    assert {name for name, r in ROWS.items() if r.hold is None} == SHOWN


def test_the_page_explains_every_row() -> None:
    page = NUMBERS.read_text(encoding="utf-8")
    assert [name for name in ROWS if f"`{name}`" not in page] == []


@pytest.mark.parametrize("name", ["append", "replay-tree", "replay-audit"])
def test_a_cheap_row_runs_in_small(name: str) -> None:
    line = measure(ROWS[name], Setting(quick=True))
    assert line.verdict in {"ok", "miss"}
    assert line.ours is not None
    assert line.ours > 0
    assert line.theirs is not None
    assert line.theirs > 0


@pytest.mark.parametrize("name", [name for name in ROWS if name.startswith("calls-")])
def test_a_full_sync_takes_the_least_calls_that_the_api_allows(name: str) -> None:
    """Not one call more than the roster demands, and none is throttled, fails or leaves a gap."""
    line = measure(ROWS[name], Setting(quick=True))
    if line.verdict == "skipped":
        pytest.skip(line.note)
    assert (line.verdict, line.ratio) == ("ok", 1.0), line.note


def test_callbacks_run_in_small_and_none_is_lost() -> None:
    """Each is stored once, and acknowledged as its provider wants it; how quickly is not held."""
    line = measure(ROWS["callbacks-receive"], Setting(quick=True))
    assert line.note.startswith("200 callbacks, 200 stored once; median ")


def test_a_limit_row_runs_in_small() -> None:
    """Too short for the limit to matter; nothing is throttled and there is no gap."""
    line = measure(ROWS["limit-entra"], Setting(quick=True))
    assert re.fullmatch(r"[\d,]+ calls needed, 0 made again", line.note)


@pytest.mark.parametrize(
    ("measured", "hold", "verdict"),
    [
        (Measured(ours=1, theirs=2), Hold(">=", 0.5), "ok"),
        (Measured(ours=1, theirs=2.1), Hold(">=", 0.5), "miss"),
        (Measured(ours=1.2, theirs=1), Hold("<=", 1.15), "miss"),
        (Measured(ours=1.1, theirs=1), Hold("<=", 1.15), "ok"),
        (Measured(ours=1, theirs=1, ratio=0.4), Hold(">=", 0.5), "miss"),
        (Measured(ours=1, theirs=1, broken=("a gap",)), Hold(">=", 0.5), "miss"),
    ],
)
def test_a_hold_is_kept_or_missed(measured: Measured, hold: Hold, verdict: str) -> None:
    assert measure(row(measured, hold), Setting()).verdict == verdict


def test_a_row_that_cannot_be_measured_here_says_why_and_misses_nothing() -> None:
    def absent(_: Setting) -> Measured:
        raise Skipped("PostgreSQL is not installed")

    skipped = Row(name="x", what="a", against="b", unit="s", hold=Hold(">=", 3), run=absent)
    line = measure(skipped, Setting())
    assert (line.verdict, line.note) == ("skipped", "PostgreSQL is not installed")


def test_an_unknown_row_is_a_usage_error_that_names_the_known_ones(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(["apend"])
    assert stopped.value.code == 2
    assert "append-sqlite" in capsys.readouterr().err


SMALL = Roster(
    departments=(
        DepartmentRecord(id="1", name="one", parent_id=None),
        DepartmentRecord(id="2", name="empty", parent_id="1"),
    ),
    members=tuple(
        MemberRecord(id=f"u{n}", name="x", departments=("1",) if n else ()) for n in range(1102)
    ),
    roles=(RoleRecord(id="r", name="r", members=tuple(f"u{n}" for n in range(101))),),
)
"""1,101 people in a department that has one below it, and one in none; a role has 101 of them."""


@pytest.mark.parametrize(
    ("count", "calls"),
    [
        (
            least.dingtalk,
            {
                "gettoken": 1,
                "auth/scopes": 1,
                "department/listsub": 3,
                "department/get": 3,
                "user/list": 1 + 12 + 1,
                "user/get": 1102,
                "role/list": 1,
                "role/simplelist": 2,
            },
        ),
        (
            least.feishu,
            {
                "tenant_access_token": 1,
                "departments/children": 1,
                "users/find_by_department": 1 + 23 + 1,
                "functional_roles/members/list": 2,
            },
        ),
        (
            least.wecom,
            {
                "gettoken": 2,
                "department/simplelist": 1,
                "department/list": 1,
                "user/list_id": 1,
                "user/list": 2,
                "tag/list": 1,
                "tag/get": 1,
            },
        ),
        (
            least.entra_groups,
            {
                "token": 1,
                "users": 12,
                "users/delta": 1,
                "groups": 2,
                "groups/delta": 1,
                "groups/members": 1,
                "$batch": 1,
            },
        ),
        (least.entra_attribute, {"token": 1, "users": 12, "users/delta": 1}),
        (least.ldap, {"people": 3, "departments": 1, "roles": 1}),
    ],
    ids=["dingtalk", "feishu", "wecom", "entra-groups", "entra-attribute", "ldap"],
)
def test_the_least_calls_are_counted_from_the_roster(
    count: Callable[[Roster], Least], calls: dict[str, int]
) -> None:
    """Each provider's page sizes and questions, on one roster counted by hand."""
    assert count(SMALL) == calls


def test_a_made_up_organization_is_the_same_in_every_run() -> None:
    assert company(20, 200) == company(20, 200)
