"""The contract suite on a receiver that gives ids of its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

import pytest

from adapters.http import Patience
from adapters.webhook.settings import WebhookSettings
from adapters.webhook.target import WebhookTarget
from domain.delivery.operation import Acknowledged, Change, Fitted, Inventory
from domain.errors import SystemFault
from domain.ports import Finding, Progress, Target
from tests.adapters.webhook.target_desk import WebhookTargetDesk
from tests.delivery.desk import TargetDesk
from tests.delivery.suite import TargetSuite

BLIND = "a receiver is only told; what is done there by hand is not seen"
SKIPPED = dict.fromkeys(
    (
        "account_deleted_by_hand",
        "account_deleted_by_hand_and_then_changed",
        "account_renamed_by_hand",
    ),
    BLIND,
)


class Fresh:
    """Each delivery has a new target inside, as in the product."""

    def __init__(self, desk: WebhookTargetDesk) -> None:
        self._settings = WebhookSettings(**desk.settings())
        self._inner = self._new()
        self.capabilities = self._inner.capabilities

    def _new(self) -> WebhookTarget:
        return WebhookTarget("there", self._settings, patience=Patience(first_wait=0.01))

    def fit(self, kind: str, fields: dict[str, object]) -> Fitted:
        return self._inner.fit(kind, fields)

    async def check(self) -> list[Finding]:
        return await self._inner.check()

    async def read(self, known: Mapping[str, Sequence[str]], progress: Progress) -> Inventory:
        return await self._inner.read(known, progress)

    async def apply(self, changes: Sequence[Change]) -> Sequence[Acknowledged | SystemFault]:
        return await self._inner.apply(changes)

    async def close(self) -> None:
        await self._inner.close()
        self._inner = self._new()


@pytest.mark.slow
class TestReceiver(TargetSuite):
    SKIPPED: ClassVar[dict[str, str]] = SKIPPED

    def desk(self) -> TargetDesk:
        return WebhookTargetDesk(own_ids=True)

    def in_process(self, desk: TargetDesk) -> Target | None:
        assert isinstance(desk, WebhookTargetDesk)
        return Fresh(desk)
