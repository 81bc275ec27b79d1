"""What stops a whole run: credentials, the log, a power cut; the next run makes it whole."""

from __future__ import annotations

import os
import signal
from collections.abc import Sequence
from pathlib import Path

import msgspec
import pytest

from adapters.nats.embedded import attach
from domain.delivery.operation import Acknowledged, Change
from domain.errors import (
    CredentialFault,
    LogError,
    PermissionFault,
    SystemFault,
    TransientFault,
)
from domain.events import RunFinished, RunStarted
from orgledger.bootstrap import environment
from orgledger.config import LogConfig
from orgledger.engine.runs import Status
from orgledger.ledger import Circumstances, Ledger
from tests.delivery.conftest import UnsteadyTarget, Workshop
from tests.delivery.memory import CAPABILITIES, MemoryDesk, MemoryTarget
from tests.delivery.people import COMPANY, after, leave
from tests.delivery.suite import Office


@pytest.mark.parametrize("calls", [0, 5])
def test_wrong_credentials_stop_the_run_with_one_sentence(workshop: Workshop, calls: int) -> None:
    """What was done until then is recorded; nothing is marked as failed; the next run completes."""
    workshop.tell(COMPANY)
    fault = CredentialFault("memory does not accept the secret", fix="Renew it.", code="401")
    workshop.unsteady.stop, workshop.unsteady.calls = fault, calls
    with pytest.raises(CredentialFault):
        workshop.deliver()
    assert workshop.topics().count("ChangeApplied") == calls
    assert set(workshop.topics()) <= {"ChangeApplied"}
    run = next(workshop.views.runs().newest("there"))
    assert (run.status, run.reason) == (
        Status.FAILED, "memory does not accept the secret. Renew it.",
    )  # fmt: skip
    workshop.unsteady.stop = None
    assert workshop.deliver().status is Status.FINISHED
    assert workshop.differences(COMPANY, set()) == []
    assert len(workshop.memory.things["member"]) == len(COMPANY.members)


def test_a_missing_permission_for_a_list_is_refused_and_told(workshop: Workshop) -> None:
    workshop.unsteady.faults["r1"] = PermissionFault("no", permission="role:write", code="60011")
    workshop.tell(COMPANY)
    outcome = workshop.deliver()
    assert outcome.status is Status.PARTIAL
    assert any("60011" in said for said in outcome.failures)


def test_a_log_that_fails_in_the_middle_leaves_neither_hole_nor_duplicate(
    tmp_path: Path,
) -> None:
    """The server is killed while outcomes are recorded: LogError, and the next run completes."""
    desk = MemoryDesk()

    class Killing(MemoryTarget):
        calls, pid = 0, 0

        async def apply(self, changes):  # type: ignore[no-untyped-def]
            Killing.calls += 1
            if Killing.calls == 10:
                os.kill(Killing.pid, signal.SIGKILL)
            return await super().apply(changes)

    with attach(tmp_path / "log") as attached:
        ledger = Ledger(environment(LogConfig(), attached.env()))
        office = Office(ledger, tmp_path, desk, Killing(desk))
        office.tell(COMPANY)
        Killing.pid = int((tmp_path / "log" / "nats.pid").read_text())
        with pytest.raises(LogError):
            office.deliver()
        ledger.close()
    with attach(tmp_path / "log") as attached:
        ledger = Ledger(environment(LogConfig(), attached.env()))
        office = Office(ledger, tmp_path, desk, MemoryTarget(desk))
        office.tell(COMPANY)
        assert office.deliver().status is Status.FINISHED
        assert office.differences(COMPANY, set()) == []
        assert len(desk.things["member"]) == len(COMPANY.members)
        writes = desk.writes()
        assert (office.deliver().planned, desk.writes()) == (0, writes)
        ledger.close()


def test_a_run_that_was_stopped_after_a_pull_of_the_same_system_is_still_read_back(
    workshop: Workshop,
) -> None:
    """A system that is source and target: reading it does not make its cut-off delivery whole."""
    workshop.source.roster = COMPANY
    workshop.tell(COMPANY)
    workshop.unsteady.stop, workshop.unsteady.calls = RuntimeError("power cut"), 5
    with pytest.raises(RuntimeError):
        workshop.deliver()
    workshop.unsteady.stop = None
    _pull(workshop, "there")
    reads = workshop.memory.reads
    workshop.deliver()
    assert workshop.memory.reads == reads + 1
    assert workshop.differences(COMPANY, set()) == []


def _pull(workshop: Workshop, system: str) -> None:
    """A reading of ``system`` that came to its end."""
    by = Circumstances(actor="test", source=system, run="run-x")
    workshop.ledger.note("feifan", RunStarted(uid="run-x", system=system, mode="pull"), by, 1)
    workshop.ledger.note("feifan", RunFinished(uid="run-x"), by, 2)


def test_what_can_not_be_read_back_is_told_that_it_may_be_done_already(tmp_path: Path) -> None:
    """A receiver that shows nothing, after a run that was cut off: each change says ``again``."""
    blind = MemoryDesk(msgspec.structs.replace(CAPABILITIES, reads=False))
    with attach(tmp_path / "log") as attached:
        ledger = Ledger(environment(LogConfig(), attached.env()))
        unsteady = UnsteadyTarget(blind)
        office = Office(ledger, tmp_path, blind, unsteady)
        office.tell(COMPANY)
        unsteady.stop, unsteady.calls = RuntimeError("power cut"), 5
        with pytest.raises(RuntimeError):
            office.deliver()
        unsteady.stop = None
        done = blind.writes()
        office.deliver()
        assert all(change.again for change in blind.changes[done:])
        office.tell(after(COMPANY, leave("u7")))
        done = blind.writes()
        office.deliver()
        assert not any(change.again for change in blind.changes[done:])
        ledger.close()


class Silent(UnsteadyTarget):
    """A target that does what concerns ``key``, or does not, and then ``fails`` to answer."""

    key, does = "u7", True
    fails: BaseException | None = None

    async def apply(self, changes: Sequence[Change]) -> list[Acknowledged | SystemFault]:
        if self.fails is None or changes[0].key != self.key:
            return await super().apply(changes)
        if self.does:
            await super().apply(changes)
        if isinstance(self.fails, SystemFault):
            return [self.fails]
        raise self.fails


@pytest.fixture
def silent(workshop: Workshop) -> Silent:
    workshop.unsteady = workshop._target = Silent(workshop.memory)
    return workshop.unsteady


def _opened(workshop: Workshop, key: str) -> list[bool]:
    things = workshop.memory.things["member"].values()
    return [thing.relations.get("active", True) for thing in things if thing.key == key]


def test_an_account_that_a_cut_off_run_made_for_somebody_who_left_is_closed(
    workshop: Workshop, silent: Silent
) -> None:
    """Nothing recorded says that it is there; its id does, and that it was under way."""
    workshop.tell(COMPANY)
    silent.fails = RuntimeError("power cut")
    with pytest.raises(RuntimeError):
        workshop.deliver()
    assert _opened(workshop, "u7") == [True]
    silent.fails = None
    workshop.tell(after(COMPANY, leave("u7")))
    assert workshop.deliver().status is Status.FINISHED
    assert _opened(workshop, "u7") == [False]


@pytest.mark.parametrize("does", [True, False])
def test_an_account_whose_creation_was_not_answered_is_looked_for_once(
    workshop: Workshop, silent: Silent, *, does: bool
) -> None:
    """Somebody leaves before it is tried again: it is closed where it was made after all."""
    workshop.tell(COMPANY)
    silent.fails, silent.does = TransientFault("there failed", why="no answer in time"), does
    assert workshop.deliver().status is Status.PARTIAL
    assert _opened(workshop, "u7") == [True] * does
    silent.fails = None
    workshop.tell(after(COMPANY, leave("u7")))
    workshop.deliver()
    assert _opened(workshop, "u7") == [False] * does
    reads = workshop.memory.reads
    assert (workshop.deliver().planned, workshop.memory.reads) == (0, reads)
