"""How much Hypothesis tries: little and always the same, or as much as is asked for.

A run of the suite tries the same examples each time, so that it is quick and that what is red once
stays red: as many as a test names with ``CI=true``, and half as many elsewhere.
``JOINCHAT_TEST_FUZZING=100`` tries a hundred times as many, and others at each run.
"""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

#: How many times as many examples are asked for, if anybody asks.
ASKED = os.environ.get("JOINCHAT_TEST_FUZZING")
FACTOR = int(ASKED) if ASKED else 1 if os.environ.get("CI") == "true" else 0.5


def examples(count: int) -> settings:
    """Return the settings of a test that tries so many examples, if nothing else is asked for."""
    return settings(
        max_examples=round(count * FACTOR),
        derandomize=not ASKED,
        database=None,
        # A busy machine is no failure, and a fixture that all examples share is meant.
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
    )


def begin() -> None:
    """Make that the rule for tests which say nothing else."""
    settings.register_profile("suite", examples(60))
    settings.load_profile("suite")
