"""Small messages to compose."""

from __future__ import annotations

from typing import Any

CARD = {"title": "A"}
BUTTON = {"type": "postback", "title": "A", "payload": "A"}


def row(**more: Any) -> dict[str, Any]:
    """A row of a list."""
    return {"title": "A", "subtitle": "B", **more}


def generic(**more: Any) -> dict[str, Any]:
    """A carousel of one card."""
    return {"template_type": "generic", "elements": [{**CARD, **more}]}


def lists(*elements: Any, **more: Any) -> dict[str, Any]:
    """A list of these rows."""
    return {"template_type": "list", "elements": list(elements), **more}


def button(*buttons: Any) -> dict[str, Any]:
    """A menu of these buttons."""
    return {"template_type": "button", "text": "A", "buttons": list(buttons)}


def receipt(**more: Any) -> dict[str, Any]:
    """A receipt with the fields that it has to have."""
    fields = ("recipient_name", "order_number", "currency", "payment_method")
    sums = {"summary": {"total_cost": 1}}
    return {"template_type": "receipt", **dict.fromkeys(fields, "A"), **sums, **more}
