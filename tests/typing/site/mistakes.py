"""What a checker has to report: each line that is wrong names a word of the report."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import User
from django.dispatch import Signal
from typing_extensions import override

from joinchat_django import broadcasts, conf, linking, outbox, triggers
from joinchat_django.admin import SendMessageMixin
from joinchat_django.api import (
    ButtonTemplate,
    Client,
    GenericElement,
    ListTemplate,
    MessageTag,
    PostbackButton,
    Recipient,
    Text,
    sign,
)
from joinchat_django.backends import Backend
from joinchat_django.delivery.dispatchers import Dispatcher
from joinchat_django.models import MessengerLink, OutboxMessage
from joinchat_django.test import JoinChatOutbox, Sandbox, sandbox

order_placed = Signal()


def messages(text: Text) -> None:
    """Messages that cannot be built."""
    Text(640)  # wrong: "str"
    ButtonTemplate("How did we do?")  # wrong: "buttons"
    PostbackButton("Tell us", block_id="123")  # wrong: positional
    ListTemplate(elements=[GenericElement(title="Tea")])  # wrong: "ListElement"
    Recipient(mail="lin@example.com")  # wrong: "mail"
    text.text = "Another one"  # wrong: "text"
    sign("s3cret", "a text, not bytes")  # wrong: "bytes"
    MessageTag.SPRING_SALE  # wrong: "SPRING_SALE"


async def calls(client: Client) -> None:
    """Calls of JoinChat."""
    client.send("lin@example.com", Text("Hello"))  # wrong: "Recipient"
    client.send(Recipient(uuid="1"), "Hello")  # wrong: "Message"
    await client.asend(Recipient(uuid="1"), Text("Hello"), dealy=1)  # wrong: "dealy"
    Client(12345, "s3cret")  # wrong: positional


def sends(user: User) -> None:
    """Sends."""
    outbox.send(user, 640)  # wrong: "send"
    outbox.send(user, Text("Hello"), delya=1)  # wrong: "send"
    outbox.send(user, Text("Hello"), delay="soon")  # wrong: "send"
    outbox.send(user, {"template_type": "text", "text": "Hello"})  # wrong: "send"
    row: OutboxMessage = outbox.send(user, [Text("Hello")])  # wrong: "OutboxMessage"
    rows: list[OutboxMessage] = outbox.send(user, Text("Hello"))  # wrong: "list[OutboxMessage]"
    outbox.cancel("spring")  # wrong: OutboxMessage
    outbox.hold("spring")  # wrong: positional
    print(row, rows)


async def later(user: User) -> None:
    """Sends from asynchronous code."""
    await outbox.asend(user, Text("Hello"), bots="default")  # wrong: "asend"
    outbox.asend(user, Text("Hello")).pk  # wrong: "pk"


async def context(user: User) -> dict[str, Any]:
    return {"user": user.username}


def words(user: User) -> str:
    return user.username


def bulks() -> None:
    """Bulks."""
    outbox.send_bulk(User.objects.all(), "news", context=context)  # wrong: Coroutine
    outbox.send_bulk(User.objects.all(), "news", context=words)  # wrong: str
    outbox.send_bulk(User.objects.all(), [Text("Hello")])  # wrong: "list[Text]"
    outbox.send_bulk(User.objects.all(), Text("Hello")).sent  # wrong: "sent"
    broadcasts.start(User.objects.all())  # wrong: "by"


@triggers.on(order_placed)  # wrong: Text
def returns_a_message(sender: object, **kwargs: Any) -> Text:
    return Text("Hello")


@triggers.on(order_placed)  # wrong: Coroutine
async def is_asynchronous(sender: object, **kwargs: Any) -> None:
    pass


@triggers.on(order_placed)
def asks_for_nonsense(sender: object, **kwargs: Any) -> triggers.Send:
    return triggers.Send(sender, 640)  # wrong: Message


class HalfABackend(Backend):
    pass


class SilentBackend(Backend):
    @override
    def send(self, envelope: object) -> None:  # wrong: "send"
        pass


class NoisyDispatcher(Dispatcher):
    @override
    def wake(self, loudness: int) -> None:  # wrong: "wake"
        pass


class CustomerAdmin(SendMessageMixin):
    joinchat_user = 3  # wrong: "str"


def facts(link: MessengerLink) -> None:
    """What is read of rows and settings."""
    HalfABackend(conf.bot())  # wrong: abstract
    conf.bot("default").secret  # wrong: "secret"
    link.uuid.days  # wrong: "days"
    link.linked_at = "yesterday"  # wrong: datetime
    linking.current_link(link.user).uuid  # wrong: "uuid"
    linking.connected(link.user)  # wrong: "connected"


def test_it(joinchat_outbox: JoinChatOutbox, joinchat_sandbox: Sandbox) -> None:
    joinchat_outbox.append(Text("Hello"))  # wrong: "append"
    joinchat_sandbox.fail(429, time=2)  # wrong: "time"
    with sandbox() as joinchat:
        joinchat.mesages()  # wrong: "mesages"
    with sandbox("default", True) as joinchat:  # wrong: positional
        pass
