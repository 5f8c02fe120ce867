"""Tables that are emptied and filled before they are measured: the outbox, and post_office's."""

from __future__ import annotations

import json
import logging
from typing import Any

from django.conf import settings
from django.db import connection, models
from django.utils import timezone

from joinchat_django.models import OutboxMessage

from .rounds import seconds

#: The message that goes out, with the recipient's number before it.
WORDS = "Thank you, 小琳! Your order A-17 has been shipped and will be with you on Tuesday."


def fill_outbox(number: int) -> None:
    """Put so many due rows into the outbox, which is emptied first, each to somebody else."""
    now = timezone.now()
    refill(
        OutboxMessage,
        [
            OutboxMessage(
                recipient_kind="uuid",
                recipient_value=f"8a6e0804-2bd0-4672-b79d-{one:012d}",
                content=json.dumps({"template_type": "text", "text": f"{one}: {WORDS}"}),
                template_type="text",
                send_at=now,
            )
            for one in range(number)
        ],
    )


def assert_sent(number: int) -> None:
    """Make sure that every row was sent: nothing is fast that does not do it."""
    sent = OutboxMessage.objects.filter(status=OutboxMessage.Status.SENT).count()
    assert sent == number, f"{sent} of {number} messages were sent."


def seconds_of_post_office(number: int, threads: int) -> float:
    """Return how long post_office takes for so many queued e-mails, in one batch."""
    from post_office import mail
    from post_office.models import STATUS, Email

    # It writes lines for each batch to the console. Ours are not written either, as by default.
    logging.getLogger("post_office").setLevel(logging.WARNING)
    settings.POST_OFFICE = {
        **settings.POST_OFFICE,
        "BATCH_SIZE": number,
        "THREADS_PER_PROCESS": threads,
    }
    refill(
        Email,
        [
            Email(
                from_email="shop@example.com",
                to=[f"{one}@example.com"],
                subject="Your order",
                message=f"{one}: {WORDS}",
                status=STATUS.queued,
            )
            for one in range(number)
        ],
    )
    taken = seconds(mail.send_queued)
    sent = Email.objects.filter(status=STATUS.sent).count()
    assert sent == number, f"{sent} of {number} e-mails were sent."
    return taken


def empty(model: type[models.Model]) -> None:
    """Empty a table and give back its space, as if it had just been made."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(f"TRUNCATE {model._meta.db_table} CASCADE")
        else:
            cursor.execute(f"DELETE FROM {model._meta.db_table}")


def refill(model: type[models.Model], rows: list[Any]) -> None:
    """Empty a table, fill it, and let the database see what is in it."""
    empty(model)
    model._default_manager.bulk_create(rows, batch_size=500)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
        if connection.vendor == "postgresql":
            cursor.execute("CHECKPOINT")  # Nobody writes back what the other one has left.
