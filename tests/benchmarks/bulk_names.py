"""A template with each user's name: our ``send_bulk`` against post_office's ``send_many``."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any

from joinchat_django import outbox
from joinchat_django.models import MessageTemplate, OutboxMessage

from .bulk import timed
from .crowds import linked_users
from .rounds import in_turns
from .sites import Site
from .table import Line

TEXT = "your parcel is on its way, and will be with you tomorrow."

#: E-mails that post_office is handed at once, and whether it renders them when it sends them
#: alone; the fastest of these is its own best way.
WAYS = ((1_000, True), (5_000, True), (100_000, True), (1_000, False))

TARGET = 2.5


def measure(site: Site, *, quick: bool) -> Iterator[Line]:
    """Compare the two on the same crowd, each writing into an empty table."""
    from post_office.models import Email, EmailTemplate

    number = 10_000 if quick else 100_000
    crowd = linked_users(number)
    theirs_own = EmailTemplate.objects.create(
        name="parcel", subject="Your parcel", content=f"Dear {{{{ name }}}}, {TEXT}"
    )
    ours_own = MessageTemplate.objects.create(
        slug="parcel",
        name="Parcel",
        body={"template_type": "text", "text": f"Dear {{{{ user.first_name }}}}, {TEXT}"},
    )

    def ours() -> float:
        return timed(OutboxMessage, lambda: outbox.send_bulk(crowd, ours_own), number)

    def theirs(way: tuple[int, bool]) -> float:
        return timed(Email, lambda: send_many(crowd, theirs_own, *way), number)

    tried = {way: theirs(way) for way in WAYS}
    best = min(tried, key=lambda way: tried[way])
    found = in_turns({"ours": ours, "theirs": lambda: theirs(best)}, rounds=3 if quick else 5)
    yield Line(
        "send_bulk, a template with each user's name, against post_office's send_many",
        site.database,
        found["theirs"] / found["ours"],
        TARGET,
        detail=f"{number / found['ours']:,.0f} rows a second against "
        f"{number / found['theirs']:,.0f} ({best[0]:,} at once, rendered "
        f"{'on delivery' if best[1] else 'at once'})",
    )


def send_many(crowd: Any, template: Any, portion: int, render_on_delivery: bool) -> None:
    """Let post_office queue the template for all, so many at once, with a context each."""
    from post_office import mail

    users = crowd.iterator()
    while page := list(islice(users, portion)):
        mail.send_many(
            [
                {
                    "recipients": user.email,
                    "sender": "shop@example.com",
                    "template": template,
                    "context": {"name": user.first_name},
                    "render_on_delivery": render_on_delivery,
                }
                for user in page
            ]
        )
