"""``manage.py call_back_carts``: a friendly word about the cart that was left behind. For cron."""

from __future__ import annotations

from argparse import ArgumentParser
from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone

from joinchat_django import outbox
from joinchat_django.api import InvalidMessage
from shop.cart import lines_of
from shop.message_contexts import cart_context
from shop.models import SavedCart

#: A cart that was left longer ago is a forgotten one.
FORGOTTEN = timedelta(hours=23)


class Command(BaseCommand):
    """Writes to each linked customer whose cart was left, once for each cart as it was left."""

    help = (
        "Call back customers who left their cart: those who have not touched it for --after "
        "minutes, and not for longer than 23 hours. Run it from cron, every ten minutes say. A "
        "reminder is promotional and bears no tag, so it reaches only who was active in Messenger "
        "within the last 24 hours; JoinChat refuses the others."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add the option."""
        parser.add_argument(
            "--after", type=float, default=60, metavar="MINUTES", help="how long ago (60)"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Queue the messages; two runs at once queue each of them once, by its key."""
        after = timedelta(minutes=options["after"])
        if not timedelta() <= after < FORGOTTEN:
            raise CommandError("--after takes minutes: 0 or more, and less than 23 hours.")
        called, unlinked = 0, 0
        for cart in SavedCart.objects.abandoned(after, until=FORGOTTEN).select_related("user"):
            try:
                called += self._call_back(cart)
            except outbox.NotLinked:
                unlinked += 1
            except (outbox.UnknownTemplate, InvalidMessage) as error:
                raise CommandError(f"The template cart-reminder cannot be sent: {error}") from error
        self.stdout.write(f"Carts called back: {called}. Customers without Messenger: {unlinked}.")

    def _call_back(self, cart: SavedCart) -> bool:
        """Queue the reminder and note it, together; False for a cart of things that are gone."""
        lines = lines_of(cart.quantities)
        if not lines:
            return False
        with transaction.atomic():
            outbox.send(
                cart.user,
                "cart-reminder",
                context=cart_context(lines),
                idempotency_key=f"cart-{cart.user_id}-{cart.changed_at:%Y%m%d%H%M%S%f}",
            )
            SavedCart.objects.filter(pk=cart.pk).update(called_back_at=timezone.now())
        return True
