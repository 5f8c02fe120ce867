"""The dispatcher ``inline``."""

from __future__ import annotations

from joinchat_django.delivery.sweep import deliver_due

from .base import Dispatcher
from .sweeping import sweep_alone

#: Seconds that a request spends on delivery at most.
INLINE_SECONDS = 3.0


class InlineDispatcher(Dispatcher):
    """Delivers in the request, for 3 seconds at most; what is left stays queued."""

    delivers_in_line = True

    def wake(self) -> None:
        sweep_alone(lambda: deliver_due(seconds=INLINE_SECONDS))
