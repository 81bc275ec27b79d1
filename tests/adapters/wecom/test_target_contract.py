"""The contract suite on the simulated WeCom."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

import pytest

from adapters.http import Patience
from adapters.wecom.settings import WeComSettings
from adapters.wecom.target import WeComTarget
from adapters.wecom.target_capabilities import capabilities
from adapters.wecom.target_mapping import fit
from domain.delivery.operation import Acknowledged, Action, Change, Fitted, Inventory
from domain.errors import SystemFault
from domain.ports import Finding, Progress, Target
from tests.adapters.wecom.target_desk import WeComTargetDesk
from tests.delivery.desk import TargetDesk
from tests.delivery.suite import TargetSuite


class Noting:
    """A target that tells the desk under which key of ours each department and tag was made.

    Each delivery has a new one inside, as in the product.
    """

    def __init__(self, desk: WeComTargetDesk) -> None:
        self._desk = desk
        self.capabilities = capabilities(details=desk.details)
        self._inner: WeComTarget | None = None

    def _target(self) -> WeComTarget:
        if self._inner is None:
            settings = WeComSettings(**self._desk.settings())
            self._inner = WeComTarget("there", settings, patience=Patience(first_wait=0.01))
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
            noted = change.kind in self._desk.keys and change.action is Action.CREATE
            if noted and isinstance(result, Acknowledged):
                self._desk.keys[change.kind][result.remote] = change.key
        return results

    async def close(self) -> None:
        if self._inner is not None:
            await self._inner.close()
        self._inner = None


@pytest.mark.slow
class TestWeCom(TargetSuite):
    """With both secrets, and an app of today: numbers and addresses are hidden from it."""

    def desk(self) -> TargetDesk:
        return WeComTargetDesk(private="absent")

    def in_process(self, desk: TargetDesk) -> Target | None:
        assert isinstance(desk, WeComTargetDesk)
        return Noting(desk)


@pytest.mark.slow
class TestWeComIdsOnly(TargetSuite):
    """With ``contact_secret`` alone: ids are read, and nothing of what they are called."""

    SKIPPED: ClassVar[dict[str, str]] = {
        "account_renamed_by_hand": "names are not shown to the contact-sync secret",
    }

    def desk(self) -> TargetDesk:
        return WeComTargetDesk(details=False, private="absent")

    def in_process(self, desk: TargetDesk) -> Target | None:
        assert isinstance(desk, WeComTargetDesk)
        return Noting(desk)
