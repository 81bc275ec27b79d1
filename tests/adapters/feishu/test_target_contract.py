"""The contract suite on the simulated Feishu."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest

from adapters.feishu.capabilities import CAPABILITIES
from adapters.feishu.mapping import fit
from adapters.feishu.settings import FeishuSettings
from adapters.feishu.target import FeishuTarget
from adapters.http import Patience
from domain.delivery.operation import Acknowledged, Action, Change, Fitted, Inventory
from domain.errors import SystemFault
from domain.ports import Finding, Progress, Target
from tests.adapters.feishu.target_desk import FeishuTargetDesk
from tests.delivery.desk import TargetDesk
from tests.delivery.suite import TargetSuite


class Noting:
    """A target that tells the desk under which key of ours each role was made.

    Each delivery has a new one inside, as in the product.
    """

    capabilities = CAPABILITIES

    def __init__(self, desk: FeishuTargetDesk) -> None:
        self._desk = desk
        self._inner: FeishuTarget | None = None

    def _target(self) -> FeishuTarget:
        if self._inner is None:
            settings = FeishuSettings(**self._desk.settings())
            self._inner = FeishuTarget("there", settings, patience=Patience(first_wait=0.01))
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
class TestFeishu(TargetSuite):
    def desk(self) -> TargetDesk:
        return FeishuTargetDesk()

    def in_process(self, desk: TargetDesk) -> Target | None:
        assert isinstance(desk, FeishuTargetDesk)
        return Noting(desk)
