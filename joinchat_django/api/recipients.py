"""Whom a message goes to (contract, "Recipient")."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from .rules import Characters, ExactlyOneOf
from .structures import Structure

RECIPIENT_KINDS = ("uuid", "id", "phone", "email")


@dataclass(frozen=True, kw_only=True)
class Recipient(Structure):
    """Exactly one of ``uuid``, ``id``, ``phone``, ``email``, as text.

    ``id`` is the facebook id that the console's user list shows; ``phone`` and ``email`` reach
    only a person who bound one. Raises :exc:`~joinchat_django.api.InvalidMessage`.
    """

    relations = (ExactlyOneOf(*RECIPIENT_KINDS),)

    uuid: Annotated[str | None, Characters()] = None
    id: Annotated[str | None, Characters()] = None
    phone: Annotated[str | None, Characters()] = None
    email: Annotated[str | None, Characters()] = None

    @property
    def kind(self) -> str:
        """Which of the four it is."""
        return next(kind for kind in RECIPIENT_KINDS if getattr(self, kind) is not None)

    @property
    def value(self) -> str:
        """The one that is given."""
        return str(getattr(self, self.kind))
