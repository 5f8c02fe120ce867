"""Many rows of the outbox, and the pages of its list."""

from __future__ import annotations

from typing import Any

from django.test import Client

from joinchat_django.models import OutboxMessage

from .pages import page_of


def put(number: int, **values: Any) -> list[OutboxMessage]:
    """Put rows into the outbox at once; they return in the order of their keys."""
    return OutboxMessage.objects.bulk_create(
        [
            OutboxMessage(
                recipient_kind="uuid",
                recipient_value=str(n),
                content="{}",
                template_type="text",
                **values,
            )
            for n in range(number)
        ],
        batch_size=500,
    )


def changelist(client: Client, query: str = "", **parameters: Any) -> Any:
    response = client.get(page_of(OutboxMessage) + query, parameters or None)
    assert response.status_code == 200
    return response.context["cl"]


def found(client: Client, query: str = "", **parameters: Any) -> list[int]:
    return [row.pk for row in changelist(client, query, **parameters).result_list]


def walk(client: Client, direction: str, query: str) -> list[list[int]]:
    """Follow the links to older or newer pages to their end."""
    pages = []
    while query:
        page = changelist(client, query)
        pages.append([row.pk for row in page.result_list])
        query = getattr(page, direction)
    return pages
