"""What spoils one person's message stops nobody else; what is wrong with a bulk stops it all."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from django.db import IntegrityError

from joinchat_django import conf, outbox
from joinchat_django.api import InvalidMessage, Text
from joinchat_django.models import MessageTemplate, OutboxMessage
from joinchat_django.outbox import BulkResult
from joinchat_django.rendering import PlainDataRequired
from tests.outbox.people import linked_people, reached, users

HELLO = Text("Hello")


@pytest.mark.django_db
class TestFailures:
    def test_a_context_that_fails_is_counted_and_named_and_stops_nobody(
        self, greeting: MessageTemplate, small_pages: None
    ) -> None:
        crowd = linked_people(8)

        def points(user: Any) -> Any:
            return {
                "p1": lambda: {"points": 1 / 0},
                "p3": lambda: {"points": user},
                "p4": lambda: None,
                "p6": lambda: {"points": "5" * 700},
                "p7": lambda: {"points": "\0"},
            }.get(user.username, lambda: {"points": 5})()

        result = outbox.send_bulk(users().all(), greeting, context=points)
        assert (result.queued, result.failed, result.total) == (3, 5, 8)
        errors = dict(result.errors)
        assert errors[crowd[1].pk] == "context: ZeroDivisionError: division by zero"
        assert errors[crowd[3].pk].startswith("context['points'] is a Customer;")
        assert errors[crowd[4].pk] == "A context must be a dict, not NoneType."
        assert errors[crowd[6].pk].startswith("text: must be at most 640 characters")
        assert errors[crowd[7].pk].startswith("text: must be text without NUL")
        assert reached() == ["of-p0", "of-p2", "of-p5"]

    def test_errors_are_a_sample_and_short(self, greeting: MessageTemplate) -> None:
        linked_people(12)

        def points(user: Any) -> Any:
            raise ValueError("x" * 100_000)

        result = outbox.send_bulk(users().all(), greeting, context=points)
        assert result.failed == 12
        assert len(result.errors) == 10
        assert max(len(error) for _key, error in result.errors) == 500

    def test_a_link_whose_uuid_is_no_recipient_fails_alone(self, linked_user: Any) -> None:
        linked_people(1)
        linked_user.messenger_links.update(uuid="")
        result = outbox.send_bulk(users().all(), HELLO)
        assert (result.queued, result.failed) == (1, 1)
        assert result.errors == ((linked_user.pk, "recipient.uuid: must not be empty"),)


@pytest.mark.django_db(transaction=True)
def test_a_user_who_is_deleted_meanwhile_counts_as_not_linked(
    greeting: MessageTemplate, left_to_a_worker: None
) -> None:
    linked_people(3)

    def points(user: Any) -> dict[str, Any]:
        if user.username == "p1":
            users().filter(pk=user.pk).delete()
        return {"points": 5}

    result = outbox.send_bulk(users().all(), greeting, context=points)
    assert result == BulkResult(queued=2, not_linked=1)
    assert reached() == ["of-p0", "of-p2"]


@pytest.mark.django_db
class TestMistakes:
    """What is wrong with the bulk itself is said before anything is queued."""

    @pytest.mark.parametrize(
        ("options", "error", "words"),
        [
            ({"message": "no-such"}, outbox.UnknownTemplate, "no-such"),
            ({"message": [Text("a")]}, InvalidMessage, "message: must be a message"),
            ({"bot": "second"}, conf.UnknownBot, "'second'"),
            ({"tag": "NO_SUCH_TAG"}, InvalidMessage, "tag"),
            ({"delay": 11}, InvalidMessage, "delay"),
            ({"group": "g" * 101}, InvalidMessage, "group: must be at most 100"),
            ({"group": "\0"}, InvalidMessage, "group: must be text without NUL"),
            ({"idempotency_key": ""}, InvalidMessage, "idempotency_key: must not be empty"),
            ({"idempotency_key": "k" * 191}, InvalidMessage, "idempotency_key: .* 190"),
            ({"context": {"user": object()}}, PlainDataRequired, "is a object"),
            ({"context": asyncio.sleep}, TypeError, "async"),
        ],
    )
    def test_an_argument_is_refused(
        self, options: dict[str, Any], error: type[Exception], words: str
    ) -> None:
        linked_people(1)
        with pytest.raises(error, match=words):
            outbox.send_bulk(users().all(), **{"message": HELLO, **options})
        assert not OutboxMessage.objects.exists()

    @pytest.mark.parametrize(
        "body",
        [
            {"template_type": "text", "text": "{% nonsense %}"},
            {"template_type": "text", "text": "x" * 641},
        ],
        ids=["does not compile", "breaks the contract for all"],
    )
    def test_a_template_that_can_reach_nobody_is_refused(self, body: Any) -> None:
        linked_people(1)
        template = MessageTemplate.objects.create(slug="t", name="T", body=body)
        with pytest.raises(InvalidMessage, match="text"):
            outbox.send_bulk(users().all(), template)


@pytest.mark.django_db(transaction=True)
def test_a_template_that_is_deleted_meanwhile_ends_the_bulk(
    greeting: MessageTemplate, left_to_a_worker: None
) -> None:
    linked_people(2)

    def points(user: Any) -> dict[str, Any]:
        MessageTemplate.objects.all().delete()
        return {"points": 5}

    with pytest.raises(IntegrityError):
        outbox.send_bulk(users().all(), greeting, context=points)
    assert not OutboxMessage.objects.exists()
