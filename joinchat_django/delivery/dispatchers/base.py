"""What a dispatcher is."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import ClassVar

from django.core.checks import CheckMessage


class Dispatcher(ABC):
    """Wakes delivery up."""

    #: Whether messages have been delivered, as far as they can be, when :meth:`wake` returns.
    delivers_in_line: ClassVar[bool] = False

    @abstractmethod
    def wake(self) -> None:
        """See to it that :func:`~joinchat_django.delivery.sweep.deliver_due` runs soon.

        Called after a commit that wrote rows. An exception is logged and loses nothing: the rows
        wait for the next wake-up.
        """

    def go_on(self) -> None:
        """See to it that what a sweep had no time for is delivered soon.

        Like :meth:`wake`, by default. Called at the end of a queue's task.
        """
        self.wake()

    @classmethod
    def check(cls) -> list[CheckMessage]:
        """Return what ``manage.py check`` says of a site whose settings name this dispatcher."""
        return []
