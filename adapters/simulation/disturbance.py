"""Events on their way to whoever is told of them, with what the dials make of them.

The fault's API is ``callback``, or ``stream`` for connections that clients hold; one dial strikes
an event at most:

``lost``: nobody is told. ``duplicated``: told twice. ``reordered``: told behind the next one, or
after ``seconds`` when none comes. ``delayed``: told ``seconds`` later, whatever overtakes it.
``forged``: somebody without the secrets tells it before the provider does. ``replayed``: somebody
sends once more, byte for byte, what was sent of an earlier event.
"""

from __future__ import annotations

import asyncio
import random
from collections import Counter, deque
from collections.abc import Callable
from typing import Literal, NamedTuple

from adapters.simulation.faults import CALLBACK, FaultDials
from adapters.simulation.outbox import Event, Follower

Manner = Literal["true", "forged", "replayed"]

HELD = 1.0
"""Seconds for which an event is held back where the dial does not say."""


class Told(NamedTuple):
    """One event to be told; ``chance`` are the dice for it."""

    event: Event
    manner: Manner
    chance: random.Random


class _Held(NamedTuple):
    due: float
    told: Told
    until_next: bool


class Disturbed:
    """What ``events`` gives, disturbed by ``dials``. ``seed`` makes the same dice every time.

    ``name`` tells an event's name, for dials that match ``event``; what strikes is counted in
    ``struck``.
    """

    def __init__(
        self,
        events: Follower,
        dials: FaultDials,
        seed: int,
        name: Callable[[Event], str],
        struck: Counter[str],
        api: str = CALLBACK,
    ) -> None:
        self._events, self._dials, self._seed, self._name = events, dials, seed, name
        self._struck, self._api = struck, api
        self._ready: deque[Told] = deque()
        self._held: list[_Held] = []

    @property
    def waiting(self) -> int:
        """How many events were not told yet."""
        return self._events.behind + len(self._ready) + len(self._held)

    async def take(self) -> Told:
        """The next one to be told, as soon as it is due."""
        while not self._ready:
            due = min((one.due for one in self._held), default=None)
            try:
                async with asyncio.timeout_at(due):
                    event = await self._events.take()
            except TimeoutError:
                self._release(asyncio.get_running_loop().time())
            else:
                self._admit(event)
        return self._ready.popleft()

    def _admit(self, event: Event) -> None:
        behind = [one for one in self._held if one.until_next]
        chance = random.Random(f"{self._seed}:{event['number']}")  # noqa: S311 - repeatable
        told = Told(event, "true", chance)
        fault = self._dials.disturb({**event, "event": self._name(event)}, chance, self._api)
        if fault is None:
            self._ready.append(told)
        else:
            self._struck[fault.kind] += 1
            seconds = HELD if fault.seconds is None else fault.seconds
            self._disturb(fault.kind, told, asyncio.get_running_loop().time() + seconds)
        for one in behind:
            self._held.remove(one)
            self._ready.append(one.told)

    def _disturb(self, kind: str, told: Told, due: float) -> None:
        match kind:
            case "duplicated":
                self._ready += (told, told)
            case "reordered" | "delayed":
                self._held.append(_Held(due, told, kind == "reordered"))
            case "forged":
                self._ready += (told._replace(manner="forged"), told)
            case "replayed":
                self._ready += (told, told._replace(manner="replayed"))

    def _release(self, now: float) -> None:
        for one in sorted((one for one in self._held if one.due <= now), key=lambda one: one.due):
            self._held.remove(one)
            self._ready.append(one.told)
