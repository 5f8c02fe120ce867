"""JSON in a textarea: what is refused stays as it was typed, and the error says where it is."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any, NoReturn

from django import forms
from django.contrib.admin.widgets import AdminTextareaWidget
from django.core.exceptions import ValidationError
from django.forms.fields import InvalidJSONInput
from django.utils.translation import gettext as _

_DEEPEST = 20
_LONGEST_NUMBER = 1000


class JSONText(forms.JSONField):
    """JSON that every database stores: without NaN, NUL and lone surrogates, 20 levels deep."""

    widget = AdminTextareaWidget(attrs={"class": "vLargeTextField joinchat-json"})

    def to_python(self, value: Any) -> Any:
        if not isinstance(value, str) or not value.strip():
            return super().to_python(value)
        try:
            data = json.loads(value, parse_constant=_refuse_constant, parse_int=_parse_int)
            check_storable(data)
        except json.JSONDecodeError as error:
            place = {"line": error.lineno, "column": error.colno, "reason": error.msg}
            message = _("This is no valid JSON. Line %(line)d, column %(column)d: %(reason)s.")
            raise ValidationError(message, code="invalid", params=place) from error
        except RecursionError as error:
            raise ValidationError(_("This is nested too deep."), code="invalid") from error
        except ValueError as error:
            raise ValidationError(str(error), code="invalid") from error
        return data

    def bound_data(self, data: Any, initial: Any) -> Any:
        return (
            InvalidJSONInput(data) if isinstance(data, str) else super().bound_data(data, initial)
        )

    def prepare_value(self, value: Any) -> Any:
        """Return a value as its JSON; what was none when it was submitted comes back as it was."""
        if value is None or isinstance(value, InvalidJSONInput):
            return value
        return json.dumps(value, ensure_ascii=False, indent=2)


def _parse_int(digits: str) -> int:
    if len(digits) > _LONGEST_NUMBER:
        raise ValueError(
            _("A number here has at most %(most)d digits.") % {"most": _LONGEST_NUMBER}
        )
    return int(digits)


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(_("%(name)s is no number in JSON.") % {"name": name})


def check_storable(data: object, depth: int = 0) -> None:
    """Raise ``ValueError`` for what some database cannot store as JSON."""
    if depth > _DEEPEST:
        raise ValueError(_("This is nested too deep."))
    if isinstance(data, str):
        if "\0" in data or any("\ud800" <= character <= "\udfff" for character in data):
            raise ValueError(_("NUL characters and lone surrogates are no text."))
    elif isinstance(data, float) and not math.isfinite(data):
        raise ValueError(_("A number is too large: write it as text."))
    elif isinstance(data, Mapping):
        for key, member in data.items():
            check_storable(key, depth)
            check_storable(member, depth + 1)
    elif isinstance(data, list):
        for item in data:
            check_storable(item, depth + 1)
