"""Templates of messages: JSON bodies with ``{{ variables }}``, filled from plain data.

Each string of a body is rendered on its own and unescaped, so no value can break the structure
and a customer called ``Tom & "Jerry"`` arrives as such. ``{"$each": "lines as line", …}`` in a
list repeats an element.
"""

from __future__ import annotations

from .body import MessageBody
from .context import PlainDataRequired, plain_data, plain_fields, user_data
from .forms import Form
from .languages import best_language, is_code, normal_code
from .missing import missing_variables
from .samples import dated, sample_for, with_user
from .variables import Variable, variables_of

__all__ = [
    "Form",
    "MessageBody",
    "PlainDataRequired",
    "Variable",
    "best_language",
    "dated",
    "is_code",
    "missing_variables",
    "normal_code",
    "plain_data",
    "plain_fields",
    "sample_for",
    "user_data",
    "variables_of",
    "with_user",
]
