"""How a request leaves: over HTTP, to the console, into memory, or nowhere."""

from __future__ import annotations

import threading

from django.core.exceptions import ImproperlyConfigured
from django.utils.module_loading import import_string

from joinchat_django import forced_backend
from joinchat_django.conf import Bot

from .base import Backend

__all__ = ["Backend", "backend_class", "backend_class_for", "get_backend"]

_open: dict[str, tuple[Bot, type[Backend], Backend]] = {}
_lock = threading.Lock()


def get_backend(bot: Bot) -> Backend:
    """Return the bot's backend, the same one as long as its settings stay the same.

    Tests may have every bot deliver by another than the settings name. Raises
    ``ImproperlyConfigured`` for a path that leads to no backend.
    """
    wanted = backend_class_for(bot)
    with _lock:
        known, used, backend = _open.get(bot.alias, (None, None, None))
        if backend is None or known != bot or used is not wanted:
            if backend is not None:
                backend.close()
            backend = wanted(bot)
            _open[bot.alias] = (bot, wanted, backend)
        return backend


def backend_class_for(bot: Bot) -> type[Backend]:
    """Return the class of the backend that :func:`get_backend` returns. Raises like it."""
    return backend_class(forced_backend.chosen(bot.backend, bot.api_url))


def backend_class(path: str) -> type[Backend]:
    """Return the backend class at a dotted path. Raises ``ImproperlyConfigured``."""
    try:
        found = import_string(path)
    except ImportError as error:
        raise ImproperlyConfigured(f"The backend {path!r} cannot be imported: {error}") from error
    if not (isinstance(found, type) and issubclass(found, Backend)):
        raise ImproperlyConfigured(f"{path!r} is not a subclass of {Backend.__module__}.Backend.")
    return found
