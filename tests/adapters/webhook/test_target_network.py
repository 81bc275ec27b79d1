"""Telling over a real socket, many at a time, with answers that get lost."""

from __future__ import annotations

import asyncio

import pytest

from adapters.http import Patience
from adapters.webhook.settings import WebhookSettings
from adapters.webhook.target import WebhookTarget
from domain.delivery.operation import Acknowledged, Action, Change
from tests.adapters.webhook.target_desk import WebhookTargetDesk
from tests.delivery.desk import Trouble

PEOPLE = 100


@pytest.mark.parametrize("trouble", ["none", "lost_reply", "reset", "http_500", "throttle"])
def test_everybody_arrives_once(trouble: Trouble) -> None:
    """Three calls go wrong, and the receiver holds everybody, once."""

    async def deliver(desk: WebhookTargetDesk) -> None:
        settings = WebhookSettings(**desk.settings())
        target = WebhookTarget("oa", settings, patience=Patience(first_wait=0.01))
        changes = [
            Change(
                kind="member",
                action=Action.CREATE,
                uid=f"{i}",
                key=f"u{i}",
                remote=None,
                token=f"t{i}",
                fields={"name": f"人{i}"},
            )
            for i in range(PEOPLE)
        ]
        try:
            results = await asyncio.gather(*(target.apply([change]) for change in changes))
        finally:
            await target.close()
        assert all(isinstance(result, Acknowledged) for (result,) in results)
        assert len({result.remote for (result,) in results}) == PEOPLE

    with WebhookTargetDesk() as desk:
        if trouble != "none":  # type: ignore[comparison-overlap]
            assert desk.trouble(trouble, 3)
        asyncio.run(deliver(desk))
        assert {m.id for m in desk.roster().members} == {f"u{i}" for i in range(PEOPLE)}
        assert desk.writes() >= PEOPLE


def test_the_desk_changes_people_by_hand() -> None:
    """What the contract suite asks of it works."""
    with WebhookTargetDesk() as desk:
        remote = desk.put_member(name="外", email="x@example.com", mobile="13700000000")
        desk.rename_member(f"foreign:{remote}", "内")
        assert [m.name for m in desk.roster().members] == ["内"]
        desk.remove_member(f"foreign:{remote}")
        assert desk.roster().members == ()
