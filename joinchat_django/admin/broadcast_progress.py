"""What the page of a broadcast tells, at first and again whenever its script asks."""

from __future__ import annotations

import math
from typing import Any

from django.contrib.admin import AdminSite
from django.contrib.admin.utils import quote
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _

from joinchat_django import broadcasts, conf
from joinchat_django.broadcasts import Progress
from joinchat_django.broadcasts.reasons import REASONS
from joinchat_django.delivery.dispatchers import get_dispatcher
from joinchat_django.models import BotState, Broadcast, OutboxMessage

from .broadcast_access import may_control, may_read, may_send_to
from .quantities import count, duration, rate

Status = Broadcast.Status

#: What becomes of messages that can be tried again.
RETRIABLE = (OutboxMessage.Status.FAILED, OutboxMessage.Status.EXPIRED)


class Report:
    """How far a broadcast has come, for one visitor."""

    def __init__(
        self,
        request: HttpRequest,
        site: AdminSite,
        broadcast: Broadcast,
        progress: Progress | None = None,
    ) -> None:
        self.request = request
        self.site = site
        self.broadcast = broadcast
        self.progress = progress or broadcasts.progress(broadcast)

    @property
    def done(self) -> int:
        """Return how many of the selected it is over for, whatever became of them."""
        # Not by what is settled: that is pruned one day. Rows are counted later than members, so
        # that more may be open than were looked at.
        return min(max(self.progress.fanned_out - self.progress.open, 0), self.total)

    @property
    def total(self) -> int:
        """Return how many were selected."""
        return self.progress.selected

    @property
    def percent(self) -> int:
        """Return how much is done; a hundred only when all of it is."""
        return math.floor(100 * self.done / self.total) if self.total else 100

    @property
    def status(self) -> Status:
        """Return where it stands."""
        return Status(self.progress.status)

    @property
    def moves(self) -> bool:
        """Whether something happens by itself: what is in hand is finished after a pause, too."""
        sending = self.progress.by_status.get(OutboxMessage.Status.SENDING, 0)
        return self.status == Status.RUNNING or bool(sending)

    def texts(self) -> dict[str, str]:
        """Return what changes on the page as it goes on, by the name of the place."""
        progress = self.progress
        left = progress.remaining_seconds if self.status == Status.RUNNING else None
        found = {
            "status": str(self.status.label),
            "percent": _("%(percent)d%%") % {"percent": self.percent},
            "done": count(self.done),
            "rate": rate(progress.per_second) if progress.per_second else "–",
            "remaining": "–" if left is None else _("about %s") % duration(left),
        }
        for status in OutboxMessage.Status:
            found[f"status-{status}"] = count(progress.by_status.get(status, 0))
        for name, number in self._unreached().items():
            found[f"unreached-{name}"] = count(number)
        return found

    def context(self) -> dict[str, Any]:
        """Return what the page's templates want to know."""
        broadcast = self.broadcast
        texts = self.texts()
        own = may_control(self.request, broadcast)
        retriable = sum(self.progress.by_status.get(status, 0) for status in RETRIABLE)
        runs = self.status == Status.RUNNING
        return {
            "broadcast": broadcast,
            "opts": broadcast._meta,
            "status": self.status,
            "progress": self.progress,
            "texts": texts,
            "done": self.done,
            "total": self.total,
            "total_text": count(self.total),
            "moves": self.moves,
            "waits": self.status == Status.PAUSED,
            "counts": [
                (status, status.label, texts[f"status-{status}"], self._outbox(status))
                for status in OutboxMessage.Status
            ],
            "unreached": [
                (name, words, texts[f"unreached-{name}"]) for name, words in self._reasons().items()
            ],
            "reason": self._reason(),
            "may_pause": own and runs,
            "may_resume": own
            and self.status == Status.PAUSED
            and may_send_to(self.request, broadcast.selected),
            "may_cancel": own and self.status in (Status.RUNNING, Status.PAUSED),
            "may_retry": own
            and retriable
            and self.status != Status.CANCELLED
            and may_send_to(self.request, broadcast.selected),
            "in_line": runs and get_dispatcher().delivers_in_line,
            "advances": runs and own and get_dispatcher().delivers_in_line,
            "bot_pause": self._bot_pause(),
            "bot_url": self._address("botstate", "change", broadcast.bot),
            "limit": conf.delivery().rate,
        }

    def as_json(self) -> dict[str, Any]:
        """Return what the page's script wants to know."""
        context = self.context()
        folder = "admin/joinchat_django/broadcast"
        return {
            "status": self.status.value,
            "moves": context["moves"],
            "waits": context["waits"],
            "advances": context["advances"],
            "done": self.done,
            "total": self.total,
            "percent": self.percent,
            "texts": context["texts"],
            "notes": render_to_string(f"{folder}/_notes.html", context, self.request),
            "controls": render_to_string(f"{folder}/_controls.html", context, self.request),
            "can_retry": bool(context["may_retry"]),
        }

    def _unreached(self) -> dict[str, int]:
        progress = self.progress
        return {
            "not_linked": progress.not_linked,
            "repeated": progress.repeated,
            "faulty": progress.faulty,
        }

    @staticmethod
    def _reasons() -> dict[str, Any]:
        return {
            "not_linked": _("cannot be reached over this bot"),
            "repeated": REASONS["repeated"],
            "faulty": _("message faulty for them"),
        }

    def _reason(self) -> str:
        """Return why it was paused by itself; the error may quote the message."""
        if self.status != Status.PAUSED or not self.broadcast.reason:
            return ""
        if may_read(self.request, self.broadcast):
            return self.broadcast.reason
        return _("It was paused by itself. Ask somebody who may read what messages say about it.")

    def _bot_pause(self) -> BotState | None:
        if self.status != Status.RUNNING:
            return None
        return BotState.objects.filter(bot=self.broadcast.bot, is_paused=True).first()

    def _outbox(self, status: str) -> str | None:
        """Return the address of the rows with a status, if the visitor may see them."""
        if not self._may_view(OutboxMessage):
            return None
        address = self._address("outboxmessage", "changelist")
        return address and f"{address}?group={self.broadcast.group}&status__exact={status}"

    def _address(self, model: str, page: str, *arguments: Any) -> str | None:
        try:
            return reverse(
                f"admin:joinchat_django_{model}_{page}",
                args=[quote(argument) for argument in arguments],
                current_app=self.site.name,
            )
        except NoReverseMatch:
            return None

    def _may_view(self, model: Any) -> bool:
        return self.site.is_registered(model) and self.site.get_model_admin(
            model
        ).has_view_permission(self.request)
