"""When a message that could not be delivered is tried again."""

from __future__ import annotations

import random
from dataclasses import dataclass, field


@dataclass(frozen=True)
class ExponentialInterval:
    """``first`` seconds after the first attempt, ``factor`` times longer after each further one.

    Never more than ``longest`` seconds. By default 8 attempts are spread over 16 hours.
    """

    first: float = 10.0
    factor: float = 6.0
    longest: float = 6 * 3600.0

    def after(self, attempts: int) -> float:
        """Return the seconds to wait after this many attempts, 1 or more."""
        exponent = min(max(attempts, 1) - 1, 64)
        return min(self.longest, self.first * self.factor**exponent)


@dataclass(frozen=True)
class Jitter:
    """Spreads a wait over ``share`` of it to either side, so that a crowd does not come back."""

    share: float = 0.2

    def spread(self, seconds: float) -> float:
        """Return a wait near the given one."""
        return seconds * random.uniform(1 - self.share, 1 + self.share)  # noqa: S311


@dataclass(frozen=True)
class RetryPolicy:
    """How often and how soon a message is tried again."""

    max_attempts: int = 8
    interval: ExponentialInterval = field(default_factory=ExponentialInterval)
    jitter: Jitter = field(default_factory=Jitter)

    def wait(self, attempts: int, retry_after: float | None = None) -> float | None:
        """Return the seconds until the next attempt, None if there is to be none.

        ``attempts`` counts those made. What the server asked for is the least wait, up to the
        interval's longest.
        """
        if attempts >= self.max_attempts:
            return None
        asked = min(retry_after or 0.0, self.interval.longest)
        return max(self.jitter.spread(self.interval.after(attempts)), asked)
