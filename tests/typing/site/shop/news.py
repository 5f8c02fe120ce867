"""One message to many."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from django.contrib.auth.models import User
from django.db.models import Sum
from typing_extensions import assert_type

from joinchat_django import outbox
from joinchat_django.api import Recipient, Text
from joinchat_django.models import MessengerLink
from joinchat_django.outbox import BulkResult

from .models import Order


def spent(user: User) -> dict[str, Any]:
    """What a message may say of somebody."""
    found = Order.objects.filter(customer=user).aggregate(sum=Sum("total"))
    return {"spent": found["sum"] or Decimal(0)}


def send_news() -> str:
    """By a template, filled in for each."""
    counts: list[int] = []
    result = outbox.send_bulk(
        User.objects.filter(is_active=True),
        "spring-news",
        context=spent,
        idempotency_key="spring",
        group="spring",
        progress=lambda so_far: counts.append(so_far.total),
    )
    assert_type(result, BulkResult)
    assert_type(result.queued, int)
    return f"{result.queued} of {result.total}; " + ", ".join(text for _key, text in result.errors)


def send_same() -> None:
    """The same for everybody, to whatever names somebody."""
    outbox.send_bulk(MessengerLink.objects.all(), Text("Hello"), tag="ACCOUNT_UPDATE")
    outbox.send_bulk(everybody(), "spring-news", context={"spent": 0})


async def asend_news() -> BulkResult:
    """From asynchronous code."""
    return await outbox.asend_bulk(User.objects.all(), "spring-news", context=spent, group="spring")


def everybody() -> Iterator[User | MessengerLink | Recipient]:
    """Users, links and others."""
    yield from User.objects.all()
    yield from MessengerLink.objects.all()
    yield Recipient(phone="+86 592 0000000")
