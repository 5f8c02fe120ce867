""" "Send me a test": a composed message goes to whoever composes it."""

from __future__ import annotations

from typing import Any, NamedTuple

from django.contrib import messages
from django.http import HttpRequest
from django.utils.translation import gettext as _

from joinchat_django import conf, outbox
from joinchat_django.admin.choices import working_bots
from joinchat_django.api import InvalidMessage
from joinchat_django.rendering import (
    MessageBody,
    PlainDataRequired,
    sample_for,
    user_data,
    with_user,
)
from joinchat_django.wording import told

from .composer import MessageComposer

#: The group of such messages in the outbox.
GROUP = "test"


class Tried(NamedTuple):
    """What became of a test: the level of Django's messages, and a sentence."""

    level: int
    text: str

    @property
    def is_sent(self) -> bool:
        """Whether it is on its way."""
        return self.level == messages.SUCCESS


def send_test(request: HttpRequest, composer: MessageComposer) -> Tried:
    """Send the open language's message to the visitor's own link, filled in with sample data.

    Of the recipient's fields the visitor's own are used. Needs the permission
    ``joinchat_django.send_message``; whatever stands in the way is said in the answer.
    """
    if not request.user.has_perm("joinchat_django.send_message"):
        return Tried(messages.ERROR, _("You may not send messages, so no test was sent."))
    panel = composer.panels[composer.active]
    bot = composer.bot
    if bot not in working_bots():
        return Tried(messages.ERROR, _("Choose a bot for the test."))
    if not composer.sending.is_valid():
        return Tried(messages.ERROR, _("No test was sent: see tag and delay."))
    given = composer.sending.cleaned_data
    try:
        context = _context(request.user, panel.body, composer.sample.data)
        message = MessageBody.compile(panel.body, language=panel.language).render(context)
        outbox.send(
            request.user,
            message,
            bot=bot,
            tag=given["tag"] or None,
            delay=given["delay"],
            group=GROUP,
            requested_by=request.user,
        )
    except outbox.NotLinked:
        return Tried(
            messages.WARNING,
            _(
                "You are not linked to the bot “%(bot)s”, so no test was sent. Sign in on the "
                "site, click Send to Messenger there, and try again."
            )
            % {"bot": bot},
        )
    except (InvalidMessage, PlainDataRequired) as error:
        why = "; ".join(map(told, error.problems)) if isinstance(error, InvalidMessage) else error
        return Tried(
            messages.ERROR,
            _("No test was sent, because the message is not ready: %(why)s") % {"why": why},
        )
    return Tried(messages.SUCCESS, _("A test is on its way to your own Messenger."))


def _context(user: Any, body: Any, sample: dict[str, Any]) -> dict[str, Any]:
    fields = conf.templates().user_fields
    own = user_data(user, fields)
    context = with_user(sample, fields)
    context["user"] |= {name: value for name, value in own.items() if value != ""}
    return sample_for(body, context)
