"""Checking a broadcast's message before anybody gets it."""

from __future__ import annotations

from typing import Any

from joinchat_django import conf
from joinchat_django.api import Envelope, InvalidMessage, Problem, Recipient, Text
from joinchat_django.api.wording import worded as _
from joinchat_django.models import Broadcast, MessageTemplate
from joinchat_django.outbox.drafts import Draft

# They stand for what is not known yet when the rest is checked.
_SOMEBODY = Recipient(uuid="somebody")
_SOMETHING = Text("something")


def check_content(broadcast: Broadcast) -> None:
    """Raise ``InvalidMessage`` with every problem of message, tag and delay; or ``UnknownBot``.

    What has no variables is checked against the contract as a whole, the rest as far as it is the
    same for all.
    """
    extra_tags = conf.bot(broadcast.bot).options.extra_tags
    problems: list[Problem] = []
    for language, body in broadcast.message.bodies.items():
        place = "body" if language == broadcast.language else f"variants.{language}"
        problems += [problem.under(place) for problem in _problems_of(body)]
    try:
        Envelope.seal(
            _SOMEBODY,
            _SOMETHING,
            tag=broadcast.tag or None,
            delay=broadcast.delay,
            extra_tags=extra_tags,
        )
    except InvalidMessage as error:
        problems += error.problems
    if broadcast.is_promotional and broadcast.tag:
        limit = _("must be empty, since the message is promotional")
        problems.append(Problem("tag", limit))
    if problems:
        raise InvalidMessage(problems)


def _problems_of(body: Any) -> list[Problem]:
    try:
        draft = Draft(MessageTemplate(body=body))
        if draft.is_fixed:
            draft.fill()
    except InvalidMessage as error:
        return list(error.problems)
    return []
