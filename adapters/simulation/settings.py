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
