"""What JoinChat hands over as a uuid (contract, "Linking")."""

from __future__ import annotations

import re

_UUID = re.compile(r"[A-Za-z0-9._~:@+/=-]{1,255}")


class InvalidUUID(ValueError):
    """A text that is no uuid of JoinChat's."""


def check_uuid(value: str | None) -> str:
    """Return the uuid: 1 to 255 characters of ``A-Z a-z 0-9 . _ ~ : @ + / = -``.

    Raises :exc:`InvalidUUID`.
    """
    if not value:
        raise InvalidUUID("There is no uuid. Send the one that the SDK's callback was given.")
    if not _UUID.fullmatch(value):
        raise InvalidUUID("A uuid has 1 to 255 characters of A-Z a-z 0-9 . _ ~ : @ + / = - only.")
    return value
