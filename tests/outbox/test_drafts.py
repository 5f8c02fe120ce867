"""A template becomes a message for one recipient, or an error that names what it lacks."""

from __future__ import annotations

import json
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from joinchat_django import outbox
from joinchat_django.api import InvalidMessage, MessageTag, Recipient
from joinchat_django.models import MessageTemplate, OutboxMessage
from joinchat_django.outbox.drafts import Draft
from joinchat_django.rendering import PlainDataRequired


@pytest.mark.django_db
def test_a_template_is_sent_by_its_slug(linked_user: Any, receipt: MessageTemplate) -> None:
    row = outbox.send(linked_user, "receipt", context={"number": "A-17", "total": Decimal(5)})
    assert json.loads(row.content)["recipient_name"] == 'Tom & "Jerry"'
    assert json.loads(row.content)["summary"] == {"total_cost": 5}
    assert (row.tag, row.delay, row.template) == ("PAYMENT_UPDATE", 2, receipt)


@pytest.mark.django_db
def test_the_senders_tag_and_delay_go_first(linked_user: Any, receipt: MessageTemplate) -> None:
    context = {"number": "A-17", "total": 5}
    row = outbox.send(linked_user, receipt, context=context, tag="ACCOUNT_UPDATE", delay=0)
    assert (row.tag, row.delay) == ("ACCOUNT_UPDATE", 0)


@pytest.mark.django_db
def test_an_empty_tag_takes_the_templates_own_off(
    linked_user: Any, receipt: MessageTemplate
) -> None:
    context = {"number": "A-17", "total": 5}
    assert outbox.send(linked_user, receipt, context=context, tag="").tag == ""


@pytest.mark.django_db
def test_a_slug_that_nobody_wrote_is_an_error_that_names_it(linked_user: Any) -> None:
    with pytest.raises(outbox.UnknownTemplate, match=r"Text\('Hello'\)"):
        outbox.send(linked_user, "Hello")


@pytest.mark.django_db
def test_a_model_instance_in_the_context_is_refused(
    linked_user: Any, receipt: MessageTemplate
) -> None:
    with pytest.raises(PlainDataRequired):
        outbox.send(linked_user, "receipt", context={"number": receipt, "total": 1})
    assert not OutboxMessage.objects.exists()


class TestAVariableThatIsNotGiven:
    """Django leaves its place empty, which is no message to a customer."""

    @pytest.fixture
    def send(self, linked_user: Any) -> Callable[..., Any]:
        def send(text: str, **context: Any) -> Any:
            body = {"template_type": "text", "text": text}
            template = MessageTemplate(slug="order", name="Order", body=body)
            template.save()
            row = outbox.send(linked_user, template, context=context)
            return json.loads(row.content)["text"]

        return send

    def test_is_named_and_nothing_is_queued(self, send: Callable[..., Any]) -> None:
        with pytest.raises(InvalidMessage, match="text: needs “number”, which is not known"):
            send("Order {{ number }} shipped", nummer="A-17")
        assert not OutboxMessage.objects.exists()

    def test_may_be_one_that_the_text_can_do_without(self, send: Callable[..., Any]) -> None:
        text = "Hello {{ user.first_name }}{% if note %}: {{ note }}{% endif %}"
        assert send(text) == 'Hello Tom & "Jerry"'

    def test_may_be_a_field_of_somebody_unknown(self, db: None) -> None:
        body = {"template_type": "text", "text": "Hello{{ user.first_name }}"}
        template = MessageTemplate.objects.create(slug="hello", name="Hello", body=body)
        row = outbox.send(Recipient(uuid="u"), template)
        assert json.loads(row.content)["text"] == "Hello"


@pytest.mark.parametrize(
    ("text", "whole", "holed"),
    [
        ("{{ lines.1.title }}", [{"title": "Hat"}] * 2, [{"title": "Hat"}]),
        ("{{ lines.2 }}", "Eva", "Al"),
        ("{{ lines.upper }}", "Eva", None),
    ],
)
def test_what_one_recipient_has_is_missed_of_the_next(text: str, whole: Any, holed: Any) -> None:
    body = {"template_type": "text", "text": text}
    draft = Draft(MessageTemplate(slug="lines", name="Lines", body=body))
    assert draft.fill_whole(None, lambda: {"lines": whole})
    with pytest.raises(InvalidMessage, match="needs “lines"):
        draft.fill_whole(None, lambda: {"lines": holed})


class TestPromotions:
    """Messenger forbids a tag on deals, coupons and discounts."""

    @pytest.fixture
    def deal(self, db: None) -> MessageTemplate:
        body = {"template_type": "text", "text": "20 % off"}
        return MessageTemplate.objects.create(
            slug="deal", name="Deal", is_promotional=True, body=body
        )

    @pytest.mark.parametrize("tag", ["ACCOUNT_UPDATE", MessageTag.SHIPPING_UPDATE, "NO_SUCH"])
    def test_one_is_not_sent_with_a_tag(
        self, linked_user: Any, deal: MessageTemplate, tag: str
    ) -> None:
        for send in (
            lambda: outbox.send(linked_user, deal, tag=tag),
            lambda: outbox.send(linked_user, ["deal"], tag=tag),
            lambda: outbox.send_bulk([linked_user], "deal", tag=tag),
        ):
            with pytest.raises(InvalidMessage, match="the template is promotional") as caught:
                send()
            assert [problem.path for problem in caught.value.problems] == ["tag"]
        assert not OutboxMessage.objects.exists()

    @pytest.mark.parametrize("tag", [None, ""])
    def test_without_one_it_is(self, linked_user: Any, deal: MessageTemplate, tag: Any) -> None:
        assert outbox.send(linked_user, deal, tag=tag).tag == ""
        assert outbox.send_bulk([linked_user], deal, tag=tag).queued == 1

    def test_what_is_not_saved_is_no_way_round(
        self, linked_user: Any, deal: MessageTemplate
    ) -> None:
        deal.tag = "ACCOUNT_UPDATE"
        with pytest.raises(InvalidMessage, match="promotional"):
            outbox.send(linked_user, deal)
