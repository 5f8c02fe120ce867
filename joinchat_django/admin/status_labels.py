"""The status of a message or a broadcast, with its colour."""

from __future__ import annotations

from typing import Any

from django.utils.html import format_html
from django.utils.safestring import SafeString


def coloured_status(row: Any) -> SafeString:
    """Return what the status of a row is called, as the style sheet of the admin colours it."""
    return format_html(
        '<span class="joinchat-status joinchat-{}">{}</span>',
        row.status,
        row.get_status_display(),
    )
