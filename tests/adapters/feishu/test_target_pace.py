"""How fast Feishu is written to: 1,000 in a minute, one move in a second, in virtual time."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from adapters.feishu import client
from domain.delivery.operation import Acknowledged, Action, Change, Relations
from domain.records import DepartmentRecord, MemberRecord, Roster
from tests.adapters.feishu.target_desk import VirtualDesk
from tests.adapters.http.virtual import now

ORG = Roster(
    departments=(
        DepartmentRecord(id="a", name="a", parent_id=None),
        DepartmentRecord(id="b", name="b", parent_id=None),
    ),
    members=tuple(
        MemberRecord(id=f"u{i}", name=f"u{i}", departments=("a",), mobile=f"139{i:08d}")
        for i in range(30)
    ),
)


def together(desk: VirtualDesk, changes: list[Change], workers: int = 8) -> float:
    """All changes, by several tasks as the engine does it; returns the seconds it took."""

    async def work(target: Any) -> float:
        waiting = iter(changes)

        async def worker() -> None:
            for change in waiting:
                (result,) = await target.apply([change])
                assert isinstance(result, Acknowledged), result

        began = now()
        await asyncio.gather(*(worker() for _ in range(workers)))
        return now() - began

    took: float = desk.work(work)
    return took


def change(action: Action, number: int, **more: Any) -> Change:
    user_id = f"u{number}"
    remote = None if action is Action.CREATE else user_id
    return Change(kind="member", action=action, uid=user_id, key=user_id, remote=remote, **more)


def test_moves_keep_to_one_in_a_second_and_are_never_refused() -> None:
    """The real rule: thirty people take half a minute, and nothing runs into the limit."""
    desk = VirtualDesk(ORG, move_per_second=1, real_limits=True)
    moves = [
        change(
            Action.MOVE,
            n,
            relations=Relations(departments=("b",)),
            had=Relations(departments=("a",)),
        )
        for n in range(30)
    ]
    took = together(desk, moves)
    assert {place for n in range(30) for place in desk.places(f"u{n}")} == {"b"}
    assert desk.app.stats.throttled == 0
    assert 29 <= took <= 35


def test_suspending_goes_one_after_the_other_beside_other_writes() -> None:
    """Ten people are suspended while others are renamed: only the suspensions wait."""
    desk = VirtualDesk(ORG, move_per_second=1)
    closing = [change(Action.DEACTIVATE, n, relations=Relations(active=False)) for n in range(5)]
    naming = [change(Action.UPDATE, n, fields={"nickname": "x"}) for n in range(10, 30)]
    took = together(desk, [*naming, *closing])
    assert desk.app.stats.throttled == 0 and 4 <= took <= 8


def test_a_first_load_lasts_as_long_as_the_minute_allows() -> None:
    """1,200 people in 80 s or so, with Feishu's documented limits and no refusal."""
    desk = VirtualDesk(Roster(departments=ORG.departments), real_limits=True)
    creations = [
        change(
            Action.CREATE,
            n,
            fields={"name": "n", "mobile": f"138{n:08d}"},
            relations=Relations(departments=("a",)),
            token=str(n),
        )
        for n in range(1200)
    ]
    took = together(desk, creations)
    assert len(desk.directory.people.users) == 1200
    assert desk.app.stats.throttled == 0
    assert 72 <= took <= 90


def test_suspending_is_never_done_side_by_side() -> None:
    """Feishu says that it fails at random; also where an answer takes longer than a second."""
    desk = VirtualDesk(ORG, move_per_second=1, latency_ms=2500)
    closing = [change(Action.DEACTIVATE, n, relations=Relations(active=False)) for n in range(5)]
    together(desk, closing)
    assert desk.app.stats.max_concurrency == 1
    assert all(desk.user(f"u{n}").frozen for n in range(5))


ROLES = [
    Change(
        kind="role",
        action=Action.CREATE,
        uid=str(n),
        key=str(n),
        remote=None,
        fields={"name": f"role {n}"},
    )
    for n in range(101)
]


def test_roles_keep_to_their_hundred_a_minute() -> None:
    """The first ones go at once, and none is refused."""
    desk = VirtualDesk(ORG, real_limits=True)
    took = together(desk, ROLES, workers=1)
    assert len(desk.directory.roles.roles) == 101
    assert desk.app.stats.throttled == 0 and 60 <= took <= 63


def test_a_refused_call_waits_for_as_long_as_feishu_asks(monkeypatch: pytest.MonkeyPatch) -> None:
    """429 with x-ogw-ratelimit-reset: a limit that we do not know costs one refusal, not six."""
    monkeypatch.setattr(client, "NARROW", {})
    desk = VirtualDesk(ORG, real_limits=True)
    took = together(desk, ROLES, workers=1)
    assert len(desk.directory.roles.roles) == 101
    assert desk.app.stats.throttled == 1 and 60 <= took <= 63


def test_a_token_is_renewed_before_it_ends() -> None:
    """Ten minutes early, so that no call is refused for it."""
    desk = VirtualDesk(ORG)

    async def work(target: Any) -> None:
        for _ in range(3):
            await target.apply([change(Action.UPDATE, 1, fields={"nickname": "x"})])
            await asyncio.sleep(3350)

    desk.work(work)
    assert desk.calls("tenant_access_token") == 2
    assert not desk.app.stats.errors
