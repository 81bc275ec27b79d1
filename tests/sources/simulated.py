"""The desk of every provider that we simulate ourselves: its troubles are simulator faults."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from typing import Any, ClassVar, Self, TypeVar

import msgspec
from msgspec import UNSET
from msgspec.structs import replace

from adapters.http import Patience
from adapters.simulation.app import SimulatorApp
from adapters.simulation.faults import Fault, FaultDials, parse_fault
from adapters.simulation.http import Reply, Request
from adapters.simulation.provider import Call
from adapters.simulation.server import running
from domain.ports import Source
from domain.records import Record, Roster
from tests.sources.desk import Trouble

R = TypeVar("R", bound=Record)

HURRIED = Patience(tries=3, throttled=20.0, total=20.0, silence=5.0, first_wait=0.01, read=2.0)
"""Tries as often as a user would, and waits less."""


class SimulatedDesk:
    """One simulator on loopback; a subclass fills in what its provider is like.

    ``app`` makes the simulator, ``source`` the source that reads it at ``url``. ``troubles`` has
    simulator faults as text (``user/list:http_500:match.dept_id={be}``), where ``{be}`` stands for
    the provider's id of the department that was put as ``be``. ``lists`` names the calls that
    answer with rows of people, and where the rows are (for ``duplicate_rows``). ``fields`` are the
    simulator's names of member fields that it can hide, by ours. ``holds`` are the optional member
    fields that the provider has: one without a value is None there, not unknown.
    """

    page: int = 0
    key: str = ""
    secret: str = "simulated-secret"
    troubles: ClassVar[dict[Trouble, tuple[str, ...]]] = {}
    lists: ClassVar[dict[str, tuple[str, ...]]] = {}
    holds: ClassVar[tuple[str, ...]] = (
        "email", "mobile", "job_number", "title", "avatar", "manager", "main_department",
    )  # fmt: skip

    def __init__(self) -> None:
        self.sim: SimulatorApp = self.app()
        self.url = ""
        self._stack = ExitStack()
        self._dials = _CountedDials()
        self.sim.faults = self._dials
        self._answer: Callable[..., Reply] = self.sim.provider.answer
        self._settings_before: dict[str, Any] = {}

    def app(self) -> SimulatorApp:
        """The simulator, with nobody in it."""
        raise AssertionError("a desk says which simulator")

    def source(self, *, wrong: bool = False) -> Source | None:
        raise AssertionError("a desk says how its source is made")

    def __enter__(self) -> Self:
        self.url = self._stack.enter_context(running(self.sim)).url
        return self

    def __exit__(self, *error: object) -> None:
        self._stack.close()

    def put(self, roster: Roster) -> None:
        self.sim.provider.put_roster(roster)

    def truth(self) -> Roster:
        found = self.sim.provider.roster(own_ids=False, system_roles=False)
        return Roster(
            departments=tuple(_known(d, ("leaders",), ()) for d in found.departments),
            members=tuple(_known(m, self.holds, None) for m in found.members),
            roles=tuple(_known(r, ("members",), ()) for r in found.roles),
        )

    def department(self, put: str) -> str:
        """The provider's id of the department that was put under this id ("": no such)."""
        own = self.sim.provider.roster(own_ids=True, system_roles=False).departments
        theirs = self.sim.provider.roster(own_ids=False, system_roles=False).departments
        return next((t.id for o, t in zip(own, theirs, strict=True) if o.id == put), "")

    def patch(self, **settings: Any) -> bool:
        """Change settings of the simulator until ``calm``."""
        now = msgspec.to_builtins(self.sim.provider.settings)
        for name in settings:
            self._settings_before.setdefault(name, now[name])
        self.sim.provider.patch_settings(settings)
        return True

    def hide(self, field: str) -> bool:
        return False

    def narrow(self, department: str) -> bool:
        return False

    def trouble(self, kind: Trouble) -> bool:
        self._dials.struck = 0
        if kind == "duplicate_rows" and self.lists:
            self.sim.provider.answer = self._doubled  # type: ignore[method-assign]
            return True
        if kind not in self.troubles:
            return False
        named = _Departments(self)
        self.sim.faults.set([parse_fault(t.format_map(named)) for t in self.troubles[kind]])
        return True

    def struck(self) -> bool:
        return self._dials.struck > 0

    def written(self) -> int:
        """How often the source wrote."""
        return self.sim.stats.writes

    def calm(self) -> None:
        self.sim.faults.set([])
        self.sim.provider.answer = self._answer  # type: ignore[method-assign]
        if self._settings_before:
            self.sim.provider.patch_settings(self._settings_before)
            self._settings_before = {}

    def _doubled(self, call: Call, request: Request, fault: Fault | None) -> Reply:
        """The provider's answer, with every row of a list of people twice."""
        reply = self._answer(call, request, fault)
        if call.api not in self.lists:
            return reply
        content = msgspec.json.decode(reply.body)
        *path, name = self.lists[call.api]
        place = content
        for step in path:
            place = place.get(step) or {}
        if place.get(name):
            place[name] = [*place[name], *place[name]]
            self._dials.struck += 1
        reply.body = msgspec.json.encode(content)
        return reply


class _CountedDials(FaultDials):
    """Knows how often a fault has struck."""

    struck = 0

    def strike(self, api: str, request: Request) -> Fault | None:
        fault = super().strike(api, request)
        self.struck += fault is not None
        return fault


class _Departments(dict[str, str]):
    """Looks departments up by the names that a table of troubles has for them."""

    def __init__(self, desk: SimulatedDesk) -> None:
        super().__init__()
        self._desk = desk

    def __missing__(self, put: str) -> str:
        return self._desk.department(put)


def _known(record: R, names: tuple[str, ...], nothing: object) -> R:
    """What the simulator leaves out of a roster because there is none is known to be empty."""
    empty = {name: nothing for name in names if getattr(record, name) is UNSET}
    return replace(record, **empty)
