"""Where a command prints: a terminal, and one at which somebody sits."""

from __future__ import annotations

import io


class Terminal(io.StringIO):
    """A terminal, on which a line may go on changing."""

    def isatty(self) -> bool:
        return True


class Interrupting(Terminal):
    """Somebody who has seen the first count and presses Ctrl-C."""

    def write(self, text: str) -> int:
        if "..." in text:
            raise KeyboardInterrupt
        return super().write(text)
