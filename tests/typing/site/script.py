"""A plain script: the api package alone, without Django."""

from __future__ import annotations

import asyncio
import time

from typing_extensions import assert_type

from joinchat_django.api import (
    Address,
    Adjustment,
    ButtonTemplate,
    Client,
    ConnectionFailed,
    DefaultAction,
    DeliveryUncertain,
    Envelope,
    GenericElement,
    GenericTemplate,
    InvalidMessage,
    JoinChatError,
    ListElement,
    ListTemplate,
    Message,
    MessageTag,
    PostbackButton,
    ReceiptElement,
    ReceiptTemplate,
    Recipient,
    SendResult,
    ServiceUnavailable,
    Summary,
    Text,
    WebURLButton,
    message_from_dict,
    sign,
    verify,
)


def messages() -> list[Message]:
    """One of each type."""
    shop = WebURLButton(title="Shop", url="https://shop.example", webview_height_ratio="tall")
    start = PostbackButton(title="Start", block_id="123", flow_id="12")
    tea = DefaultAction(url="https://shop.example/tea")
    return [
        Text("Hello"),
        ButtonTemplate("How did we do?", buttons=[shop, start]),
        GenericTemplate(elements=[GenericElement(title="Tea", default_action=tea, buttons=[shop])]),
        ListTemplate(
            elements=[
                ListElement(title="Tea", subtitle="Green"),
                ListElement(title="Cups", image_url="https://shop.example/cups.png"),
            ],
            top_element_style="compact",
        ),
        ReceiptTemplate(
            recipient_name="Lin",
            order_number="A-17",
            currency="EUR",
            payment_method="Card",
            elements=[ReceiptElement(title="Tea", price=4.5, quantity=1)],
            address=Address(
                street_1="1 Tea Road",
                city="Xiamen",
                postal_code="361000",
                state="Fujian",
                country="CN",
            ),
            summary=Summary(total_cost=4),
            adjustments=[Adjustment(name="Coupon", amount=-0.5)],
        ),
    ]


def read(result: SendResult) -> str:
    """What JoinChat answered."""
    assert_type(result.status, int)
    return result.answer


def send(client: Client, message: Message) -> str:
    """Send a message to one person, and say what became of it."""
    to = Recipient(email="lin@example.com")
    assert_type(to.kind, str)
    try:
        return read(client.send(to, message, tag=MessageTag.ACCOUNT_UPDATE, delay=1))
    except InvalidMessage as error:
        return "\n".join(f"{one.path}: {one.limit}, found {one.found}" for one in error.problems)
    except ServiceUnavailable as error:
        time.sleep(error.retry_after or 1)
        return error.answer
    except (ConnectionFailed, DeliveryUncertain) as error:
        return str(error)
    except JoinChatError as error:
        assert_type(error.status, int | None)
        return error.answer


async def asend(client: Client, message: Message) -> SendResult:
    """The same from asynchronous code."""
    return await client.asend(Recipient(uuid="1"), message, tag="ACCOUNT_UPDATE", deadline=5)


def main() -> None:
    """Send all of them."""
    with Client(page_id=12345, api_secret="s3cret", extra_tags=["OURS"], deadline=10) as client:
        for message in messages():
            assert_type(message_from_dict(message.to_dict()), Message)
            print(send(client, message))
            print(asyncio.run(asend(client, message)).answer)
        body = Envelope.seal(Recipient(id="1"), Text("Hello"), delay=2).body(12345)
        assert_type(body, bytes)
        assert_type(sign("s3cret", body), str)
        assert_type(verify("s3cret", body, "…"), bool)


if __name__ == "__main__":
    main()
