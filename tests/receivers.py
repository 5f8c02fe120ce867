"""Receivers of Django's signals and of the app's, connected for a while."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.dispatch import Signal


@contextmanager
def connected(signal: Signal, *receivers: Callable[..., Any], sender: Any = None) -> Iterator[None]:
    """A site whose receivers hear a signal, of one sender or of all."""
    for receiver in receivers:
        signal.connect(receiver, sender=sender, weak=False)
    try:
        yield
    finally:
        for receiver in receivers:
            signal.disconnect(receiver, sender=sender)


def failing(**kwargs: Any) -> None:
    """A receiver that does not do what it should."""
    raise RuntimeError("a receiver's own fault")
