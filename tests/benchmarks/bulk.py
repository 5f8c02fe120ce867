"""One message to a crowd, the same for all: our ``send_bulk`` against post_office's."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from django.db import models

from joinchat_django import outbox
from joinchat_django.api import Text
from joinchat_django.models import OutboxMessage

from .crowds import linked_users
from .queues import empty
from .rounds import in_turns, seconds
from .sites import Site
from .table import Line

TEXT = "Our spring sale begins on Monday. You are invited."

#: E-mails that post_office is handed at once; the fastest of them is its own best way.
PORTIONS = (1_000, 5_000, 100_000)

TARGETS = {"postgresql": 8.0, "sqlite": 20.0}


def measure(site: Site, *, quick: bool) -> Iterator[Line]:
    """Compare the two on the same crowd, each writing into an empty table."""
    from post_office.models import Email

    number = 10_000 if quick else 100_000
    crowd = linked_users(number)
    addresses = list(crowd.order_by("pk").values_list("email", flat=True))

    def ours() -> float:
        return timed(OutboxMessage, lambda: outbox.send_bulk(crowd, Text(TEXT)), number)

    def theirs(portion: int) -> float:
        return timed(Email, lambda: send_many(addresses, portion), number)

    tried = {portion: theirs(portion) for portion in PORTIONS}
    best = min(tried, key=lambda portion: tried[portion])
    found = in_turns({"ours": ours, "theirs": lambda: theirs(best)}, rounds=3 if quick else 5)
    yield Line(
        "send_bulk, the same message for all, against post_office's send_many",
        site.database,
        found["theirs"] / found["ours"],
        TARGETS.get(site.database, 1.0),
        detail=f"{number / found['ours']:,.0f} rows a second against "
        f"{number / found['theirs']:,.0f} ({best:,} at once)",
    )


def send_many(addresses: list[str], portion: int) -> None:
    """Let post_office queue the text for all, so many at once."""
    from post_office import mail

    for start in range(0, len(addresses), portion):
        mail.send_many(
            [
                {
                    "recipients": address,
                    "sender": "shop@example.com",
                    "subject": "Spring",
                    "message": TEXT,
                }
                for address in addresses[start : start + portion]
            ]
        )


def timed(model: type[models.Model], run: Callable[[], Any], number: int) -> float:
    """Return how long it takes to fill a table that is empty at first, with so many rows."""
    empty(model)
    taken = seconds(run)
    rows = model._default_manager.count()
    assert rows == number, f"{rows} rows for {number} users"
    return taken
