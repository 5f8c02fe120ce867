"""The queries that a trigger adds to the request that fires it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.contrib.auth import get_user_model
from django.db import connection, transaction
from django.dispatch import Signal
from django.test.utils import CaptureQueriesContext

from joinchat_django import triggers
from joinchat_django.api import Text
from joinchat_django.models import MessengerLink, OutboxMessage

from .sites import Site
from .table import Line

TARGET = 2

order_placed = Signal()


def measure(site: Site, *, quick: bool) -> Iterator[Line]:
    """Count the queries that Django logs, of a trigger that sends a message to a user.

    In a transaction of the request's own, savepoints come on top, and are named apart.

    It has been fired before, so that the switches of all triggers are known, which are read every
    two seconds, and its counts are not due, which are written every five, after the commit.
    """
    user = get_user_model().objects.create(username="mei")
    MessengerLink.objects.create(user=user, uuid="8a6e0804-2bd0-4672-b79d-d97027f9071a")

    @triggers.on(order_placed, name="receipt")
    def receipt(sender: Any, key: str | None, **kwargs: Any) -> triggers.Send:
        return triggers.Send(user, Text("Thank you"), idempotency_key=key)

    with triggers.raise_errors():
        order_placed.send(None, key="warm")
        plain = _statements(None)
        with_key = _statements("order-1")
        used_key = _statements("order-1")
        with transaction.atomic():
            nested = _statements(None)
            nested_with_key = _statements("order-2")
    assert OutboxMessage.objects.count() == 5
    every = [plain, with_key, used_key, nested, nested_with_key]
    yield Line(
        "queries that a trigger adds to its request",
        site.database,
        figure=max(map(_queries, every)),
        target=TARGET,
        at_most=True,
        unit="",
        detail=(
            f"{_queries(plain)} without a key, {_queries(with_key)} with a new one, "
            f"{_queries(used_key)} with a used one; inside an open transaction savepoints come on "
            f"top: {len(nested) - _queries(nested)} statements without a key, "
            f"{len(nested_with_key) - _queries(nested_with_key)} with one"
        ),
    )


def _statements(key: str | None) -> list[str]:
    with CaptureQueriesContext(connection) as queries:
        order_placed.send(None, key=key)
    return [query["sql"].split()[0] for query in queries.captured_queries]


def _queries(statements: list[str]) -> int:
    return sum(statement not in ("SAVEPOINT", "RELEASE") for statement in statements)
