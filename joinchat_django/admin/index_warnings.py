"""What the admin's index warns of: bots that do not send though they should."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.contrib import admin
from django.contrib.admin.utils import quote
from django.core.exceptions import ImproperlyConfigured
from django.db import connections, router, transaction
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.text import Truncator
from django.utils.translation import gettext as _

from joinchat_django import conf
from joinchat_django.delivery.clock import DatabaseNow
from joinchat_django.delivery.due import heads
from joinchat_django.delivery.figures import known_to_outbox
from joinchat_django.models import BotState, OutboxMessage
from joinchat_django.models.primary import on_primary

from .quantities import wait_in_words

logger = logging.getLogger("joinchat_django.admin")

#: An admin's index with these warnings on top. The default site has it, unless it has its own.
INDEX_TEMPLATE = "admin/joinchat_django/index.html"

#: A queue stands still if its first row could have been sent for so long, and nothing was.
LONGEST_WAIT = timedelta(minutes=5)

#: Characters that are shown of why a bot is paused; its page shows them all.
REASON_LENGTH = 200

Status = OutboxMessage.Status


@dataclass(frozen=True)
class IndexWarning:
    """Something to look after, and the page of the bot that it is about, if there is one."""

    text: str
    bot: str = ""
    url: str = ""


def may_see(user: Any) -> bool:
    """Tell whether somebody is to be warned: who may view or manage bots."""
    app = "joinchat_django"
    return bool(user.has_perm(f"{app}.view_botstate") or user.has_perm(f"{app}.manage_bots"))


def warnings_for(request: HttpRequest) -> list[IndexWarning]:
    """Return what a visitor of the index is to know; nothing, and without a query, for others.

    No rows are counted: each bot costs a few steps along an index. The index itself must not
    break: what cannot be read is logged.
    """
    if not may_see(request.user):
        return []
    try:
        with _protected():
            return [IndexWarning(text, alias, _address(request, alias)) for alias, text in _found()]
    except Exception:
        logger.exception("What the admin's index should warn of cannot be read.")
        return []


def _found() -> Iterator[tuple[str, str]]:
    """Yield bots with what is wrong, in words."""
    try:
        bots = list(conf.bots())
    except ImproperlyConfigured:
        yield "", _("JOINCHAT in the settings is faulty. Run manage.py check, and mend it.")
        return
    paused = dict(_paused())
    for alias, reason in paused.items():
        yield alias, _("The bot “%(bot)s” is paused. %(reason)s") % {"bot": alias, "reason": reason}
    for alias in bots:
        if alias not in paused and (wait := _standing_still(alias)):
            text = _(
                "Nothing goes out for the bot “%(bot)s”: a message has waited for %(wait)s. Either "
                "JoinChat does not answer, or nobody delivers: check the connection on the bot's "
                "page, and see that manage.py joinchat_worker, or whatever wakes delivery, runs."
            )
            yield alias, text % {"bot": alias, "wait": wait_in_words(wait)}
    for alias in known_to_outbox():
        if alias not in bots and _has_open_rows(alias):
            text = _(
                "Messages wait for the bot “%(bot)s”, which the settings do not name any more. "
                "Name it again, or cancel them."
            )
            yield alias, text % {"bot": alias}


def _paused() -> Iterator[tuple[str, str]]:
    states = on_primary(BotState).filter(is_paused=True)
    for bot, reason in states.order_by("bot").values_list("bot", "reason"):
        yield bot, Truncator(" ".join(reason.split())).chars(REASON_LENGTH)


def _standing_still(alias: str) -> float | None:
    """Return for how many seconds a queue's first row has waited if nothing else has moved.

    A row that a dead worker holds is one, too, and so are those behind it: no first ones.
    """
    left = on_primary(OutboxMessage).filter(
        bot=alias, status=Status.SENDING, lease_until__lt=DatabaseNow() - LONGEST_WAIT
    )
    for waiting in (left.order_by("send_at", "pk"), heads(alias, in_a_hurry=False)):
        for since, now in waiting.values_list("send_at", DatabaseNow())[:1]:
            if now - since > LONGEST_WAIT and not _has_moved(alias):
                return float((now - since).total_seconds())
    return None


def _has_moved(alias: str) -> bool:
    """Tell whether a bot has sent of late: a long queue is not one that stands still."""
    since = DatabaseNow() - LONGEST_WAIT
    done = (Status.SENT, Status.FAILED)
    moved = on_primary(OutboxMessage).filter(status__in=done, settled_at__gt=since, bot=alias)
    return moved.exists()


def _has_open_rows(alias: str) -> bool:
    is_open = (Status.QUEUED, Status.SENDING)
    return on_primary(OutboxMessage).filter(bot=alias, status__in=is_open).exists()


def _address(request: HttpRequest, alias: str) -> str:
    """Return a bot's page; nothing for no bot, or where an admin of the site's own has no bots."""
    if not alias:
        return ""
    name = "admin:joinchat_django_botstate_change"
    try:
        return reverse(name, args=[quote(alias)], current_app=request.current_app)
    except NoReverseMatch:
        return ""


@contextlib.contextmanager
def _protected() -> Iterator[None]:
    """Keep the request's transaction usable, where there is one, if a query fails."""
    using = router.db_for_write(OutboxMessage)
    if connections[using].in_atomic_block:
        with transaction.atomic(using=using):
            yield
    else:
        yield


if admin.site.index_template is None:
    admin.site.index_template = INDEX_TEMPLATE
