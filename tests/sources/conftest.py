"""The providers that every test of sources is asked of, each with a ledger to read into."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest

from adapters.nats.embedded import attach
from orgledger.bootstrap import environment
from orgledger.config import LogConfig
from orgledger.ledger import Ledger
from tests.adapters.dingtalk.source_contract_desk import DingTalkDesk
from tests.adapters.entra.source_contract_desk import EntraDesk
from tests.adapters.feishu.source_contract_desk import FeishuDesk, OpenIdsDesk
from tests.adapters.ldap.source_contract_desk import GroupsDesk, TreeDesk, UnitsDesk, WindowsDesk
from tests.adapters.wecom.source_contract_desk import AppOnlyDesk, WeComDesk
from tests.sources.desk import SourceDesk
from tests.sources.firm import Firm

DESKS: dict[str, Callable[[], SourceDesk]] = {
    "dingtalk": DingTalkDesk,
    "wecom": WeComDesk,
    "feishu": FeishuDesk,
    "entra": EntraDesk,
    "ldap": partial(TreeDesk, logins=True),
}
OTHER_WAYS: dict[str, Callable[[], SourceDesk]] = {
    "wecom_app_alone": AppOnlyDesk,
    "feishu_open_ids": OpenIdsDesk,
    "ldap_units": partial(UnitsDesk, logins=True),
    "ldap_groups": partial(GroupsDesk, logins=True),
    "active_directory": partial(WindowsDesk, logins=True),
}
"""The same providers, set up otherwise; asked by ``make soak``."""


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ledger]:
    """One real log; every test has an organization of its own in it."""
    with attach(tmp_path_factory.mktemp("log")) as attached:
        ledger = Ledger(environment(LogConfig(), attached.env()))
        yield ledger
        ledger.close()


@pytest.fixture(
    params=[*DESKS, *(pytest.param(name, marks=pytest.mark.slow) for name in OTHER_WAYS)]
)
def firm(log: Ledger, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Firm]:
    """An organization that is read from one provider."""
    with {**DESKS, **OTHER_WAYS}[request.param]() as desk:
        yield Firm(log, tmp_path, desk)
