"""Queueing one message for a whole selection, or for nobody."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.db import router, transaction
from django.utils.translation import gettext as _

from joinchat_django import conf, outbox
from joinchat_django.api import InvalidMessage, Message, Problem
from joinchat_django.api.encoding import encode
from joinchat_django.models import MessageTemplate, OutboxMessage
from joinchat_django.models.fields import digest
from joinchat_django.rendering import PlainDataRequired, missing_variables, user_data

from .audience import Audience, Target

#: People that an error names.
_NAMED = 3


class BatchRefused(ValueError):
    """The message is wrong for one or more of the selected. Nothing was queued.

    ``problems`` has each problem with those whom it concerns; ``failed`` counts these people.
    """

    def __init__(self, problems: Mapping[Problem, list[Target]]) -> None:
        self.problems = problems
        self.failed = len({target.key for targets in problems.values() for target in targets})
        super().__init__("; ".join(map(str, problems)))

    def explained(self) -> Iterator[tuple[Problem, str]]:
        """Yield each problem with a text for people, which says whom it concerns."""
        for problem, targets in self.problems.items():
            names = ", ".join(str(target.user) for target in targets[:_NAMED])
            if more := len(targets[_NAMED:]):
                names = _("%(names)s and %(count)d more") % {"names": names, "count": more}
            yield problem, f"{problem} ({names})"


@dataclass(frozen=True)
class Batch:
    """One message for many people.

    ``token`` names the batch: the same message under the same token again, as a second click
    sends it, queues nothing new.
    """

    content: Message | MessageTemplate
    bot: str
    tag: str | None
    token: str
    requested_by: Any

    @property
    def group(self) -> str:
        """The name that the rows have in common."""
        return f"admin-{self.token}"

    def queue(self, audience: Audience) -> int:
        """Queue for everybody who can be reached, in one transaction, and return how many.

        Raises :exc:`BatchRefused`; nothing is queued then.
        """
        queued = 0
        problems: dict[Problem, list[Target]] = {}
        with transaction.atomic(using=router.db_for_write(OutboxMessage)):
            for target in audience.targets(self.bot):
                try:
                    self._send(target)
                except InvalidMessage as error:
                    for problem in error.problems:
                        problems.setdefault(problem, []).append(target)
                except outbox.NotLinked:
                    pass  # The link went while the batch was being written.
                else:
                    queued += 1
            if problems:
                raise BatchRefused(problems)
        return queued

    def _send(self, target: Target) -> None:
        try:
            self._check_variables(target.user)
            outbox.send(
                target.to,
                self.content,
                bot=target.bot,
                tag=self.tag,
                idempotency_key=f"{self.group}:{self._content_digest()}:{target.key}",
                group=self.group,
                requested_by=self.requested_by,
            )
        except PlainDataRequired as error:
            raise InvalidMessage([Problem("", str(error))]) from error

    def _check_variables(self, user: Any) -> None:
        """Raise ``InvalidMessage`` for a template that needs more than the user's fields."""
        if isinstance(self.content, MessageTemplate):
            fields = conf.templates().user_fields
            known = {**dict.fromkeys(fields, ""), **user_data(user, fields)}
            if problems := missing_variables(self.content.body, {"user": known}):
                raise InvalidMessage(problems)

    def _content_digest(self) -> str:
        """Tell contents apart: who goes back and writes another text means another message."""
        if isinstance(self.content, MessageTemplate):
            return digest("template", str(self.content.pk), self.tag or "")
        return digest(encode(self.content.to_dict()), self.tag or "")
