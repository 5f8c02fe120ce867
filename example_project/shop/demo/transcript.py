"""The lines that the demonstration prints, one for each thing as it happens."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from django.core.management.base import OutputWrapper

LOGGERS = ("django.request", "django.server", "joinchat_django", "shop")
LOG_LINES = 60


class StepFailed(Exception):
    """Something did not happen. ``look_at`` says where to look."""

    def __init__(self, what: str, look_at: str) -> None:
        super().__init__(what)
        self.look_at = look_at


class Transcript:
    """Writes marked lines to a stream. Remembers whether all went well in ``ok``.

    A terminal that cannot show ✓ and 小琳 gets replacements instead of an error.
    """

    def __init__(self, stream: OutputWrapper) -> None:
        self.ok = True
        self._stream = stream
        encoding = getattr(stream, "encoding", None) or "utf-8"
        try:
            "✓✗→小琳".encode(encoding)
            self._encoding, self._marks = "", ("✓", "✗", "→")
        except UnicodeEncodeError:
            self._encoding, self._marks = encoding, ("ok", "FAILED", "->")

    def say(self, text: str = "") -> None:
        """Write a line without a mark."""
        if self._encoding:
            text = text.encode(self._encoding, "backslashreplace").decode(self._encoding)
        self._stream.write(f"{text}\n")
        self._stream.flush()

    def done(self, text: str) -> None:
        """Write what has happened."""
        self.say(f"  {self._marks[0]} {text}")

    def failed(self, text: str, look_at: str = "") -> None:
        """Write what has not happened, and where to look."""
        self.ok = False
        self.say(f"  {self._marks[1]} {text}")
        if look_at:
            self.say(f"    {self._marks[2]} Look at: {look_at}")

    def log(self, lines: list[str]) -> None:
        """Write what the log had to say meanwhile, the last of it if it is long."""
        if lines:
            self.say("\n  From the log:")
        for line in lines[-LOG_LINES:]:
            self.say(f"    {line}")


class CollectedLog(logging.Handler):
    """Log records kept for the case that something fails."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keep the record with its traceback."""
        self.lines.extend(self.format(record).splitlines())


@contextmanager
def quiet_log(*, quiet: bool = True) -> Iterator[CollectedLog]:
    """Keep the servers' and apps' log lines out of the transcript, and collect them."""
    collected = CollectedLog()
    loggers = [logging.getLogger(name) for name in LOGGERS] if quiet else []
    before = [(logger, logger.handlers, logger.propagate) for logger in loggers]
    for logger in loggers:
        logger.handlers, logger.propagate = [collected], False
    try:
        yield collected
    finally:
        for logger, handlers, propagate in before:
            logger.handlers, logger.propagate = handlers, propagate
