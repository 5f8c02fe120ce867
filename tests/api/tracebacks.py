"""What an error's report may show: its text, and the locals of every frame that it came through."""

from __future__ import annotations

import traceback


def everything_shown(error: BaseException) -> str:
    """Return all that an error reporter that prints locals makes of an error and its causes."""
    report = traceback.TracebackException.from_exception(error, capture_locals=True)
    return "".join([*report.format(), repr(error), repr(vars(error))])
