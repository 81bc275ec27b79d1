"""Whatever is done at both sides, in whatever order it is heard and brought: it comes to rest."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from adapters.nats.embedded import attach
from domain.errors import CredentialFault
from orgledger.bootstrap import environment
from orgledger.config import LogConfig
from orgledger.ledger import Ledger
from tests.engine.conftest import Clock
from tests.twoway.pair import PART, SOURCE, Pair, Server, company

PEOPLE = ("ann", "bob", "cid", "dan")
SIDES = st.sampled_from((SOURCE, PART))
STEPS = st.lists(
    st.one_of(
        st.tuples(
            st.just("edit"),
            SIDES,
            st.sampled_from(PEOPLE),
            st.sampled_from(("email", "mobile", "title", "name")),
        ),
        st.tuples(st.just("hire"), st.sampled_from(PEOPLE)),
        st.tuples(st.just("leave"), st.sampled_from(PEOPLE)),
        st.tuples(st.just("remove"), st.sampled_from(PEOPLE)),
        st.tuples(st.just("pull"), SIDES),
        st.tuples(st.just("told"), SIDES, st.sampled_from(PEOPLE)),
        st.tuples(st.just("deliver"), SIDES),
        st.tuples(st.just("crash"), SIDES, st.integers(0, 3)),
    ),
    max_size=12,
)


class Stop(CredentialFault):
    """The process ends in the middle of a delivery."""


class Play:
    """What a test does to a pair. Values never come twice: see the test of insisting for those."""

    def __init__(self, pair: Pair) -> None:
        self.pair, self._numbers = pair, count(10)

    def do(self, step: tuple[Any, ...]) -> None:
        name, *arguments = step
        work: Callable[..., None] = getattr(self, name)
        work(*arguments)

    def _here(self, system: str, who: str) -> str | None:
        """The id of somebody at a server."""
        things = self.pair.servers[system].things["member"]
        return next((r for r, thing in things.items() if thing.key == who), None)

    def edit(self, system: str, who: str, field: str) -> None:
        number, remote, server = next(self._numbers), self._here(system, who), self._server(system)
        values = {
            "email": f"{who.title()}{number}@Feifan.example",
            "mobile": f"+86139000{number:05d}",
            "title": f"Engineer {number}",
            "name": f"{number} {who} the Great",
        }
        if remote is not None:
            server.things["member"][remote].fields[field] = values[field]
            if server.normal:
                server.normalise(server.things["member"][remote])

    def _server(self, system: str) -> Server:
        return self.pair.servers[system]

    def hire(self, who: str) -> None:
        if self._here(SOURCE, who) is None:
            number = next(self._numbers)
            fields = {"email": f"{who}{number}@feifan.example", "job_number": f"J{number}"}
            self.pair.ding.hire(who, "rd", mobile=f"+86138000{number:05d}", **fields)

    def leave(self, who: str) -> None:
        if len(self.pair.ding.things["member"]) > 1:  # nobody at all would be held
            self.pair.ding.things["member"].pop(who, None)

    def remove(self, who: str) -> None:
        remote = self._here(PART, who)
        if remote is not None and len(self.pair.lark.things["member"]) > 1:
            del self.pair.lark.things["member"][remote]

    def pull(self, system: str) -> None:
        self.pair.pull(system)

    def told(self, system: str, who: str) -> None:
        remote = self._here(system, who)
        if remote is not None:
            self.pair.told(system, remote, remote)

    def deliver(self, system: str) -> None:
        self.pair.deliver(system)

    def crash(self, system: str, after: int) -> None:
        """A delivery that ends after so many writes; what was done was done."""
        server, done = self.pair.servers[system], count()
        before = server.carry_out

        def until(change: Any) -> Any:
            if next(done) >= after:
                raise Stop("it was stopped")
            return before(change)

        server.carry_out = until  # type: ignore[method-assign]
        try:
            self.pair.deliver(system)
        except Stop:
            pass
        finally:
            del server.carry_out  # type: ignore[method-assign]


def agree(pair: Pair) -> None:
    """Both sides have everybody, with the names and titles of the one and the mail of the other."""
    ding = {t.key: t for t in pair.ding.things["member"].values()}
    lark = {t.key: t for t in pair.lark.things["member"].values()}
    members = {m.uid: m for m in pair.views.directory("feifan").present_members()}
    assert len(members) == len(ding)
    assert ding.keys() <= lark.keys()
    for key, thing in ding.items():
        other = lark[key].fields
        assert thing.fields.get("title") == other.get("title")
        for field, form in (
            ("email", str.lower),
            ("mobile", lambda text: text.removeprefix("+86")),
        ):
            assert form(thing.fields[field]) == form(other[field]), (key, field)
        assert thing.fields["name"][:8] == other["name"][:8]


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[], tuple[Ledger, Path]]]:
    """A ledger with a log of its own, again and again, on one server."""
    folder, numbers = tmp_path_factory.mktemp("log"), count()
    ledgers: list[Ledger] = []
    with attach(folder) as attached:

        def another() -> tuple[Ledger, Path]:
            number = next(numbers)
            config = LogConfig(stream=f"RANDOM{number}")
            names = {"NATS_SUBJECT": f"orgledger.random{number}"}
            made = {**environment(config, attached.env()), **names}
            ledgers.append(Ledger(made, clock=Clock()))
            data = folder / str(number)
            data.mkdir()
            return ledgers[-1], data

        yield another
        for ledger in ledgers:
            ledger.close()


def rounds(opened: Callable[[], tuple[Ledger, Path]], steps: list[Any], normal: str) -> None:
    ledger, data = opened()
    pair = Pair(ledger, data, normal=normal)
    company(pair)
    play = Play(pair)
    for step in steps:
        play.do(step)
    pair.rests(9)
    agree(pair)
    pair.nobody_is_told_its_own()


_KEPT = {
    "deadline": None,
    "phases": [Phase.explicit, Phase.reuse, Phase.generate],
    "suppress_health_check": [HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
}


@settings(max_examples=3, **_KEPT)
@given(steps=STEPS, normal=st.sampled_from((SOURCE, PART, "")))
def test_random_changes_come_to_rest(
    opened: Callable[[], tuple[Ledger, Path]], steps: list[Any], normal: str
) -> None:
    """Both sides agree by the rule of ownership, and another round does nothing at all."""
    rounds(opened, steps, normal)


@pytest.mark.slow
@pytest.mark.timeout(900)
@settings(max_examples=10, **_KEPT)
@given(steps=STEPS, normal=st.sampled_from((SOURCE, PART, "")))
def test_many_random_changes_come_to_rest(
    opened: Callable[[], tuple[Ledger, Path]], steps: list[Any], normal: str
) -> None:
    """The same, many times."""
    rounds(opened, steps, normal)
