"""Whether a customer gets the shop's messages in Messenger."""

from __future__ import annotations

from typing import TYPE_CHECKING

from joinchat_django.models import MessengerLink

if TYPE_CHECKING:
    from django.contrib.auth.models import User


def current_link(user: User) -> MessengerLink | None:
    """The link that messages to ``user`` go to, or None if their Messenger is not linked."""
    links = MessengerLink.objects.filter(user=user, bot="default", is_active=True)
    return links.order_by("-linked_at", "-pk").first()
