"""The contract written down once more, to build valid requests and to break them in each place.

It is read from the contract by hand and shares nothing with the sandbox's own rules.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from hypothesis import strategies as st

from .examples import PAGE_ID
from .grammar import Fault, Fields, Kinds, Many, Node, OneOf, String

STRING = String()
ID = OneOf(("string", "integer"), st.integers() | st.text("0123456789", min_size=1), ("",))


class Payload(Node):
    """What a postback carries: a string, or an object that names a block, a flow or both."""

    kinds = ("string", "object")
    of_object = Fields({"block_id?": ID, "flow_id?": ID}, one_of=("block_id", "flow_id"))

    def valid(self) -> st.SearchStrategy[Any]:
        return STRING.valid() | self.of_object.valid()

    def faults(self, value: Any, path: str) -> Iterator[Fault]:
        node = self.of_object if isinstance(value, dict) else STRING
        for place, faulty in node.faults(value, path):
            if place != path or faulty in ("", {}) or not isinstance(faulty, (str, dict)):
                yield place, faulty


def words(*allowed: str) -> OneOf:
    return OneOf(("string",), st.sampled_from(allowed), ("", "x", allowed[0].swapcase()))


MAY_BE_EMPTY = String(least=0)
BOOLEAN = OneOf(("boolean",), st.booleans(), ())
NUMBER = OneOf(
    ("integer", "number"),
    st.integers() | st.floats(allow_nan=False, allow_infinity=False),
    (float("nan"), float("inf"), "1.50"),
)
PAYLOAD = Payload()
LINK = {
    "url": STRING,
    "webview_height_ratio?": words("compact", "tall", "full"),
    "messenger_extensions?": BOOLEAN,
    "fallback_url?": MAY_BE_EMPTY,
}
TITLE = String(most=20)
BUTTON = Kinds(
    key="type",
    cases={
        "web_url": Fields({"title": TITLE, **LINK}),
        "postback": Fields({"title": TITLE, "payload": PAYLOAD}),
    },
)
ELEMENT = {
    "title": String(most=80),
    "subtitle?": String(most=80, least=0),
    "image_url?": MAY_BE_EMPTY,
    "default_action?": Kinds(key="type", cases={"web_url": Fields(LINK)}),
}
SHARABLE = {"sharable?": BOOLEAN}
MESSAGES = {
    "text": Fields({"text": String(most=640)}),
    "button": Fields(
        {"text": String(most=640), "buttons": Many(BUTTON, least=1, most=3), **SHARABLE}
    ),
    "generic": Fields(
        {
            "elements": Many(Fields({**ELEMENT, "buttons?": Many(BUTTON, most=3)}), 10, 1),
            "image_aspect_ratio?": words("horizontal", "square"),
            **SHARABLE,
        }
    ),
    "list": Fields(
        {
            "elements": Many(
                Fields(
                    {**ELEMENT, "buttons?": Many(BUTTON, most=1)}, one_of=("subtitle", "image_url")
                ),
                most=4,
                least=2,
            ),
            "top_element_style?": words("compact", "large"),
            "buttons?": Many(BUTTON, most=1),
            **SHARABLE,
        }
    ),
    "receipt": Fields(
        {
            "recipient_name": STRING,
            "order_number": STRING,
            "currency": STRING,
            "payment_method": STRING,
            "summary": Fields(
                {
                    "total_cost": NUMBER,
                    "subtotal?": NUMBER,
                    "shipping_cost?": NUMBER,
                    "total_tax?": NUMBER,
                }
            ),
            "order_url?": MAY_BE_EMPTY,
            "merchant_name?": MAY_BE_EMPTY,
            "timestamp?": OneOf(
                ("string",), st.text("0123456789", min_size=1), ("", "1.5", "-1", "1\n", "١")
            ),
            "elements?": Many(
                Fields(
                    {
                        "title": STRING,
                        "price": NUMBER,
                        "subtitle?": MAY_BE_EMPTY,
                        "quantity?": NUMBER,
                        "currency?": MAY_BE_EMPTY,
                        "image_url?": MAY_BE_EMPTY,
                    }
                ),
                most=100,
            ),
            "address?": Fields(
                {
                    **dict.fromkeys(("street_1", "city", "postal_code", "state"), STRING),
                    "street_2?": MAY_BE_EMPTY,
                    "country": OneOf(
                        ("string",), st.sampled_from(["US", "de"]), ("", "U", "USA", "ÜS", "U1")
                    ),
                }
            ),
            "adjustments?": Many(Fields({"name": STRING, "amount": NUMBER})),
            **SHARABLE,
        }
    ),
}
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
RECIPIENT_KEYS = ("id", "phone", "email", "uuid")


def request_of(kind: str, recipient: str = "uuid") -> Fields:
    """The grammar of a whole request with a message of this type, to this kind of recipient."""
    return Fields(
        {
            "page_id": OneOf(("integer",), st.just(PAGE_ID), (PAGE_ID + 1, 0, 10**40)),
            "recipient": Fields({f"{recipient}?": STRING}, one_of=(recipient,)),
            "message": Kinds(key="template_type", cases={kind: MESSAGES[kind]}),
            "tag?": OneOf(("string",), st.sampled_from(TAGS), ("", "x", "HUMAN_AGENT")),
            "delay?": OneOf(("integer",), st.integers(0, 10), (-1, 11, 10**40)),
        }
    )


def requests_of(kind: str) -> st.SearchStrategy[dict[str, Any]]:
    """Valid requests with a message of this type."""
    return st.sampled_from(RECIPIENT_KEYS).flatmap(lambda key: request_of(kind, key).valid())


def broken(kind: str, payload: dict[str, Any]) -> Iterator[Fault]:
    """Yield a valid request with one fault in each of its places, and the path of that place."""
    [recipient] = payload["recipient"]
    yield from request_of(kind, recipient).faults(payload, "")
