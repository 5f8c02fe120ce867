"""A site that listens to a signal for as long as a test wants it to."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.dispatch import Signal


def failing(**kwargs: Any) -> None:
    """A receiver that does not do what it should."""
    raise RuntimeError("a receiver's own fault")


@contextmanager
def receiving(
    signal: Signal, receiver: Callable[..., Any], *, sender: Any = None
) -> Iterator[None]:
    """Connect a receiver while the block runs, to all senders or to one."""
    signal.connect(receiver, sender=sender)
    try:
        yield
    finally:
        signal.disconnect(receiver, sender=sender)
