"""The contract suite on the simulated DingTalk."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest

from adapters.dingtalk.settings import DingTalkSettings
from adapters.dingtalk.target import DingTalkTarget
from adapters.dingtalk.target_capabilities import CAPABILITIES
from adapters.dingtalk.target_mapping import fit
from adapters.http import Patience
from domain.delivery.operation import Acknowledged, Action, Change, Fitted, Inventory
from domain.errors import SystemFault
from domain.ports import Finding, Progress, Target
from tests.adapters.dingtalk.target_desk import DingTalkTargetDesk
from tests.delivery.desk import TargetDesk
from tests.delivery.suite import TargetSuite


class Noting:
    """A target that tells the desk under which key of ours each role was made.

    Each delivery has a new one inside, as in the product.
    """

    capabilities = CAPABILITIES

    def __init__(self, desk: DingTalkTargetDesk) -> None:
        self._desk = desk
        self._inner: DingTalkTarget | None = None

    def _target(self) -> DingTalkTarget:
        if self._inner is None:
            settings = DingTalkSettings(**self._desk.settings())
            self._inner = DingTalkTarget("there", settings, patience=Patience(first_wait=0.01))
        return self._inner

    def fit(self, kind: str, fields: dict[str, object]) -> Fitted:
        return fit(kind, fields)

    async def check(self) -> list[Finding]:
        return await self._target().check()

    async def read(self, known: Mapping[str, Sequence[str]], progress: Progress) -> Inventory:
        return await self._target().read(known, progress)

    async def apply(self, changes: Sequence[Change]) -> Sequence[Acknowledged | SystemFault]:
        results = await self._target().apply(changes)
        for change, result in zip(changes, results, strict=True):
            made = (change.kind, change.action) == ("role", Action.CREATE)
            if made and isinstance(result, Acknowledged):
                self._desk.role_keys[result.remote] = change.key
        return results

    async def close(self) -> None:
        if self._inner is not None:
            await self._inner.close()
        self._inner = None


@pytest.mark.slow
class TestDingTalk(TargetSuite):
    def desk(self) -> TargetDesk:
        return DingTalkTargetDesk()

    def in_process(self, desk: TargetDesk) -> Target | None:
        assert isinstance(desk, DingTalkTargetDesk)
        return Noting(desk)
