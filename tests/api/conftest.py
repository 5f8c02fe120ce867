from __future__ import annotations

from hypothesis import HealthCheck, settings

# A busy machine is no failure, and the suite has to be quick.
settings.register_profile(
    "api", deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("api")
