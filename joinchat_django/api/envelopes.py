"""A request's body: page, recipient, message, tag and delay (contract, "Top-level fields")."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from .encoding import encode
from .errors import InvalidMessage, Problem
from .messages import Message
from .recipients import Recipient
from .rules import Integer, kind_of
from .tags import check_tag
from .wording import worded as _

#: Seconds that a message may be delayed by.
MAX_DELAY = 10


@dataclass(frozen=True)
class Envelope:
    """One message on its way to one person. :meth:`seal` checks it whole."""

    recipient: Recipient
    message: Message
    tag: str | None = None
    delay: int | None = None

    @classmethod
    def seal(
        cls,
        recipient: Recipient,
        message: Message,
        *,
        tag: str | None = None,
        delay: int | None = None,
        extra_tags: Iterable[str] = (),
    ) -> Envelope:
        """Check the parts and put them together.

        ``tag`` is one of the 17 or of ``extra_tags``, ``delay`` 0 to 10 seconds. Raises
        :exc:`~joinchat_django.api.InvalidMessage` with the problems of all four at once.
        """
        problems: list[Problem] = []
        if not isinstance(recipient, Recipient):
            problems.append(
                Problem("recipient", _("must be a %(kind)s", kind="Recipient"), kind_of(recipient))
            )
        if not isinstance(message, Message):
            problems.append(Problem("message", _("must be a message"), kind_of(message)))
        try:
            tag = check_tag(tag, extra_tags)
        except InvalidMessage as error:
            problems.extend(error.problems)
        if delay is not None:
            found = Integer(0, MAX_DELAY).problems(delay)
            problems.extend(problem.under("delay") for problem in found)
        if problems:
            raise InvalidMessage(problems)
        return cls(recipient, message, tag, delay)

    def body(self, page_id: int) -> bytes:
        """Return the request's body: UTF-8 JSON, the very bytes to sign and to send."""
        data: dict[str, object] = {
            "page_id": page_id,
            "recipient": self.recipient.to_dict(),
            "message": self.message.to_dict(),
        }
        if self.tag is not None:
            data["tag"] = self.tag
        if self.delay is not None:
            data["delay"] = self.delay
        return encode(data).encode()
