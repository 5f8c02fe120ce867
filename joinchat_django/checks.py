"""System checks: mistakes in the settings, each with an id and the way out."""

from __future__ import annotations

import ipaddress
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Error
from django.core.checks import Warning as CheckWarning
from django.core.exceptions import ImproperlyConfigured

from joinchat_django import conf
from joinchat_django.backends import Backend, backend_class
from joinchat_django.backends.console import ConsoleBackend
from joinchat_django.backends.dummy import DummyBackend
from joinchat_django.backends.locmem import LocMemBackend
from joinchat_django.delivery.dispatchers import NAMES, dispatcher_class

_LOOPBACK = {"localhost", "127.0.0.1", "::1"}

#: How names end that mean something inside a network alone.
_PRIVATE_NAMES = (
    ".localhost",
    ".localdomain",
    ".local",
    ".internal",
    ".lan",
    ".home.arpa",
    ".test",
)

#: Backends that deliver to nobody, and what they do instead.
_DELIVERING_NOTHING: dict[type[Backend], str] = {
    ConsoleBackend: "written to standard output",
    DummyBackend: "dropped",
    LocMemBackend: "kept in the process's memory, which grows",
}

#: Seconds by which a lease must outlast the longest call.
LEASE_MARGIN = 5


def check_settings(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """Check every ``JOINCHAT…`` setting.

    E001 no bots, E002 no page id or secret, E003 no such backend, E004 a wrong type, E005 an
    unknown key, E006 a value out of bounds, E007 no such dispatcher or not the package that it
    needs, E008 a lease shorter than a call, E009 no such task backend or queue, E011 aliases that
    a database may take for one; W001 messages or a script that would travel without TLS, W002 a
    task backend that is no queue, W003 Celery without an app of the site's.
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


def check_deployment(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """Check, for ``check --deploy``, that a site in production talks to JoinChat itself.

    W004 an address that the public cannot reach, such as a sandbox's, W005 a backend that delivers
    to nobody. Nothing is said with ``DEBUG``, nor of settings that :func:`check_settings` finds
    faulty.
    """
    if settings.DEBUG or conf.faults():
        return []
    return [message for bot in conf.bots().values() for message in _check_deployed_bot(bot)]


def _check_deployed_bot(bot: conf.Bot) -> list[CheckMessage]:
    where = f"JOINCHAT[{bot.alias!r}]"
    found: list[CheckMessage] = []
    effects = {
        "API_URL": (bot.api_url, "messages do not reach Messenger"),
        "SDK_URL": (bot.sdk_url, "visitors get a Send to Messenger button that links nobody"),
    }
    for key, (url, effect) in effects.items():
        if _looks_like_a_sandbox(url):
            found.append(
                CheckWarning(
                    f"{where}[{key!r}] looks like a sandbox's ({_place(url)}), with DEBUG off: "
                    f"{effect}.",
                    hint=f"Leave {key} out in production. If it is a way to JoinChat of your own, "
                    "add this check's id to SILENCED_SYSTEM_CHECKS.",
                    id="joinchat.W004",
                )
            )
    try:
        backend = backend_class(bot.backend)
    except ImproperlyConfigured:
        return found  # E003 has said so.
    for kind, fate in _DELIVERING_NOTHING.items():
        if issubclass(backend, kind):
            found.append(
                CheckWarning(
                    f"{where}['BACKEND'] is {backend.__name__}, with DEBUG off: messages are "
                    f"{fate}, and count as sent.",
                    hint="Leave BACKEND out in production, or name the HTTPBackend.",
                    id="joinchat.W005",
                )
            )
    return found


def _looks_like_a_sandbox(url: str) -> bool:
    """Tell whether a URL leads to a host that is known to this machine or network alone."""
    host = (urlsplit(url).hostname or "").rstrip(".")
    try:
        return not ipaddress.ip_address(host).is_global
    except ValueError:
        return "." not in host or host.endswith(_PRIVATE_NAMES)


def _place(url: str) -> str:
    """Return a URL's scheme, host and port alone: the rest may be secret."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"


def is_private(url: str) -> bool:
    """Tell whether nobody can read what goes to a URL: it is https, or on this machine."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme == "https" or parts.hostname in _LOOPBACK
