"""What goes wrong in the middle of a delivery, at every target, through the program."""

from __future__ import annotations

import importlib
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from adapters.http import HttpClient, Patience
from adapters.ldap.target import LdapTarget
from adapters.simulation.faults import Fault
from adapters.simulation.http import Reply, Request
from orgledger.engine.deliver import execute
from tests.adapters.scim.front import error
from tests.delivery.branch import MOVED, TARGETS, Branch, opened
from tests.delivery.people import after, member
from tests.delivery.strangers import Page, silence, web

pytestmark = pytest.mark.slow

SIMULATED = ("dingtalk", "feishu", "wecom", "casdoor")
SCALE = 20
"""How many times quicker than in life patience runs out here."""
QUICK = Patience(total=60 / SCALE, throttled=600 / SCALE / 10, silence=30 / SCALE,
                 first_wait=0.01, connect=5 / SCALE, read=20 / SCALE)  # fmt: skip


class Revoking(Fault, kw_only=True):
    """A dial that only watches: it calls ``then`` at the write call number ``number``."""

    number: int
    writing: frozenset[str]
    then: Callable[[], None]

    def concerns(self, api: str, request: Request) -> bool:
        if api in self.writing:
            self.number -= 1
            if self.number == 0:
                self.then()
        return False


def revoke_midway(branch: Branch, at: int) -> Callable[[], None]:
    """Let secret and tokens end at a write of the next run; returns what undoes it."""
    desk: Any = branch.desk
    if branch.type in SIMULATED:
        return _revoke_simulated(branch, desk, at)
    if branch.type == "scim":
        desk.front.canned.extend([None] * at + [error(401)] * 1000)
        return desk.front.canned.clear  # type: ignore[no-any-return]
    receiver = desk.receiver
    receiver.troubles.extend([""] * at + [Reply(b"{}", status=401)] * 1000)
    return receiver.troubles.clear  # type: ignore[no-any-return]


def _revoke_simulated(branch: Branch, desk: Any, at: int) -> Callable[[], None]:
    world, name = desk.app.provider._world, branch.kind.secret
    right = getattr(world.settings, name)

    def revoke() -> None:
        setattr(world.settings, name, "revoked")
        world.tokens.expire()

    def undo() -> None:
        setattr(world.settings, name, right)
        desk.app.faults.set([])

    module = importlib.import_module(f"tests.adapters.{branch.type}.target_desk")
    dial = Revoking(api="*", kind="busy", number=at, writing=frozenset(module.WRITING), then=revoke)
    desk.app.faults._faults = [dial]
    return undo


@pytest.mark.parametrize("type_", [t for t in TARGETS if t != "ldap"])
def test_a_secret_that_is_revoked_midway(
    type_: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The run stops with one sentence, what was done until then is recorded, and with a secret
    that is good again the next run does the rest: nothing is there twice."""
    with opened(type_, tmp_path, capsys) as branch:
        undo = revoke_midway(branch, 9)
        said = branch("sync", "there", "--json")
        assert said.code == 1
        [document] = said.json
        assert document["status"] == "failed"
        assert said.err == f"error: there: {document['reason']}\n"
        recorded = branch.cli("log", "feifan", "--json").out.count('"ChangeApplied"')
        assert 0 < recorded < 22, "it was in the middle, and what was done is known"
        asked = branch.desk.writes()
        assert asked <= 9 + 20, "nobody goes on asking"
        undo()
        branch.heals()
        branch.is_discreet()


@pytest.mark.parametrize("type_", TARGETS)
def test_a_target_that_never_answers(
    type_: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It accepts connections and is silent: a run and a check end within a minute of real time
    (here a twentieth), with a sentence, and the record that was tried is not blamed."""
    hurry(monkeypatch)
    with opened(type_, tmp_path, capsys) as branch:
        branch.heals()
        branch.tell(MOVED)
        short = {"ldap": {"timeout": 1}, "webhook": {"timeout": 1}}.get(type_, {})
        with silence() as place:
            branch.elsewhere(f"{'ldap' if type_ == 'ldap' else 'http'}://{place}", **short)
            for ask in (branch.fails, branch.check_fails):
                began = time.monotonic()
                ask("no answer|gives no answer")
                assert time.monotonic() - began < 60 / SCALE + 1.5
        branch.heals()
        branch.is_discreet()


@pytest.mark.parametrize("type_", [t for t in TARGETS if t != "ldap"])
def test_too_many_calls_for_ever(
    type_: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A target that refuses everything as too much stops the run once patience is at its end:
    no record is put off for it, and the fix names the setting."""
    hurry(monkeypatch)
    busy = Page(429, b"", (("retry-after", "1"),))
    with opened(type_, tmp_path, capsys) as branch:
        branch.heals()
        branch.tell(MOVED)
        with web(busy) as place:
            branch.elsewhere(f"http://{place}")
            branch.fails("too many calls.* rate")
        branch.heals()
        branch.is_discreet()


class Ill(Fault, kw_only=True):
    """A dial for the calls whose body has ``word`` in it."""

    word: bytes

    def concerns(self, api: str, request: Request) -> bool:
        return self.word in request.body


@pytest.mark.parametrize("type_", SIMULATED)
def test_one_record_that_always_fails(
    type_: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """HTTP 500 for one person: that one is put off twice and then set aside, the others arrive;
    when the target is well again, ``retry`` does it."""
    hurry(monkeypatch)
    monkeypatch.setattr(execute, "TRIES", 1)
    with opened(type_, tmp_path, capsys) as branch:
        branch.heals()
        desk: Any = branch.desk
        desk.app.faults._faults = [Ill(api="*", kind="http_500", word=b"Lead Unmistakable")]
        branch.tell(after(MOVED, member("u5", title="Arrives")))
        found = []
        for applied in (1, 0, 0, 0):
            said = branch("sync", "there", "--json")
            [document] = said.json
            assert (said.code, document["status"]) == (1, "partial")
            assert document["applied"] == applied
            found.append(tuple(document[k] for k in ("deferred", "parked", "stuck")))
        assert found == [(1, 0, 0), (1, 0, 0), (0, 1, 0), (0, 0, 1)]
        assert any("u4: title" in d for d in branch.differences())
        assert len(branch.differences()) == 1, "everybody else is there"
        parked = branch.cli("runs", "--json").json[-2]["id"]
        desk.app.faults.set([])
        assert branch("retry", parked, "--json").code == 0
        branch.heals()
        branch.is_discreet()


def hurry(patch: pytest.MonkeyPatch) -> None:
    """Let patience run out sooner everywhere, in proportion."""
    begin = HttpClient.__init__

    def sooner(self: HttpClient, *given: Any, **named: Any) -> None:
        begin(self, *given, **{**named, "patience": QUICK})

    patch.setattr(HttpClient, "__init__", sooner)
    defaults = LdapTarget.__init__.__kwdefaults__
    assert defaults is not None
    patch.setitem(defaults, "patience", QUICK)
    patch.setattr(execute, "SILENCE", QUICK.silence)
