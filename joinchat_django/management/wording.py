"""How commands say things to people at a terminal."""

from __future__ import annotations

from typing import Any


def count_of(count: int, noun: str = "message") -> str:
    """Return a number with its noun: ``1 message``, ``12,000 messages``."""
    return f"1 {noun}" if count == 1 else f"{count:,} {noun}s"


def in_words(seconds: float) -> str:
    """Return a time for people: ``12 ms``, ``3.4 s``, ``5 min``, ``2.5 hours``, ``4 days``."""
    if seconds < 1:
        return f"{seconds * 1000:.0f} ms"
    if seconds < 120:
        return f"{seconds:.3g} s"
    if seconds < 7200:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.1f} hours" if seconds < 172_800 else f"{seconds / 86_400:.0f} days"


def printable(text: str, stream: Any) -> str:
    """Return a text that a stream can take, and that does nothing to a terminal but show."""
    encoding = getattr(stream, "encoding", None) or "utf-8"
    shown = "".join(one if one.isprintable() else "\N{REPLACEMENT CHARACTER}" for one in text)
    return shown.encode(encoding, "backslashreplace").decode(encoding)
