"""The five types of message (contract, "Messages").

Each is a frozen dataclass that cannot be built wrong. ``to_dict()`` is the contract's JSON object
and :func:`message_from_dict` its inverse.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Annotated, cast

from .buttons import DefaultAction, PostbackButton, WebURLButton
from .rules import AtLeastOneOf, Characters, Choice, Flag, Number
from .structures import Items, Nested, Structure, kind_by_mark
from .wording import worded as _

Button = WebURLButton | PostbackButton
Amount = Decimal | int | float


@dataclass(frozen=True)
class Message(Structure):
    """The base of the five types; it is none itself."""

    def __post_init__(self) -> None:
        if self.mark is None:
            raise TypeError("Build one of the five types of message, not their base.")
        super().__post_init__()


@dataclass(frozen=True, kw_only=True)
class Text(Message):
    """A plain text of at most 640 characters."""

    mark = ("template_type", "text")

    text: Annotated[str, Characters(640)] = field(kw_only=False)


@dataclass(frozen=True, kw_only=True)
class ButtonTemplate(Message):
    """A menu: a text of at most 640 characters above 1 to 3 buttons."""

    mark = ("template_type", "button")

    text: Annotated[str, Characters(640)] = field(kw_only=False)
    buttons: Annotated[Sequence[Button], Items(WebURLButton, PostbackButton, least=1, most=3)]
    sharable: Annotated[bool | None, Flag()] = None


@dataclass(frozen=True, kw_only=True)
class GenericElement(Structure):
    """A card of a carousel, with at most 3 buttons."""

    title: Annotated[str, Characters(80)]
    subtitle: Annotated[str | None, Characters(80, least=0)] = None
    image_url: Annotated[str | None, Characters(least=0)] = None
    default_action: Annotated[DefaultAction | None, Nested(DefaultAction)] = None
    buttons: Annotated[Sequence[Button], Items(WebURLButton, PostbackButton, most=3)] = ()


@dataclass(frozen=True, kw_only=True)
class GenericTemplate(Message):
    """A carousel of 1 to 10 cards."""

    mark = ("template_type", "generic")

    elements: Annotated[Sequence[GenericElement], Items(GenericElement, least=1, most=10)]
    image_aspect_ratio: Annotated[str | None, Choice("horizontal", "square")] = None
    sharable: Annotated[bool | None, Flag()] = None


@dataclass(frozen=True, kw_only=True)
class ListElement(Structure):
    """A row of a list, with a subtitle or an image and at most 1 button."""

    relations = (AtLeastOneOf("subtitle", "image_url"),)

    title: Annotated[str, Characters(80)]
    subtitle: Annotated[str | None, Characters(80, least=0)] = None
    image_url: Annotated[str | None, Characters(least=0)] = None
    default_action: Annotated[DefaultAction | None, Nested(DefaultAction)] = None
    buttons: Annotated[Sequence[Button], Items(WebURLButton, PostbackButton, most=1)] = ()


@dataclass(frozen=True, kw_only=True)
class ListTemplate(Message):
    """A list of 2 to 4 rows; ``large`` shows the first one as a cover."""

    mark = ("template_type", "list")

    elements: Annotated[Sequence[ListElement], Items(ListElement, least=2, most=4)]
    top_element_style: Annotated[str | None, Choice("compact", "large")] = None
    buttons: Annotated[Sequence[Button], Items(WebURLButton, PostbackButton, most=1)] = ()
    sharable: Annotated[bool | None, Flag()] = None


@dataclass(frozen=True, kw_only=True)
class Summary(Structure):
    """A receipt's sums, in units of its currency."""

    subtotal: Annotated[Amount | None, Number()] = None
    shipping_cost: Annotated[Amount | None, Number()] = None
    total_tax: Annotated[Amount | None, Number()] = None
    total_cost: Annotated[Amount, Number()]


@dataclass(frozen=True, kw_only=True)
class Address(Structure):
    """Where an order goes; ``country`` is its two-letter code."""

    street_1: Annotated[str, Characters()]
    street_2: Annotated[str | None, Characters(least=0)] = None
    city: Annotated[str, Characters()]
    postal_code: Annotated[str, Characters()]
    state: Annotated[str, Characters()]
    country: Annotated[str, Characters(pattern="[A-Za-z]{2}", meaning=_("two letters"))]


@dataclass(frozen=True, kw_only=True)
class Adjustment(Structure):
    """A change of the price, such as a discount."""

    name: Annotated[str, Characters()]
    amount: Annotated[Amount, Number()]


@dataclass(frozen=True, kw_only=True)
class ReceiptElement(Structure):
    """One line of a receipt; a price of 0 is allowed."""

    title: Annotated[str, Characters()]
    subtitle: Annotated[str | None, Characters(least=0)] = None
    quantity: Annotated[Amount | None, Number()] = None
    price: Annotated[Amount, Number()]
    currency: Annotated[str | None, Characters(least=0)] = None
    image_url: Annotated[str | None, Characters(least=0)] = None


@dataclass(frozen=True, kw_only=True)
class ReceiptTemplate(Message):
    """A receipt of at most 100 lines.

    ``order_number`` is unique among the bot's receipts; ``timestamp`` is the order's time in
    seconds since 1970, as text.
    """

    mark = ("template_type", "receipt")

    recipient_name: Annotated[str, Characters()]
    order_number: Annotated[str, Characters()]
    currency: Annotated[str, Characters()]
    payment_method: Annotated[str, Characters()]
    merchant_name: Annotated[str | None, Characters(least=0)] = None
    order_url: Annotated[str | None, Characters(least=0)] = None
    timestamp: Annotated[
        str | None,
        Characters(pattern="[0-9]+", meaning=_("seconds since 1970 as digits")),
    ] = None
    elements: Annotated[Sequence[ReceiptElement], Items(ReceiptElement, most=100)] = ()
    address: Annotated[Address | None, Nested(Address)] = None
    summary: Annotated[Summary, Nested(Summary)]
    adjustments: Annotated[Sequence[Adjustment], Items(Adjustment)] = ()
    sharable: Annotated[bool | None, Flag()] = None


MESSAGE_TYPES = (Text, ButtonTemplate, GenericTemplate, ListTemplate, ReceiptTemplate)


def message_from_dict(data: object) -> Message:
    """Build the message that the contract's JSON object stands for.

    A postback's payload may be text or an object. Raises
    :exc:`~joinchat_django.api.InvalidMessage`, with every problem in it, for anything that is
    not exactly such an object: unknown fields, missing ones, null, a wrong type, a broken limit.
    """
    return cast("Message", kind_by_mark(MESSAGE_TYPES, data).from_dict(data))
