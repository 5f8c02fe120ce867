"""For the tests of a site that sends messages: what was queued, and a sandbox to send to.

:func:`outbox` is to messages what ``django.core.mail.outbox`` is to mail, :func:`sandbox` takes
real requests, :func:`locmem` keeps every bot from calling anybody. Each of the three is used in a
``with``, or as a decorator of a test function or of a ``TestCase``. As a decorator, :func:`outbox`
and :func:`sandbox` hand over what they yield: to the attribute of the ``TestCase`` that
``attr_name`` names, or as the function's keyword argument ``kwarg_name``.

Asynchronous tests can be decorated as well, or use ``async with``. What is queued they look at with
``await messages.alist()``.

:class:`JoinChatTestMixin` has it all for a ``TestCase``. With pytest, the plug-in that comes with
this package needs no import; see :mod:`joinchat_django.pytest_plugin`.
"""

from __future__ import annotations

from .cases import JoinChatTestMixin, forget, locmem
from .queued import JoinChatOutbox, QueuedMessage, outbox
from .sandboxes import Sandbox, sandbox

__all__ = [
    "JoinChatOutbox",
    "JoinChatTestMixin",
    "QueuedMessage",
    "Sandbox",
    "forget",
    "locmem",
    "outbox",
    "sandbox",
]
