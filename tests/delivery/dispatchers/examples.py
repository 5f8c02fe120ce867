"""Dispatchers that a site might write."""

from __future__ import annotations

from typing import Any, ClassVar

from joinchat_django.delivery.dispatchers import Dispatcher


class Counting(Dispatcher):
    """Counts how often it is woken."""

    woken: ClassVar[int] = 0

    def wake(self) -> None:
        type(self).woken += 1


class Broken(Dispatcher):
    """Its broker is away."""

    def wake(self) -> None:
        raise ConnectionError("the broker is away")


def use(settings: Any, dispatcher: str, **delivery: Any) -> None:
    """Let the settings name a dispatcher: one of these classes, or anything else."""
    if dispatcher in globals():
        dispatcher = f"{__name__}.{dispatcher}"
    settings.JOINCHAT_DELIVERY = {"DISPATCHER": dispatcher, **delivery}
