"""Tying site users to the uuids that JoinChat hands over, and letting go of them again.

:func:`link` and :func:`unlink` are what consent given and taken back come to; :func:`current_link`
tells how a user stands. They have counterparts for asynchronous code: :func:`alink`,
:func:`aunlink`, :func:`acurrent_link`. The uuid of an anonymous visitor waits in their session
(:func:`remember`) until they sign in.
"""

from __future__ import annotations

from .links import acurrent_link, alink, current_link, link
from .pending import (
    SESSION_KEY,
    forget,
    keep_for,
    link_pending,
    link_pending_at_login,
    remember,
)
from .receivers import connect
from .unlinking import aunlink, switch_off, unlink
from .uuids import InvalidUUID, check_uuid

__all__ = [
    "SESSION_KEY",
    "InvalidUUID",
    "acurrent_link",
    "alink",
    "aunlink",
    "check_uuid",
    "connect",
    "current_link",
    "forget",
    "keep_for",
    "link",
    "link_pending",
    "link_pending_at_login",
    "remember",
    "switch_off",
    "unlink",
]
