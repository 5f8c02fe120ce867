"""Trying out the connection that a bot's calls take."""

from __future__ import annotations

import math

from django.core.exceptions import ImproperlyConfigured

from joinchat_django.api.connection import ConnectionReport, check_connection
from joinchat_django.conf import Bot

from . import backend_class_for
from .http import HTTPBackend


def calls_a_server(bot: Bot) -> bool:
    """Tell whether a bot's messages go out over HTTP, so that there is a connection to check."""
    try:
        return issubclass(backend_class_for(bot), HTTPBackend)
    except ImproperlyConfigured:
        return False  # A system check says so.


def check_connection_of(bot: Bot, *, longest: float = math.inf) -> ConnectionReport:
    """Try a bot's connection out as its calls would go, for ``longest`` seconds at most.

    No message is sent, and nothing is raised: the report has the error.
    """
    options = bot.options
    return check_connection(
        bot.api_url,
        connect_timeout=options.connect_timeout,
        deadline=min(options.deadline, longest),
        proxies=options.proxies,
        ca_bundle=options.ca_bundle,
    )
