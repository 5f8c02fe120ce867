"""What a message has to show, taken from its JSON form for the templates.

The input may be a draft, or hostile: each function takes what it can use and passes over the
rest. Nothing here raises.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from django.utils.translation import gettext as _

from .values import (
    amount,
    domain,
    moment,
    number,
    text,
    web_url,
)

Content = dict[str, Any]

_MOST_SHOWN = 100
_LONGEST_EFFECT = 200
_LONGEST_PAYLOAD = 1000


def of_text(message: Mapping[str, Any]) -> Content:
    """A text bubble."""
    return {"text": text(message.get("text"))}


def of_button(message: Mapping[str, Any]) -> Content:
    """A text with buttons under it."""
    return {"text": text(message.get("text")), "buttons": _buttons(message.get("buttons"))}


def of_generic(message: Mapping[str, Any]) -> Content:
    """Cards side by side."""
    return {
        "elements": [_element(item) for item in _objects(message.get("elements"))],
        "square": message.get("image_aspect_ratio") == "square",
    }


def of_list(message: Mapping[str, Any]) -> Content:
    """Rows one under the other, the first of which may be a cover."""
    elements = [_element(item) for item in _objects(message.get("elements"))]
    large = message.get("top_element_style") == "large"
    return {
        "cover": elements[0] if large and elements else None,
        "rows": elements[1:] if large else elements,
        "buttons": _buttons(message.get("buttons")),
    }


def of_receipt(message: Mapping[str, Any]) -> Content:
    """An order's lines, its address and its sums."""
    currency = text(message.get("currency"))
    order_url = message.get("order_url")
    link = web_url(order_url)
    return {
        **{
            key: text(message.get(key))
            for key in ("recipient_name", "order_number", "payment_method", "merchant_name")
        },
        "order_link": link,
        "order_link_text": "" if link else text(order_url),
        "ordered_at": moment(message.get("timestamp")),
        "lines": [_line(item, currency) for item in _objects(message.get("elements"))],
        "address": _address(message.get("address")),
        "sums": _sums(message, currency),
        "total": amount(_object(message.get("summary")).get("total_cost"), currency),
    }


def _objects(value: object) -> Iterator[Mapping[str, Any]]:
    if isinstance(value, (list, tuple)):
        yield from (item for item in value[:_MOST_SHOWN] if isinstance(item, Mapping))


def _object(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _picture(item: Mapping[str, Any]) -> Content:
    image = web_url(item.get("image_url"))
    return {"image": image, "image_text": "" if image else text(item.get("image_url"))}


def _element(item: Mapping[str, Any]) -> Content:
    target = _object(item.get("default_action")).get("url")
    link = web_url(target)
    return {
        "title": text(item.get("title")),
        "subtitle": text(item.get("subtitle")),
        **_picture(item),
        "link": link,
        "link_text": domain(link) if link else text(target),
        "buttons": _buttons(item.get("buttons")),
    }


def _buttons(value: object) -> list[Content]:
    return [button for item in _objects(value) if (button := _button(item))]


def _button(item: Mapping[str, Any]) -> Content:
    title = text(item.get("title"))
    if item.get("type") == "postback":
        return {"title": title, **_postback(item.get("payload"))} if title else {}
    link = web_url(item.get("url"))
    unlinked = "" if link else text(item.get("url"))
    if not (title or link or unlinked):
        return {}
    return {"title": title or link, "link": link, "unlinked": unlinked, "is_link": True}


def _postback(payload: object) -> Content:
    """What a postback button does: the block and flow it runs, or else the payload it sends."""
    found = payload
    if isinstance(payload, str):
        try:
            found = json.loads(payload)
        except (ValueError, RecursionError):
            found = None
    target = _object(found)
    block, flow = number(target.get("block_id")), number(target.get("flow_id"))
    sent = "" if block or flow else text(payload)[:_LONGEST_PAYLOAD]
    return {"block": block, "flow": flow, "sent": sent, "effect": _effect(block, flow, sent)}


def _effect(block: str, flow: str, sent: str) -> str:
    if block and flow:
        return _("Runs block %(block)s and flow %(flow)s") % {"block": block, "flow": flow}
    if block:
        return _("Runs block %(block)s") % {"block": block}
    if flow:
        return _("Runs flow %(flow)s") % {"flow": flow}
    return _("Sends %(payload)s") % {"payload": sent[:_LONGEST_EFFECT]} if sent else ""


def _line(item: Mapping[str, Any], currency: str) -> Content:
    return {
        "title": text(item.get("title")),
        "subtitle": text(item.get("subtitle")),
        "quantity": number(item.get("quantity")),
        "price": amount(item.get("price"), text(item.get("currency")) or currency),
        **_picture(item),
    }


def _address(value: object) -> list[str]:
    address = _object(value)
    town = " ".join(
        filter(None, (text(address.get(key)) for key in ("city", "state", "postal_code")))
    )
    rows = [text(address.get("street_1")), text(address.get("street_2")), town]
    return [row for row in (*rows, text(address.get("country"))) if row]


def _sums(message: Mapping[str, Any], currency: str) -> list[tuple[str, str]]:
    summary = _object(message.get("summary"))
    rows = [
        (_("Subtotal"), amount(summary.get("subtotal"), currency)),
        (_("Shipping"), amount(summary.get("shipping_cost"), currency)),
        (_("Tax"), amount(summary.get("total_tax"), currency)),
    ]
    for item in _objects(message.get("adjustments")):
        deducted = amount(item.get("amount"), currency, negative=True)
        rows.append((text(item.get("name")) or _("Discount"), deducted))
    return [(name, value) for name, value in rows if value]
