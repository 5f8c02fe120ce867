"""Templates of messages: JSON bodies with ``{{ variables }}``, filled from plain data.

Each string of a body is rendered on its own and unescaped, so no value can break the structure
and a customer called ``Tom & "Jerry"`` arrives as such. ``{"$each": "lines as line", …}`` in a
list repeats an element.
"""

from __future__ import annotations

from .body import MessageBody
from .context import PlainDataRequired, plain_data, user_data
from .variables import missing_variables

__all__ = ["MessageBody", "PlainDataRequired", "missing_variables", "plain_data", "user_data"]
