"""Settings that every simulator has; each provider adds its own."""

from __future__ import annotations

import msgspec


class SimulationSettings(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """How quick and how patient the simulated provider is.

    ``latency_ms`` delays every answer; ``qps`` limits all calls together and
    ``qps_per_api`` each API, in calls per second (None: no limit).
    """

    latency_ms: float = 0
    qps: float | None = None
    qps_per_api: float | None = None


class CallingSettings(SimulationSettings, kw_only=True, forbid_unknown_fields=True):
    """How a simulator calls back; without ``callback_url`` it does not.

    ``callback_limit`` is how many seconds an answer may take (None: the provider's own limit) and
    ``callback_pace`` multiplies the provider's pauses between tries: 0.01 is a hundred times as
    quick. ``callback_concurrency`` is how many calls are under way at most, of which no provider
    tells (inferred), ``callback_seed`` makes other dice for the fault dials; both from the start.
    """

    callback_url: str = ""
    callback_limit: float | None = None
    callback_pace: float = 1
    callback_concurrency: int = 16
    callback_seed: int = 0
