"""Hypothesis, bounded: two cores and the whole suite within minutes."""

from hypothesis import HealthCheck, settings

settings.register_profile(
    "domain",
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
settings.load_profile("domain")
