"""What queues messages little by little, while delivery has room for them.

Delivery knows the sources by name alone and asks them while it works. What a source does is its
own business: this is the seam by which a broadcast of fifty thousand goes through the outbox
without ever standing in it as a whole.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection

from .databases import AWAY, reconnect

logger = logging.getLogger("joinchat_django.delivery")

#: Called with the aliases of the bots that are being delivered for, and with the time, by
#: ``time.monotonic()``, by which it has to return, None if there is none. It runs between calls and
#: their settling, so it does its work in steps of well under a second. Returns whether it has
#: changed something, so that due messages are to be looked for, and it is to be asked again.
Source = Callable[[Collection[str], float | None], bool]

_sources: dict[str, Source] = {}


def register(name: str, source: Source) -> None:
    """Have a source asked whenever delivery has room. One of the same name gives way to it."""
    _sources[name] = source


def ask(bots: Collection[str], end: float | None = None) -> bool:
    """Ask every source, and tell whether one of them has changed something.

    An error is logged and stops neither the other sources nor delivery.
    """
    has_changed = False
    for name, source in _sources.items():
        try:
            has_changed |= source(bots, end)
        except AWAY as error:
            logger.warning("source=%s will be asked again: %s", name, error)
            reconnect()
        except Exception:
            logger.exception("source=%s failed. Delivery goes on.", name)
    return has_changed
