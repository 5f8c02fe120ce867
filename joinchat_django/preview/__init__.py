"""A message as Messenger shows it.

``render_message(message)`` gives the HTML; a page that shows it links the static file
``joinchat_django/preview.css``. It imports nothing of this package's other parts.
"""

from __future__ import annotations

from .render import render_message

__all__ = ["render_message"]
