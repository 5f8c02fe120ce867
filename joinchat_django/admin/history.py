"""What the history of an object says of the app's own actions, in the visitor's language.

The log keeps English, as whoever reads it may speak another language than whoever acted.
"""

from __future__ import annotations

from django.utils.translation import gettext, gettext_noop

CANCELLED = gettext_noop("Cancelled.")
CANCELLED_WHILE_SENT = gettext_noop("Asked to cancel while it was being sent.")
MARKED_AS_DONE = gettext_noop("Marked as done.")
PAUSED = gettext_noop("Paused.")
RESUMED = gettext_noop("Resumed.")
STARTED = gettext_noop("Started.")
SWITCHED_OFF = gettext_noop("Switched off.")
SWITCHED_ON = gettext_noop("Switched on.")
TRIED_AGAIN = gettext_noop("Tried again.")

_KNOWN = (
    CANCELLED,
    CANCELLED_WHILE_SENT,
    MARKED_AS_DONE,
    PAUSED,
    RESUMED,
    STARTED,
    SWITCHED_OFF,
    SWITCHED_ON,
    TRIED_AGAIN,
)


def said(record: str) -> str:
    """Return a record of the log in the active language; what somebody wrote after it stays."""
    for known in _KNOWN:
        if record == known or record.startswith(f"{known} "):
            return gettext(known) + record[len(known) :]
    return record
