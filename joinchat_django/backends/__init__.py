"""How a request leaves: over HTTP, to the console, into memory, or nowhere."""

from __future__ import annotations

import threading

from django.core.exceptions import ImproperlyConfigured
from django.utils.module_loading import import_string

from joinchat_django.conf import Bot

from .base import Backend

__all__ = ["Backend", "backend_class", "get_backend"]

_open: dict[str, tuple[Bot, Backend]] = {}
_lock = threading.Lock()


def get_backend(bot: Bot) -> Backend:
    """Return the bot's backend, the same one as long as its settings stay the same.

    Raises ``ImproperlyConfigured`` for a path that leads to no backend.
    """
    with _lock:
        known, backend = _open.get(bot.alias, (None, None))
        if backend is None or known != bot:
            if backend is not None:
                backend.close()
            backend = backend_class(bot.backend)(bot)
            _open[bot.alias] = (bot, backend)
        return backend


def backend_class(path: str) -> type[Backend]:
    """Return the backend class at a dotted path. Raises ``ImproperlyConfigured``."""
    try:
        found = import_string(path)
    except ImportError as error:
        raise ImproperlyConfigured(f"The backend {path!r} cannot be imported: {error}") from error
    if not (isinstance(found, type) and issubclass(found, Backend)):
        raise ImproperlyConfigured(f"{path!r} is not a subclass of {Backend.__module__}.Backend.")
    return found
