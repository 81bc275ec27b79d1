"""Two sides measured in turn, so that a busy machine is busy for both."""

from __future__ import annotations

import gc
from collections.abc import Callable
from statistics import median

from bench.row import Measured

Side = Callable[[int], float]
"""Does its work for the round of this number (each number once) and returns the seconds."""


def compare(
    ours: Side, theirs: Side, amount: int, *, rounds: int, say: Callable[[str], None]
) -> Measured:
    """Rates of both sides (``amount`` per second), after a round that warms up and is not counted.

    The side that begins changes from round to round. The ratio is the median of the rounds'.
    """
    sides = (ours, theirs)
    seconds: list[list[float]] = [[], []]
    for number in range(rounds + 1):
        order = (0, 1) if number % 2 else (1, 0)
        for side in order:
            gc.collect()
            took = sides[side](number)
            if number:
                seconds[side].append(took)
        if number:
            rates = " : ".join(f"{amount / side[-1]:,.0f}" for side in seconds)
            say(f"round {number} of {rounds}: {rates} /s")
    return Measured(
        ours=amount / median(seconds[0]),
        theirs=amount / median(seconds[1]),
        ratio=median(t / o for o, t in zip(*seconds, strict=True)),
    )
