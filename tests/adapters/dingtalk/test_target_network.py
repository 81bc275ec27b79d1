"""Writing over a real socket, as the contract suite does, with answers that get lost."""

from __future__ import annotations

import asyncio

import pytest

from adapters.dingtalk.settings import DingTalkSettings
from adapters.dingtalk.target import DingTalkTarget
from adapters.http import Patience
from domain.delivery.operation import Acknowledged, Action, Change, Relations
from domain.records import DepartmentRecord, MemberRecord, Roster
from tests.adapters.dingtalk.target_desk import DingTalkTargetDesk
from tests.delivery.desk import Trouble

PEOPLE = 40


async def deliver(desk: DingTalkTargetDesk) -> None:
    """One department, forty people in it at the same time, one of them its leader."""
    settings = DingTalkSettings(**desk.settings())
    target = DingTalkTarget("ding", settings, patience=Patience(first_wait=0.01))
    try:
        top = await acknowledged(
            target, "department", "d1", {"name": "研发"}, Relations(parent=None)
        )
        inside = Relations(departments=(top,))
        await asyncio.gather(
            *(
                acknowledged(
                    target, "member", f"u{i}", {"name": f"人{i}", "mobile": f"138{i:08d}"}, inside
                )
                for i in range(PEOPLE)
            )
        )
        lead = Change(
            kind="department",
            action=Action.RELATE,
            uid="d",
            key="d1",
            remote=top,
            relations=Relations(leaders=("u0",)),
        )
        (done,) = await target.apply([lead])
        assert isinstance(done, Acknowledged), repr(done)
    finally:
        await target.close()


async def acknowledged(
    target: DingTalkTarget, kind: str, key: str, fields: dict[str, str], relations: Relations
) -> str:
    change = Change(
        kind=kind,
        action=Action.CREATE,
        uid=key,
        key=key,
        remote=None,
        fields=dict(fields),
        relations=relations,
    )
    (result,) = await target.apply([change])
    assert isinstance(result, Acknowledged), repr(result)
    return result.remote


@pytest.mark.parametrize("trouble", ["none", "lost_reply", "http_500", "reset"])
def test_what_arrives_is_what_was_sent_whatever_the_network_does(
    trouble: Trouble,
) -> None:
    """Three writes go wrong; everybody is there, once, under our ids."""
    with DingTalkTargetDesk() as desk:
        by_hand = desk.put_member(name="外", email="x@example.com", mobile="13700000000")
        if trouble != "none":  # type: ignore[comparison-overlap]
            assert desk.trouble(trouble, 3)
        asyncio.run(deliver(desk))
        shown = desk.roster()
        assert shown.departments == (
            DepartmentRecord(id="d1", name="研发", parent_id=None, leaders=("u0",)),
        )
        ids = {m.id for m in shown.members}
        assert ids == {f"u{i}" for i in range(PEOPLE)} | {f"foreign:{by_hand}"}
        assert all(m.departments == ("d1",) for m in shown.members if m.id in ("u0", "u39"))
        assert desk.writes() >= PEOPLE + 2


def test_the_desk_changes_people_by_hand() -> None:
    """What the contract suite asks of it works."""
    with DingTalkTargetDesk() as desk:
        remote = desk.put_member(name="外", email="x@example.com", mobile="13700000000")
        desk.rename_member(remote, "内")
        (shown,) = desk.roster().members
        assert isinstance(shown, MemberRecord) and shown.name == "内"
        desk.remove_member(remote)
        assert desk.roster() == Roster()
