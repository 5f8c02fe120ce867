"""Message tags, which lift Messenger's 24-hour window (contract, "Message tags")."""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum

from .errors import InvalidMessage, Problem
from .rules import excerpt, kind_of, with_suggestion
from .wording import worded as _


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

    @property
    def purpose(self) -> str:
        """What Messenger permits the tag for, as one sentence in English."""
        return _PURPOSES[self]


_PURPOSES: dict[str, str] = {
    MessageTag.BUSINESS_PRODUCTIVITY: _(
        "A notice about a service the person subscribes to: an upcoming bill, maintenance "
        "or a report."
    ),
    MessageTag.COMMUNITY_ALERT: _(
        "A warning to the community: an emergency, an outage of a utility or a safety check."
    ),
    MessageTag.CONFIRMED_EVENT_REMINDER: _(
        "A reminder of an event that the person has signed up for."
    ),
    MessageTag.NON_PROMOTIONAL_SUBSCRIPTION: _(
        "Regular content without advertising, such as news, productivity or personal tracking; "
        "needs Facebook's permission."
    ),
    MessageTag.PAIRING_UPDATE: _(
        "News that a match was found for what the person asked for earlier."
    ),
    MessageTag.APPLICATION_UPDATE: _("The status of an application that the person has made."),
    MessageTag.ACCOUNT_UPDATE: _("A change of the person's account settings."),
    MessageTag.PAYMENT_UPDATE: _("The payment status of an existing transaction, and receipts."),
    MessageTag.PERSONAL_FINANCE_UPDATE: _(
        "The person's own finances: a reminder of a bill or news of a transfer."
    ),
    MessageTag.SHIPPING_UPDATE: _("Where an order is: shipped, on its way, delivered or delayed."),
    MessageTag.RESERVATION_UPDATE: _("A change to a booking that the person has made."),
    MessageTag.ISSUE_RESOLUTION: _(
        "An update on a support case that the person opened in Messenger."
    ),
    MessageTag.APPOINTMENT_UPDATE: _("A change to an appointment that the person has."),
    MessageTag.GAME_EVENT: _(
        "What happens in a game the person plays: progress, or a match about to begin."
    ),
    MessageTag.TRANSPORTATION_UPDATE: _("The status of a flight, ride or ferry of the person's."),
    MessageTag.FEATURE_FUNCTIONALITY_UPDATE: _("A new feature of the bot."),
    MessageTag.TICKET_UPDATE: _("A change to an event that the person has a ticket for."),
}


def purpose_of(tag: str) -> str:
    """Return a tag's purpose; empty for none and for a word of the site's own."""
    return _PURPOSES.get(tag, "")


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
    limit = _("must be a tag of JoinChat's page or one that the bot's OPTIONS['extra_tags'] allow")
    raise InvalidMessage([Problem("tag", with_suggestion(limit, tag, known), found)])
