"""``joinchat_send``: one message to one person, and what became of it."""

from __future__ import annotations

import io
import json
from typing import Any, ClassVar

import pytest
from django.core.management import CommandError, call_command

from joinchat_django.api import (
    Envelope,
    JoinChatError,
    Recipient,
    Rejected,
    SendResult,
    ServiceUnavailable,
    Text,
    Unauthorized,
)
from joinchat_django.backends import Backend
from joinchat_django.backends.locmem import Delivered
from joinchat_django.models import BotState, MessageTemplate, OutboxMessage
from joinchat_django.sandbox import SandboxServer
from tests.servers import free_port

pytestmark = pytest.mark.django_db

BUTTONS = {
    "template_type": "button",
    "text": "Shall we?",
    "buttons": [{"type": "postback", "title": "Yes", "payload": "yes"}],
}


def send(*arguments: str) -> str:
    out = io.StringIO()
    call_command("joinchat_send", *arguments, stdout=out, no_color=True)
    return out.getvalue().strip()


def row() -> OutboxMessage:
    return OutboxMessage.objects.get()


@pytest.mark.django_db(transaction=True)
def test_a_text_to_a_user_is_delivered_at_once(
    linked_user: Any, delivered: list[Delivered]
) -> None:
    said = send("--user", "tom", "Hello", "--tag", "ACCOUNT_UPDATE", "--delay", "2")
    assert said == f"Message {row().pk} is sent."
    [one] = delivered
    assert one.envelope.recipient == Recipient(uuid="uuid-of-tom")
    assert (one.envelope.message, one.envelope.tag) == (Text("Hello"), "ACCOUNT_UPDATE")
    assert (row().user, one.envelope.delay) == (linked_user, 2)


@pytest.mark.django_db(transaction=True)
def test_it_arrives_over_http(settings: Any) -> None:
    with SandboxServer(page_id=12345, api_secret="secret") as sandbox:
        entry = {"PAGE_ID": 12345, "API_SECRET": "secret", "API_URL": sandbox.api_url}
        settings.JOINCHAT = {"default": entry}
        send("--phone", "+886 2", "Hello")
        [message] = sandbox.inbox.messages()
    assert message["recipient"] == {"phone": "+886 2"}


@pytest.mark.parametrize("kind", ["uuid", "id", "phone", "email"])
def test_anybody_whom_joinchat_knows_can_be_named(left_to_a_worker: None, kind: str) -> None:
    said = send(f"--{kind}", "somebody", "Hello", "--group", "spring")
    assert said == f"Message {row().pk} is queued. A worker sends it."
    assert (row().recipient_kind, row().recipient_value) == (kind, "somebody")
    assert row().group == "spring"


def test_a_template_is_filled_from_a_context(left_to_a_worker: None, linked_user: Any) -> None:
    body = {"template_type": "text", "text": "{{ user.first_name }}: {{ number }}, {{ total }}"}
    MessageTemplate.objects.create(slug="order", name="Order", body=body)
    context = '{"number": "A-17", "total": 10.10}'
    send("--user", "tom", "--template", "order", "--context", context)
    assert row().message == Text('Tom & "Jerry": A-17, 10.10')


def test_any_message_can_be_given_as_json(
    left_to_a_worker: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    send("--uuid", "lin", "--json", json.dumps(BUTTONS))
    monkeypatch.setattr("sys.stdin", io.StringIO(json.dumps(BUTTONS)))
    send("--uuid", "lin", "--json", "-")
    contents = OutboxMessage.objects.values_list("content", flat=True)
    assert [json.loads(content) for content in contents] == [BUTTONS, BUTTONS]


def test_another_bot_can_be_named(left_to_a_worker: None, second_bot: None) -> None:
    send("--uuid", "lin", "Hello", "--bot", "second")
    assert row().bot == "second"


@pytest.mark.django_db(transaction=True)
def test_what_is_to_be_tried_again_says_why(settings: Any) -> None:
    nobody = {"API_URL": f"http://127.0.0.1:{free_port()}/", "OPTIONS": {"proxies": {}}}
    settings.JOINCHAT = {"default": {"PAGE_ID": 1, "API_SECRET": "secret", **nobody}}
    assert "queued, to be tried again: Could not connect" in send("--uuid", "lin", "Hello")


@pytest.mark.django_db(transaction=True)
def test_what_is_refused_at_once_ends_with_status_1(settings: Any) -> None:
    with SandboxServer(page_id=12345, api_secret="secret") as sandbox:
        entry = {"PAGE_ID": 12345, "API_SECRET": "secret", "API_URL": sandbox.api_url}
        settings.JOINCHAT = {"default": {**entry, "OPTIONS": {"extra_tags": ["NEWS"]}}}
        with pytest.raises(CommandError, match=r"is failed: .*tag"):
            send("--uuid", "lin", "Hello", "--tag", "NEWS")


class Rude(Backend):
    """A server whose words would do something to a terminal."""

    error: ClassVar[type[JoinChatError]] = Rejected

    def send(self, envelope: Envelope, *, deadline: float | None = None) -> SendResult:
        raise self.error("no \x1b[31mred\n\x1b]0;title\x07")


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("error", [Rejected, ServiceUnavailable, Unauthorized])
def test_what_a_server_says_is_shown_and_nothing_else(
    settings: Any, monkeypatch: pytest.MonkeyPatch, error: type[JoinChatError]
) -> None:
    settings.JOINCHAT = {"default": {**settings.JOINCHAT["default"], "BACKEND": f"{__name__}.Rude"}}
    monkeypatch.setattr(Rude, "error", error)
    try:
        said = send("--uuid", "lin", "Hello")
    except CommandError as caught:
        assert error is Rejected
        said = str(caught)
    assert "no \ufffd[31mred\ufffd\ufffd]0;title\ufffd" in said
    assert said.isprintable()


def test_a_paused_bot_says_why_and_how_it_goes_on() -> None:
    BotState.objects.create(bot="default", is_paused=True, reason="Holidays.")
    assert send("--uuid", "lin", "Hello") == (
        f"Message {row().pk} is queued. The bot 'default' is paused: Holidays. Resume in the admin "
        "lets it go on."
    )


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ("Hello", "one of the arguments --user --uuid --id --phone --email is required"),
        ("Hello --uuid a --email b", "not allowed with"),
        ("--uuid lin", "Give one of: a text, --template, --json"),
        ("Hello --uuid lin --template order", "Give one of"),
        ("Hello --uuid lin --context {}", "--context fills a --template"),
        ("Hello --user nobody", r"No user has the username 'nobody'.*pass --uuid"),
        ("Hello --user tom", "is not linked to the bot 'default'"),
        ("Hello --uuid lin --bot third", "no bot 'third'. It has: 'default'"),
        ("Hello --uuid lin --delay 11", "delay: must be .* 10, found 11"),
        ("Hello --uuid lin --tag NEWS", "tag: must be"),
        (f"{'x' * 641} --uuid lin", "text: "),
        ("--uuid lin --template oder", r"has the slug 'oder'. There are: order\."),
        ("--uuid lin --template order --context [1]", "--context must be a JSON object"),
        ("--uuid lin --template order --context {", "--context is no JSON"),
        ("--uuid lin --json {", "--json is no JSON"),
        ('--uuid lin --json {"template_type":"text"}', "text: is required"),
    ],
)
def test_a_mistake_says_the_way_out_and_queues_nothing(
    left_to_a_worker: None, user: Any, arguments: str, said: str
) -> None:
    body = {"template_type": "text", "text": "{{ number }}"}
    MessageTemplate.objects.create(slug="order", name="Order", body=body)
    with pytest.raises(CommandError, match=f"(?s){said}"):
        send(*arguments.split())
    assert not OutboxMessage.objects.exists()
