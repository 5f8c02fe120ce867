"""The lists cost as many queries for many rows as for few."""

from __future__ import annotations

import itertools
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from joinchat_django.models import (
    BotState,
    Broadcast,
    MessageTemplate,
    MessengerLink,
    OutboxMessage,
    TriggerState,
)

from .pages import page_of

pytestmark = [pytest.mark.django_db, pytest.mark.thorough]

BODY = {"template_type": "text", "text": "Hello"}
BOTS = ("default", "support")


def users(numbers: range) -> Iterator[tuple[int, Any]]:
    """Yield the numbers, each with one of as many users as a list shows on a page."""
    model = get_user_model()
    made = [model(username=f"user{number}") for number in numbers[:100]]
    return zip(numbers, itertools.cycle(model.objects.bulk_create(made)), strict=False)


def links(numbers: range) -> None:
    MessengerLink.objects.bulk_create(
        MessengerLink(user=user, uuid=str(number), bot=BOTS[number % 2])
        for number, user in users(numbers)
    )


def templates(numbers: range) -> None:
    MessageTemplate.objects.bulk_create(
        MessageTemplate(slug=f"a{number}", name="A", body=BODY) for number in numbers
    )


def messages(numbers: range) -> None:
    """Half of them wait, the others were sent; all by one template and to a user each."""
    [template] = MessageTemplate.objects.bulk_create(
        [MessageTemplate(slug=f"t{numbers.start}", name="A", body=BODY)]
    )
    OutboxMessage.objects.bulk_create(
        OutboxMessage(
            user=user,
            bot=BOTS[number % 2],
            status=("queued", "sent")[number // 2 % 2],
            recipient_kind="uuid",
            recipient_value=user.username,
            content='{"text": "Hello"}',
            template_type="text",
            template=template,
        )
        for number, user in users(numbers)
    )


def broadcasts(numbers: range) -> None:
    Broadcast.objects.bulk_create(
        Broadcast(title="A", status="running", model="accounts.customer", requested_by=user)
        for _number, user in users(numbers)
    )


def triggers(numbers: range) -> None:
    TriggerState.objects.bulk_create(
        TriggerState(name=f"shop.{uuid.uuid4()}", fired=number) for number in numbers
    )


#: The list, what fills it, and the most queries that it may take: session and visitor among them.
LISTS: list[tuple[Any, Callable[[range], None], int]] = [
    (MessengerLink, links, 4),
    (MessageTemplate, templates, 6),
    (OutboxMessage, messages, 23),
    (Broadcast, broadcasts, 6),
    (BotState, messages, 20),
    (TriggerState, triggers, 4),
]


@pytest.mark.parametrize(
    ("model", "fill", "most"), LISTS, ids=[model.__name__ for model, _fill, _most in LISTS]
)
def test_a_list_takes_as_many_queries_for_many_rows_as_for_few(
    admin_client: Client,
    two_bots: None,
    model: Any,
    fill: Callable[[range], None],
    most: int,
) -> None:
    def asked() -> list[str]:
        with CaptureQueriesContext(connection) as captured:
            assert admin_client.get(page_of(model)).status_code == 200
        return [query["sql"] for query in captured]

    asked()  # Django remembers content types from the first time on.
    fill(range(10))
    few = asked()
    fill(range(10, 10_000))
    many = asked()
    assert len(many) == len(few), "\n".join(many)
    assert len(many) <= most, "\n".join(many)
