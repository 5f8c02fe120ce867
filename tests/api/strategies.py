"""Any message that the contract allows, for Hypothesis."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from joinchat_django.api import (
    Address,
    Adjustment,
    ButtonTemplate,
    DefaultAction,
    GenericElement,
    GenericTemplate,
    ListElement,
    ListTemplate,
    Message,
    PostbackButton,
    ReceiptElement,
    ReceiptTemplate,
    Summary,
    Text,
    WebURLButton,
)


def texts(most: int = 12, least: int = 1) -> st.SearchStrategy[str]:
    alphabet = st.characters(exclude_categories=["Cs"], exclude_characters="\0")
    return st.text(alphabet, min_size=least, max_size=most)


def objects(kind: Any, required: dict[str, Any], **optional: Any) -> st.SearchStrategy[Any]:
    """Objects of a kind, each optional field there or not."""
    given = st.fixed_dictionaries(required, optional=optional)
    return given.map(lambda values: kind(**values))


amounts = st.one_of(
    st.integers(-(10**20), 10**20),
    st.floats(allow_nan=False, allow_infinity=False),
    st.decimals(allow_nan=False, allow_infinity=False),
)
references = st.one_of(texts(), st.integers())
link_options: dict[str, Any] = {
    "webview_height_ratio": st.sampled_from(["compact", "tall", "full"]),
    "messenger_extensions": st.booleans(),
    "fallback_url": texts(least=0),
}
links = objects(WebURLButton, {"title": texts(20), "url": texts()}, **link_options)
actions = objects(DefaultAction, {"url": texts()}, **link_options)
title = {"title": texts(20)}
postbacks = st.one_of(
    objects(PostbackButton, {**title, "payload": texts()}),
    objects(PostbackButton, {**title, "block_id": references}, flow_id=references),
    objects(PostbackButton, {**title, "flow_id": references}),
)
buttons = st.one_of(links, postbacks)
sharable = {"sharable": st.booleans()}
card = {"image_url": texts(least=0), "default_action": actions}
subtitles = texts(80, least=0)
addresses = objects(
    Address,
    {
        **dict.fromkeys(["street_1", "city", "postal_code", "state"], texts()),
        "country": st.sampled_from(["CN", "us"]),
    },
    street_2=texts(least=0),
)
lines = objects(
    ReceiptElement,
    {"title": texts(), "price": amounts},
    subtitle=subtitles,
    quantity=amounts,
    currency=texts(least=0),
    image_url=texts(least=0),
)
#: By the class of the message.
messages: dict[Any, st.SearchStrategy[Message]] = {
    Text: objects(Text, {"text": texts(640)}),
    ButtonTemplate: objects(
        ButtonTemplate,
        {"text": texts(640), "buttons": st.lists(buttons, min_size=1, max_size=3)},
        **sharable,
    ),
    GenericTemplate: objects(
        GenericTemplate,
        {
            "elements": st.lists(
                objects(
                    GenericElement,
                    {"title": texts(80)},
                    subtitle=subtitles,
                    buttons=st.lists(buttons, max_size=3),
                    **card,
                ),
                min_size=1,
                max_size=4,
            )
        },
        image_aspect_ratio=st.sampled_from(["horizontal", "square"]),
        **sharable,
    ),
    ListTemplate: objects(
        ListTemplate,
        {
            "elements": st.lists(
                objects(
                    ListElement,
                    {"title": texts(80), "subtitle": texts(80)},
                    buttons=st.lists(buttons, max_size=1),
                    **card,
                ),
                min_size=2,
                max_size=4,
            )
        },
        top_element_style=st.sampled_from(["compact", "large"]),
        buttons=st.lists(buttons, max_size=1),
        **sharable,
    ),
    ReceiptTemplate: objects(
        ReceiptTemplate,
        {
            **dict.fromkeys(
                ["recipient_name", "order_number", "currency", "payment_method"], texts()
            ),
            "summary": objects(
                Summary,
                {"total_cost": amounts},
                **dict.fromkeys(["subtotal", "shipping_cost", "total_tax"], amounts),
            ),
        },
        order_url=texts(least=0),
        merchant_name=texts(least=0),
        timestamp=st.from_regex(r"[0-9]{1,12}", fullmatch=True),
        elements=st.lists(lines, max_size=3),
        address=addresses,
        adjustments=st.lists(objects(Adjustment, {"name": texts(), "amount": amounts}), max_size=3),
        **sharable,
    ),
}
