"""What the desks of simulated targets have in common: the server, the writes and the dials."""

from __future__ import annotations

from contextlib import ExitStack
from typing import Any, Self

from adapters.simulation.app import SimulatorApp
from adapters.simulation.faults import Fault, FaultKind
from adapters.simulation.http import Request
from adapters.simulation.server import Running, running
from tests.delivery.desk import Trouble

TROUBLES: dict[Trouble, FaultKind] = {
    "lost_reply": "timeout_after_commit",
    "throttle": "throttle",
    "http_500": "http_500",
    "reset": "reset",
}


class NextWrites(Fault, kw_only=True):
    """A dial that concerns every call in ``writing``, and all of them together are counted."""

    writing: frozenset[str]

    def concerns(self, api: str, request: Request) -> bool:
        return api in self.writing


class SimulatedTarget:
    """A simulator on loopback; the desk says what its interfaces that write are called."""

    writing: frozenset[str]

    def __init__(self, app: SimulatorApp) -> None:
        self.app = app
        self._stack = ExitStack()
        self._server: Running | None = None

    def __enter__(self) -> Self:
        self._server = self._stack.enter_context(running(self.app))
        return self

    def __exit__(self, *error: object) -> None:
        self._stack.close()

    def writes(self) -> int:
        return self.app.stats.writes

    def change(self, op: str, **fields: Any) -> None:
        """A change by hand, made in the simulator's console."""
        self.app.provider.change({"op": op, **fields})

    def remove_member(self, key: str) -> None:
        self.change("delete_member", id=key)

    def rename_member(self, key: str, name: str) -> None:
        self.change("update_member", id=key, name=name)

    def trouble(self, kind: Trouble, times: int) -> bool:
        dial = NextWrites(api="*", kind=TROUBLES[kind], times=times, writing=self.writing)
        self.app.faults.set([dial])
        return True
