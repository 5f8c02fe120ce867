"""What the form calls the types of message, their parts and their fields."""

from __future__ import annotations

from typing import Any, NamedTuple

from django.utils.translation import gettext_lazy as _


class TypeWording(NamedTuple):
    """A type of message: the contract's word, its name for people, and what it is."""

    word: str
    label: Any
    description: Any


TYPE_WORDINGS = (
    TypeWording("text", _("Text"), _("A plain text bubble.")),
    TypeWording("button", _("Button menu"), _("A text with one to three buttons.")),
    TypeWording("generic", _("Carousel"), _("Up to ten cards to swipe through.")),
    TypeWording("list", _("List"), _("Two to four rows, the first perhaps as a cover.")),
    TypeWording("receipt", _("Receipt"), _("An order: lines, address and sums.")),
)

#: What one item of a list is called, and its button for one more.
KINDS: dict[str, tuple[Any, Any]] = {
    "WebURLButton": (_("Link button"), _("Add a link button")),
    "PostbackButton": (_("Reply button"), _("Add a reply button")),
    "GenericElement": (_("Card"), _("Add a card")),
    "ListElement": (_("Row"), _("Add a row")),
    "ReceiptElement": (_("Line"), _("Add a line")),
    "Adjustment": (_("Adjustment"), _("Add an adjustment")),
}

LABELS: dict[str, Any] = {
    "address": _("Shipping address"),
    "adjustments": _("Adjustments"),
    "amount": _("Amount"),
    "block_id": _("Block id"),
    "buttons": _("Buttons"),
    "city": _("City"),
    "country": _("Country"),
    "currency": _("Currency"),
    "default_action": _("Tap on the picture or title"),
    "elements": _("Lines"),
    "GenericTemplate.elements": _("Cards"),
    "ListTemplate.elements": _("Rows"),
    "fallback_url": _("Fallback address"),
    "flow_id": _("Flow id"),
    "image_aspect_ratio": _("Shape of the pictures"),
    "image_url": _("Picture"),
    "merchant_name": _("Shop"),
    "messenger_extensions": _("Messenger extensions"),
    "name": _("Name"),
    "order_number": _("Order number"),
    "order_url": _("Address of the order"),
    "payload": _("Payload"),
    "payment_method": _("Paid with"),
    "postal_code": _("Postal code"),
    "price": _("Price"),
    "quantity": _("Quantity"),
    "recipient_name": _("Name of the customer"),
    "sharable": _("May be shared"),
    "shipping_cost": _("Shipping"),
    "state": _("State or province"),
    "street_1": _("Street"),
    "street_2": _("Street, second line"),
    "subtitle": _("Subtitle"),
    "subtotal": _("Subtotal"),
    "summary": _("Sums"),
    "text": _("Text"),
    "timestamp": _("Time of the order"),
    "title": _("Title"),
    "top_element_style": _("First row"),
    "total_cost": _("Total"),
    "total_tax": _("Tax"),
    "url": _("Address"),
    "webview_height_ratio": _("Height of the window"),
}

HELP: dict[str, Any] = {
    "image_url": _("The https address of a picture."),
    "url": _("Its domain must be on the bot's whitelist in JoinChat's console."),
    "country": _("Two letters, such as US."),
    "currency": _("Such as USD."),
    "order_number": _("Unique among the bot's receipts."),
    "timestamp": _("Seconds since 1970, as digits."),
    "ListElement.subtitle": _("A row needs a subtitle or a picture."),
    "Adjustment.amount": _("What is taken off the price."),
}

#: Fields that few messages need: they stand behind “More options”.
RARE = {"webview_height_ratio", "messenger_extensions", "fallback_url", "sharable"}

OPTIONS: dict[str, Any] = {
    "compact": _("compact"),
    "tall": _("tall"),
    "full": _("full screen"),
    "large": _("large, as a cover"),
    "horizontal": _("horizontal"),
    "square": _("square"),
    "true": _("yes"),
    "false": _("no"),
}


def label_of(kind: type[Any], field: str) -> Any:
    """Return what a field is called in one kind of object."""
    return LABELS.get(f"{kind.__name__}.{field}") or LABELS.get(field, field)


def help_of(kind: type[Any], field: str) -> Any:
    """Return what there is to know of a field, or an empty text."""
    return HELP.get(f"{kind.__name__}.{field}") or HELP.get(field, "")
