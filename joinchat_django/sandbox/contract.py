"""The sandbox's own reading of JoinChat's contract for ``POST /api/send_message``.

It shares nothing with the message classes of ``joinchat_django.api``: a mistake in them is meant
to be found here. What the contract limits is limited, what it does not mention is refused.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace
from itertools import islice
from typing import NoReturn

from .schema import (
    Boolean,
    ByKind,
    Choice,
    Integer,
    ListOf,
    Number,
    Object,
    Pattern,
    Rule,
    Text,
    Variants,
)

TAGS = (
    "BUSINESS_PRODUCTIVITY",
    "COMMUNITY_ALERT",
    "CONFIRMED_EVENT_REMINDER",
    "NON_PROMOTIONAL_SUBSCRIPTION",
    "PAIRING_UPDATE",
    "APPLICATION_UPDATE",
    "ACCOUNT_UPDATE",
    "PAYMENT_UPDATE",
    "PERSONAL_FINANCE_UPDATE",
    "SHIPPING_UPDATE",
    "RESERVATION_UPDATE",
    "ISSUE_RESOLUTION",
    "APPOINTMENT_UPDATE",
    "GAME_EVENT",
    "TRANSPORTATION_UPDATE",
    "FEATURE_FUNCTIONALITY_UPDATE",
    "TICKET_UPDATE",
)
"""The message tags that JoinChat's page lists."""

MAX_REASONS = 100
"""How many faults one answer names. The rest are counted."""

FOREIGN_PAGE = "page_id: not the page of this bot; compare PAGE_ID in the JOINCHAT setting"
"""The reason against a request whose page is not the one that the secret belongs to."""

RECIPIENT_KEYS = ("id", "phone", "email", "uuid")

_required_text = Text(least=1)
_optional_text = Text()

_link_options: dict[str, Rule] = {
    "webview_height_ratio": Choice(("compact", "tall", "full")),
    "messenger_extensions": Boolean(),
    "fallback_url": _optional_text,
}
_block_or_flow = ByKind({"string": _required_text, "integer": Integer()})
_payload = ByKind(
    {
        "string": _required_text,
        "object": Object(
            optional={"block_id": _block_or_flow, "flow_id": _block_or_flow},
            at_least_one=("block_id", "flow_id"),
        ),
    }
)
_button = Variants(
    "type",
    {
        "web_url": Object(
            required={"title": Text(20, least=1), "url": _required_text}, optional=_link_options
        ),
        "postback": Object(required={"title": Text(20, least=1), "payload": _payload}),
    },
)
_default_action = Variants(
    "type", {"web_url": Object(required={"url": _required_text}, optional=_link_options)}
)

_text = Object(required={"text": Text(640, least=1)})

_button_menu = Object(
    required={"text": Text(640, least=1), "buttons": ListOf(_button, most=3, least=1)},
    optional={"sharable": Boolean()},
)

_carousel = Object(
    required={
        "elements": ListOf(
            Object(
                required={"title": Text(80, least=1)},
                optional={
                    "subtitle": Text(80),
                    "image_url": _optional_text,
                    "default_action": _default_action,
                    "buttons": ListOf(_button, most=3),
                },
            ),
            most=10,
            least=1,
        )
    },
    optional={
        "image_aspect_ratio": Choice(("horizontal", "square")),
        "sharable": Boolean(),
    },
)

_list = Object(
    required={
        "elements": ListOf(
            Object(
                required={"title": Text(80, least=1)},
                optional={
                    "subtitle": Text(80),
                    "image_url": _optional_text,
                    "default_action": _default_action,
                    "buttons": ListOf(_button, most=1),
                },
                at_least_one=("subtitle", "image_url"),
            ),
            most=4,
            least=2,
        )
    },
    optional={
        "top_element_style": Choice(("compact", "large")),
        "buttons": ListOf(_button, most=1),
        "sharable": Boolean(),
    },
)

_receipt = Object(
    required={
        "recipient_name": _required_text,
        "order_number": _required_text,
        "currency": _required_text,
        "payment_method": _required_text,
        "summary": Object(
            required={"total_cost": Number()},
            optional={"subtotal": Number(), "shipping_cost": Number(), "total_tax": Number()},
        ),
    },
    optional={
        "order_url": _optional_text,
        "merchant_name": _optional_text,
        "timestamp": Pattern("[0-9]+", "a string of digits (seconds since 1970)"),
        "elements": ListOf(
            Object(
                required={"title": _required_text, "price": Number()},
                optional={
                    "subtitle": _optional_text,
                    "quantity": Number(),
                    "currency": _optional_text,
                    "image_url": _optional_text,
                },
            ),
            most=100,
        ),
        "address": Object(
            required={
                "street_1": _required_text,
                "city": _required_text,
                "postal_code": _required_text,
                "state": _required_text,
                "country": Pattern("[A-Za-z]{2}", "a country code of two letters"),
            },
            optional={"street_2": _optional_text},
        ),
        "adjustments": ListOf(Object(required={"name": _required_text, "amount": Number()})),
        "sharable": Boolean(),
    },
)

_message = Variants(
    "template_type",
    {
        "text": _text,
        "button": _button_menu,
        "generic": _carousel,
        "list": _list,
        "receipt": _receipt,
    },
)
_recipient = Object(
    optional=dict.fromkeys(RECIPIENT_KEYS, _required_text), exactly_one=RECIPIENT_KEYS
)
_address = Object(
    required={"page_id": Integer(), "recipient": replace(_recipient, is_open=True)}, is_open=True
)


class NotAnObject(ValueError):
    """The body is not one JSON object in UTF-8. Its text says why, for the client to read."""


def read_body(body: bytes) -> dict[str, object]:
    """Return the JSON object that the bytes hold.

    Raises ``NotAnObject`` for anything else, and for what Python's parser would let pass: a key
    that stands twice, ``NaN`` and ``Infinity``.
    """
    try:
        payload = json.loads(
            body.decode("utf-8"), object_pairs_hook=_unique, parse_constant=_refuse_constant
        )
    except UnicodeDecodeError:
        raise NotAnObject("the body is not UTF-8") from None
    except NotAnObject:
        raise
    except RecursionError:
        raise NotAnObject("the body is nested too deeply") from None
    except ValueError as error:
        raise NotAnObject(f"the body is not JSON: {error}") from None
    if not isinstance(payload, dict):
        raise NotAnObject("the body must be one JSON object")
    return payload


def check_request(payload: object, *, page_id: int, extra_tags: Collection[str] = ()) -> list[str]:
    """Return every reason why the contract refuses this request; none means that it is accepted.

    ``payload`` is the parsed body, ``page_id`` the page that the signature's secret belongs to,
    ``extra_tags`` the tags allowed besides the contract's. A reason starts with the path of the
    field: ``message.elements[2].buttons[0].title: at most 20 characters, found 27``. More than
    ``MAX_REASONS`` are cut short, with a last line that counts the rest. ``FOREIGN_PAGE`` comes
    first.
    """
    request = Object(
        required={"page_id": Integer(), "recipient": _recipient, "message": _message},
        optional={
            "tag": Choice((*TAGS, *extra_tags), "a message tag of the contract or of extra_tags"),
            "delay": Integer(0, 10),
        },
    )
    return _bounded(_with_page(request, payload, page_id))


def check_address(payload: object, *, page_id: int) -> list[str]:
    """Return every reason why nobody could tell whom this request is from and to.

    That is the page and exactly one recipient, whatever else the request holds. See
    ``check_request`` for the rest.
    """
    return _bounded(_with_page(_address, payload, page_id))


def _with_page(request: Rule, payload: object, page_id: int) -> Iterator[str]:
    found = payload.get("page_id") if isinstance(payload, dict) else None
    if type(found) is int and found != page_id:
        yield FOREIGN_PAGE
    yield from request.faults(payload, "")


def _bounded(reasons: Iterable[str]) -> list[str]:
    remaining = iter(reasons)
    kept = list(islice(remaining, MAX_REASONS))
    more = sum(1 for _ in remaining)
    return [*kept, f"and {more} more"] if more else kept


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found: dict[str, object] = {}
    for key, value in pairs:
        if key in found:
            raise NotAnObject(
                f"the body is not JSON: the key {json.dumps(key[:60])} stands twice in one object"
            )
        found[key] = value
    return found


def _refuse_constant(name: str) -> NoReturn:
    raise NotAnObject(f"the body is not JSON: {name} is no JSON number")
