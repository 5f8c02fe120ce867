"""A count that keeps changing while a command runs."""

from __future__ import annotations

from typing import Any

from .wording import count_of


class RunningCount:
    """How many messages a command is through with: a line that changes, on a terminal alone."""

    def __init__(self, out: Any, *, verbosity: int) -> None:
        self.count = 0
        self._out = out
        self._is_watched = verbosity > 0 and out.isatty()

    def show(self, count: int) -> None:
        """Take note of the count so far, and show it to whoever watches."""
        self.count = count
        if self._is_watched:
            self._out.write(f"\r{count_of(count)} ...", ending="")
            self._out.flush()

    def clear(self) -> None:
        """Take the line away again, to go on with a plain one."""
        if self._is_watched:
            self._out.write("\r\x1b[K", ending="")
