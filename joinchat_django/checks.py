"""System checks: mistakes in the settings, each with an id and the way out."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from django.core.checks import CheckMessage, Error
from django.core.checks import Warning as CheckWarning
from django.core.exceptions import ImproperlyConfigured

from joinchat_django import conf
from joinchat_django.backends import backend_class
from joinchat_django.delivery.dispatchers import NAMES, dispatcher_class

_LOOPBACK = {"localhost", "127.0.0.1", "::1"}

#: Seconds by which a lease must outlast the longest call.
LEASE_MARGIN = 5


def check_settings(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """Check every ``JOINCHAT…`` setting.

    E001 no bots, E002 no page id or secret, E003 no such backend, E004 a wrong type, E005 an
    unknown key, E006 a value out of bounds, E007 no such dispatcher or not the package that it
    needs, E008 a lease shorter than a call, E009 no such task backend or queue; W001 messages or a
    script that would travel without TLS, W002 a task backend that is no queue, W003 Celery without
    an app of the site's.
    """
    faults = conf.faults()
    if faults:
        return [Error(fault.message, hint=fault.hint, id=fault.id) for fault in faults]
    bots = conf.bots()
    found = [message for bot in bots.values() for message in _check_bot(bot)]
    delivery = conf.delivery()
    try:
        dispatcher = dispatcher_class(delivery.dispatcher)
    except ImproperlyConfigured as error:
        hint = f"Install what it needs, or name one of {', '.join(NAMES)}."
        found.append(Error(str(error), hint=hint, id="joinchat.E007"))
    else:
        found.extend(dispatcher.check())
    longest = max(bot.options.deadline for bot in bots.values())
    if delivery.lease < longest + LEASE_MARGIN:
        found.append(
            Error(
                f"JOINCHAT_DELIVERY['LEASE'] is {delivery.lease:g} seconds, and a call may take "
                f"{longest:g}: a second worker could send a message that is on its way.",
                hint=f"Set it to {longest + LEASE_MARGIN:g} or more, or shorten the deadline.",
                id="joinchat.E008",
            )
        )
    return found


def _check_bot(bot: conf.Bot) -> list[CheckMessage]:
    where = f"JOINCHAT[{bot.alias!r}]"
    found: list[CheckMessage] = []
    try:
        backend_class(bot.backend)
    except ImproperlyConfigured as error:
        hint = "The package has http.HTTPBackend, console, locmem and dummy in its backends."
        found.append(Error(f"{where}['BACKEND']: {error}", hint=hint, id="joinchat.E003"))
    dangers = {
        "API_URL": (bot.api_url, "read the messages"),
        "SDK_URL": (bot.sdk_url, "put a script on your pages"),
    }
    for key, (url, danger) in dangers.items():
        if not is_private(url):
            found.append(
                CheckWarning(
                    f"{where}[{key!r}] is not https: anybody on the way can {danger}.",
                    hint="Use https; plain http is for a sandbox on this machine.",
                    id="joinchat.W001",
                )
            )
    return found


def is_private(url: str) -> bool:
    """Tell whether nobody can read what goes to a URL: it is https, or on this machine."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme == "https" or parts.hostname in _LOOPBACK
