"""Message tags, which lift Messenger's 24-hour window (contract, "Message tags")."""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum

from .errors import InvalidMessage, Problem
from .rules import excerpt, kind_of, suggestion


class MessageTag(str, Enum):
    """The 17 tags of JoinChat's page. Promotional content must never carry one."""

    BUSINESS_PRODUCTIVITY = "BUSINESS_PRODUCTIVITY"
    COMMUNITY_ALERT = "COMMUNITY_ALERT"
    CONFIRMED_EVENT_REMINDER = "CONFIRMED_EVENT_REMINDER"
    NON_PROMOTIONAL_SUBSCRIPTION = "NON_PROMOTIONAL_SUBSCRIPTION"
    PAIRING_UPDATE = "PAIRING_UPDATE"
    APPLICATION_UPDATE = "APPLICATION_UPDATE"
    ACCOUNT_UPDATE = "ACCOUNT_UPDATE"
    PAYMENT_UPDATE = "PAYMENT_UPDATE"
    PERSONAL_FINANCE_UPDATE = "PERSONAL_FINANCE_UPDATE"
    SHIPPING_UPDATE = "SHIPPING_UPDATE"
    RESERVATION_UPDATE = "RESERVATION_UPDATE"
    ISSUE_RESOLUTION = "ISSUE_RESOLUTION"
    APPOINTMENT_UPDATE = "APPOINTMENT_UPDATE"
    GAME_EVENT = "GAME_EVENT"
    TRANSPORTATION_UPDATE = "TRANSPORTATION_UPDATE"
    FEATURE_FUNCTIONALITY_UPDATE = "FEATURE_FUNCTIONALITY_UPDATE"
    TICKET_UPDATE = "TICKET_UPDATE"

    def __str__(self) -> str:
        return self.value


def check_tag(tag: object, extra_tags: Iterable[str] = ()) -> str | None:
    """Return the tag's word, or None for no tag.

    Raises :exc:`~joinchat_django.api.InvalidMessage` for a word that is neither one of the 17 nor
    among ``extra_tags``, which a site allows in its settings.
    """
    if tag is None:
        return None
    known = [*(member.value for member in MessageTag), *extra_tags]
    if isinstance(tag, str) and tag in known:
        return str.__str__(tag)  # A member of a site's own enumeration, too, is its word.
    found = excerpt(tag) if isinstance(tag, str) else kind_of(tag)
    limit = (
        "must be a tag of JoinChat's page or one that the bot's OPTIONS['extra_tags'] allow"
        + suggestion(tag, known)
    )
    raise InvalidMessage([Problem("tag", limit, found)])
