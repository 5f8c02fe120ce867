"""Test cases that call nobody."""

from __future__ import annotations

import unittest
from typing import TYPE_CHECKING, Any

from joinchat_django import forced_backend, triggers
from joinchat_django.backends.locmem import delivered

from .durations import During
from .queued import JoinChatOutbox

if TYPE_CHECKING:
    from unittest import TestCase
else:
    TestCase = object


def locmem() -> During[None]:
    """Have every bot deliver into memory, whatever backend its settings name.

    For all threads of this process. What lets a bot out counts above it, whichever began first: a
    :func:`~joinchat_django.test.sandbox`, and the pytest plug-in's marker ``joinchat_backends``.
    """
    return During(lambda: forced_backend.force(forced_backend.LOCMEM))


def forget() -> None:
    """Forget what one test may leave to the next in this process.

    That is what was delivered into memory, and what is known of triggers: rolled back switches and
    counts that were not written yet.
    """
    delivered.clear()
    triggers.forget()


class JoinChatTestMixin(TestCase):
    """For a ``TestCase`` or ``TransactionTestCase`` of Django's, to stand before it in the bases.

    Every bot delivers into memory, from ``setUpClass`` on. ``joinchat_outbox`` has what the test
    has queued, from ``setUp`` on. It counts as :func:`locmem` does.

    Raises ``TypeError`` for a class that has it after ``TestCase``, where it would do nothing.
    """

    joinchat_outbox: JoinChatOutbox

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        order = cls.__mro__
        # unittest's TestCase does not call on what stands after it.
        if unittest.TestCase in order[: order.index(JoinChatTestMixin)]:
            raise TypeError(
                f"{cls.__qualname__}: JoinChatTestMixin has to stand before TestCase in the "
                f"bases: class {cls.__name__}(JoinChatTestMixin, TestCase)."
            )

    @classmethod
    def setUpClass(cls) -> None:
        """Have every bot deliver into memory until the class is over."""
        into_memory = locmem()
        into_memory.enable()
        cls.addClassCleanup(into_memory.disable)
        super().setUpClass()

    def setUp(self) -> None:
        """Begin with an empty ``joinchat_outbox``, and with triggers as the code has them."""
        super().setUp()
        forget()
        self.joinchat_outbox = JoinChatOutbox()
