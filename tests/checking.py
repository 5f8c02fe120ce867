"""A bot whose secret nobody may see, and what a system check says of settings with it."""

from __future__ import annotations

from django.core.checks import CheckMessage

SECRET = "5ecret-which-nobody-may-see"
PASSWORD = "5esame"
BOT = {"PAGE_ID": 12345, "API_SECRET": SECRET}


def sound(found: list[CheckMessage]) -> list[CheckMessage]:
    """Return a check's messages, none of which shows a secret or lacks a way out."""
    shown = repr([(message.msg, message.hint) for message in found])
    assert SECRET not in shown
    assert PASSWORD not in shown
    assert all(message.msg and message.hint for message in found)
    return found


def ids_of(found: list[CheckMessage]) -> list[str]:
    """Return the ids of messages, such as ``E001``."""
    return [str(message.id).removeprefix("joinchat.") for message in found]
