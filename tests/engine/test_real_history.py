"""Eight years of a real organization, played through the simulated DingTalk into the log.

The data is a public team repository's history (94 monthly rosters); it stays outside this
repository, and the test is skipped where it is not there.
"""

from __future__ import annotations

import asyncio
import gzip
import json
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest

from adapters.dingtalk.settings import DingTalkSettings
from adapters.dingtalk.simulator import create_app
from adapters.dingtalk.source import DingTalkSource
from adapters.simulation.server import running
from domain.directory import Directory
from domain.records import Roster
from domain.rows import Rows
from orgledger.engine.auditing import caught_up
from orgledger.engine.pull import Feed, Outcome, Pull
from orgledger.engine.views import Views
from orgledger.engine.when import position_at
from orgledger.ledger import Ledger
from tests.engine.conftest import Clock

DATA = Path(__file__).resolve().parents[3] / "shared" / "data" / "rust-org-history.jsonl.gz"
ORG = "rust"

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(600),
    pytest.mark.skipif(not DATA.exists(), reason=f"the real history is not at {DATA}"),
]

Month = dict[str, Any]
Past = dict[str, dict[str, Any]]
Picture = tuple[set[Any], set[Any], set[Any]]


def months() -> Iterator[Month]:
    with gzip.open(DATA, "rt", encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)


def picture_of(month: Month) -> Picture:
    """What a month's roster says: departments, members and roles as sets of plain tuples."""
    return (
        {
            (d["id"], d["name"], d["parent_id"], frozenset(d["leaders"]))
            for d in month["departments"]
        },
        {(m["id"], m["name"], frozenset(m["departments"])) for m in month["members"]},
        {(r["id"], r["name"], frozenset(r["members"])) for r in month["roles"]},
    )


def picture_in(directory: Directory) -> Picture:
    """What the ledger says, in the roster's own ids (DingTalk keeps them as source_identifier)."""
    rows = Rows(directory)
    own = {d.uid: d.details["source_identifier"] for d in directory.departments.values()}
    person = {m.uid: rows.id("member", m.uid) for m in directory.members.values()}
    return (
        {
            (own[d.uid], d.name, own.get(d.parent or ""), frozenset(person[u] for u in d.leaders))
            for d in directory.present_departments()
        },
        {
            (person[m.uid], m.name, frozenset(own[u] for u in m.departments))
            for m in directory.present_members()
        },
        {
            (r.name, r.name, frozenset(person[u] for u in directory.grants[r.uid]))
            for r in directory.present_roles()
        },
    )


def changes(before: Month | None, after: Month, left: Past, closed: Past) -> Counter[str]:
    """The real changes between two months, counted without the engine.

    ``left`` and ``closed`` are people and departments that had been there and were not any more,
    as they were last seen.
    """
    old = before or {"departments": [], "members": [], "roles": []}
    count: Counter[str] = Counter()
    was, now = ({d["id"]: d for d in x["departments"]} for x in (old, after))
    for d in now.values():
        known = was.get(d["id"])
        if known is None and d["id"] in closed:
            count["DepartmentRestored"] += 1
            count["DepartmentRenamed"] += closed[d["id"]]["name"] != d["name"]
        elif known is None:
            count["DepartmentCreated"] += 1
        else:
            count["DepartmentMoved"] += known["parent_id"] != d["parent_id"]
            count["DepartmentRenamed"] += known["name"] != d["name"]
        leaders = set(known["leaders"]) if known else set()
        count["DepartmentLeadersChanged"] += leaders != set(d["leaders"])
    count["DepartmentDeleted"] += len(was.keys() - now.keys())
    was, now = ({m["id"]: m for m in x["members"]} for x in (old, after))
    for m in now.values():
        known = was.get(m["id"])
        if known is None:
            count["MemberRehired" if m["id"] in left else "MemberCreated"] += 1
            count["MemberRenamed"] += m["name"] != left.get(m["id"], m)["name"]
        else:
            count["MemberRenamed"] += known["name"] != m["name"]
            count["MemberTransferred"] += set(known["departments"]) != set(m["departments"])
    count["MemberResigned"] += len(was.keys() - now.keys())
    was, now = ({r["id"]: set(r["members"]) for r in x["roles"]} for x in (old, after))
    for role, holders in now.items():
        count["RoleCreated"] += role not in was
        count["RoleGranted"] += len(holders - was.get(role, set()))
        count["RoleRevoked"] += len(was.get(role, set()) - holders)
    count["RoleDeleted"] += len(was.keys() - now.keys())
    return +count


class Player:
    """The simulated DingTalk, and an engine that reads it into the log."""

    def __init__(self, ledger: Ledger, views: Views, url: str, clock: Clock) -> None:
        self.ledger, self.views, self.url, self.clock = ledger, views, url, clock

    def sync(self) -> Outcome:
        settings = DingTalkSettings(
            app_key="dingsimulatedapp",
            app_secret="simulated-secret",
            base_url=self.url,
            api_url=self.url,
            managers="none",  # the data has none, and each would cost a call
            rate=10_000,
            max_rate=0,
        )

        async def work() -> Outcome:
            source = DingTalkSource("dingtalk", settings)
            feed = Feed(system="dingtalk", org=ORG, name="Rust", source=source)
            pull = Pull(self.ledger, self.views, feed, actor="test", progress=lambda *_: None)
            try:
                return await pull.execute()
            finally:
                await source.close()

        return asyncio.run(work())

    def facts(self, run: str, after: int) -> Counter[str]:
        return Counter(
            entry.fact.TOPIC
            for batch in self.ledger.read(after)
            for entry in batch
            if entry.envelope.run == run and entry.fact.KIND != "run"
        )


def test_every_month_of_eight_years_is_in_the_ledger_now_and_in_hindsight(
    ledger: Ledger, views: Views, clock: Clock, tmp_path: Path
) -> None:
    app = create_app(roster=None)
    ends: list[tuple[Month, datetime, int]] = []
    left: Past = {}
    closed: Past = {}
    before: Month | None = None
    with running(app) as served:
        player = Player(ledger, views, served.url, clock)
        for month in months():
            clock.time = datetime.fromisoformat(month["at"])
            app.provider.put_roster(msgspec.convert(month, Roster))
            outcome = player.sync()
            assert not outcome.refused
            assert not outcome.gaps
            assert picture_in(views.directory(ORG)) == picture_of(month), month["at"]
            real = changes(before, month, left, closed)
            made = player.facts(outcome.run, after=ends[-1][2] if ends else 0)
            for topic in ("OrganizationRegistered", "RoleGroupCreated", "RoleGroupDeleted"):
                made.pop(topic, None)
            assert made == real, month["at"]
            if before is not None:
                left |= {m["id"]: m for m in before["members"]}
                closed |= {d["id"]: d for d in before["departments"]}
                for m in month["members"]:
                    left.pop(m["id"], None)
                for d in month["departments"]:
                    closed.pop(d["id"], None)
            ends.append((month, clock.time, ledger.head))
            before = month
        clock.go_on(hours=1)
        assert player.sync().appended == 0
    assert len(ends) == 94
    for month, time, position in ends:
        expected = picture_of(month)
        assert picture_in(views.directory(ORG, position)) == expected
        assert position_at(ledger, time) == position
    _in_sql(ledger, tmp_path, ends)


def _in_sql(ledger: Ledger, data: Path, ends: list[tuple[Month, datetime, int]]) -> None:
    """The tables with their validity intervals say the same of every month, by time."""
    with caught_up(ledger, data, lambda *_: None) as audit:
        for month, time, _ in ends:
            departments, members, roles = picture_of(month)
            at, when = time.isoformat(), f"'{ORG}', '{time.isoformat()}'"
            names = audit.query(f"select id, name from members_at({when})").rows()
            assert set(names) == {(i, n) for i, n, _ in members}, at
            placed = audit.query(
                f"select m.id, d.name from (select id, unnest(departments) as department"
                f" from members_at({when})) m"
                f" join departments_at({when}) d on d.uid = m.department"
            ).rows()
            called = {i: n for i, n, _, _ in departments}
            assert Counter(placed) == Counter((i, called[d]) for i, _, ds in members for d in ds)
            nested = audit.query(
                f"select d.name, p.name from departments_at({when}) d"
                f" left join departments_at({when}) p on p.uid = d.parent"
            ).rows()
            assert Counter(nested) == Counter((n, called.get(p)) for _, n, p, _ in departments), at
            held = audit.query(
                f"select r.name, m.id from roles r, grants g, members m,"
                f" (select position_at({when}) as p)"
                f" where g.role = r.uid and m.uid = g.member and r.state = 'active'"
                f" and r.valid_from <= p and (r.valid_to is null or r.valid_to > p)"
                f" and g.valid_from <= p and (g.valid_to is null or g.valid_to > p)"
                f" and m.valid_from <= p and (m.valid_to is null or m.valid_to > p)"
            ).rows()
            assert set(held) == {(r, i) for r, _, ms in roles for i in ms}, at
