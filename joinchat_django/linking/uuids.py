"""What JoinChat hands over as a uuid (contract, "Linking")."""

from __future__ import annotations

import re

from joinchat_django.api.wording import worded as _

_UUID = re.compile(r"[A-Za-z0-9._~:@+/=-]{1,255}")


class InvalidUUID(ValueError):
    """A text that is no uuid of JoinChat's. Pages translate its ``reason``."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def check_uuid(value: str | None) -> str:
    """Return the uuid: 1 to 255 characters of ``A-Z a-z 0-9 . _ ~ : @ + / = -``.

    Raises :exc:`InvalidUUID`.
    """
    if not value:
        raise InvalidUUID(_("There is no uuid. Send the one that the SDK's callback was given."))
    if not _UUID.fullmatch(value):
        raise InvalidUUID(
            _("A uuid has 1 to 255 characters of A-Z a-z 0-9 . _ ~ : @ + / = - only.")
        )
    return value
