"""How many queries a trigger adds to the request that fires it, with the dispatcher ``worker``.

The switches of all triggers were read a moment ago, and the trigger's counts are not due.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from joinchat_django import triggers
from joinchat_django.api import Text
from joinchat_django.models import MessageTemplate, OutboxMessage
from joinchat_django.triggers import records, switches

from .signals import order_placed

BODY = {"template_type": "text", "text": "Order {{ number }}"}


def message(user: Any, number: int) -> triggers.Send:
    return triggers.Send(user, Text("Thank you"))


def message_with_a_key(user: Any, number: int) -> triggers.Send:
    return triggers.Send(user, Text("Thank you"), idempotency_key=f"order-{number}")


def template_in_hand(user: Any, number: int) -> triggers.Send:
    template = MessageTemplate(pk=1, slug="receipt", name="Receipt", body=BODY)
    return triggers.Send(user, template, context={"number": number}, idempotency_key=f"t-{number}")


@pytest.fixture
def template(transactional_db: None) -> MessageTemplate:
    return MessageTemplate.objects.create(pk=1, slug="receipt", name="Receipt", body=BODY)


@pytest.fixture
def fire(
    transactional_db: None,
    template: MessageTemplate,
    linked_user: Any,
    left_to_a_worker: None,
    monkeypatch: pytest.MonkeyPatch,
) -> Callable[..., list[str]]:
    """Fires a trigger for the second time and returns the beginnings of its queries."""
    monkeypatch.setattr(switches, "SWITCH_SECONDS", 600.0)
    monkeypatch.setattr(records, "RECORD_SECONDS", 600.0)

    def fire(asked: Callable[..., triggers.Send], *, again: bool = False) -> list[str]:
        @triggers.on(order_placed, name="receipt")
        def receipt(sender: Any, number: int, **kwargs: Any) -> triggers.Send:
            return asked(linked_user, number)

        with triggers.raise_errors():
            order_placed.send(None, number=1)
            with CaptureQueriesContext(connection) as queries:
                order_placed.send(None, number=1 if again else 2)
        return [query["sql"].split()[0] for query in queries.captured_queries]

    return fire


@pytest.mark.parametrize("asked", [message, message_with_a_key, template_in_hand])
class TestANewMessage:
    def test_costs_a_look_for_the_link_and_the_row(
        self, asked: Callable[..., triggers.Send], fire: Callable[..., list[str]]
    ) -> None:
        assert fire(asked) == ["SELECT", "INSERT"]
        assert OutboxMessage.objects.count() == 2

    def test_costs_the_same_and_savepoints_in_the_requests_own_transaction(
        self, asked: Callable[..., triggers.Send], fire: Callable[..., list[str]]
    ) -> None:
        with transaction.atomic():
            queries = fire(asked)
        savepoints = [query for query in queries if query in ("SAVEPOINT", "RELEASE")]
        assert [query for query in queries if query not in savepoints] == ["SELECT", "INSERT"]
        # The trigger's own, and one for an insert that may find its key used meanwhile.
        assert len(savepoints) == (2 if asked is message else 4)


def test_a_key_that_is_there_already_costs_a_look_for_the_link_and_one_for_the_row(
    fire: Callable[..., list[str]],
) -> None:
    assert fire(message_with_a_key, again=True) == ["SELECT", "SELECT"]
    assert OutboxMessage.objects.count() == 1


def test_a_templates_slug_costs_one_more(fire: Callable[..., list[str]]) -> None:
    def by_slug(user: Any, number: int) -> triggers.Send:
        return triggers.Send(user, "receipt", context={"number": number})

    assert fire(by_slug) == ["SELECT", "SELECT", "INSERT"]
