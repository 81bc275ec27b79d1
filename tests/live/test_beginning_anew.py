"""How soon a job that failed is begun anew."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from domain.errors import CredentialFault, LogError, OrgledgerError
from orgledger import config as configuration
from orgledger.bootstrap import open_service
from orgledger.live.jobs import Check
from orgledger.live.service import Live

TRIES = 14


class Failing:
    """A job that fails at once."""

    name = "read.hr"

    def __init__(self, error: OrgledgerError) -> None:
        self._error = error

    async def run(self, leave: asyncio.Event, check: Check) -> None:
        raise self._error


class EnoughError(Exception):
    """It was tried often enough."""


@pytest.mark.parametrize(
    ("error", "longest"),
    [(LogError("the log is away"), 60.0), (CredentialFault("there refused the secret"), 1800.0)],
)
def test_the_pauses_grow_and_are_bounded(
    error: OrgledgerError, longest: float, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A log comes back by itself; a wrong secret does not, and each try is a run in the log."""
    pauses: list[float] = []

    async def rest(live: Live, name: str, trouble: str, pause: float) -> None:
        assert trouble == type(error).__name__
        pauses.append(pause)
        if len(pauses) == TRIES:
            raise EnoughError

    monkeypatch.setattr(Live, "_rest", rest)
    (tmp_path / "orgledger.toml").write_text('[orgs.feifan]\nname = "Feifan"\n')
    config = configuration.load(tmp_path / "orgledger.toml")
    with open_service(config) as opened, pytest.raises(EnoughError):
        asyncio.run(Live(opened)._kept("read.hr", lambda: Failing(error), None))
    assert pauses == [min(2.0**number, longest) for number in range(TRIES)]
