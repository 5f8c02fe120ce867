"""What ``check --deploy`` says of settings that leave a door open."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Callable, Iterator
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage
from django.core.checks import Warning as CheckWarning

from joinchat_django import conf
from joinchat_django.checks import is_private

#: Fewest characters, and fewest different ones, of a secret that nobody guesses.
SECRET_LENGTH, SECRET_VARIETY = 12, 6

#: Words of those who write an example, and of those who mean to come back.
_PLACEHOLDER = re.compile(
    r"change.?me|example|placeholder|sandbox|dummy|insecure|to.?do|replace|your.?|x{6}|\.\.\.|…|<.*>",
    re.IGNORECASE,
)

#: Attributes of users that are nobody's business, or that do something when they are asked for.
_UNFIT_FIELD = re.compile(
    r"password|passwd|secret|token|session|auth_hash|api_?key|otp|^(a?delete|a?save|clean|full_clean)$",
    re.IGNORECASE,
)


def check_security(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """Check, for ``check --deploy``, what a site in production leaves to those who mean it ill.

    W006 saving by GET on a site that is not held to HTTPS, W007 a secret that looks like a
    placeholder, W008 a proxy's password that travels without TLS, W009 certificates that are not
    there or that anybody may replace, W010 attributes of users that no template should have.
    Nothing is said with ``DEBUG``, nor of settings that ``check_settings`` finds faulty.
    """
    if settings.DEBUG or conf.faults():
        return []
    of_bots: list[Callable[[conf.Bot], Iterator[CheckMessage]]] = [
        _placeholders,
        _proxy_passwords,
        _certificates,
    ]
    found = [message for bot in conf.bots().values() for look in of_bots for message in look(bot)]
    return [*found, *_saving_by_get(), *_user_fields()]


def _saving_by_get() -> Iterator[CheckMessage]:
    is_held_to_https = settings.SECURE_SSL_REDIRECT or settings.SESSION_COOKIE_SECURE
    if conf.linking().accept_get and not is_held_to_https:
        yield CheckWarning(
            "JOINCHAT_LINKING['ACCEPT_GET'] is on, and nothing holds this site to HTTPS: without "
            "it browsers do not say who sent a GET, and anybody on the way can change pages so "
            "that they link his uuid.",
            hint="Serve the site over HTTPS and set SESSION_COOKIE_SECURE, or leave ACCEPT_GET "
            "out and use {% joinchat_sdk %}.",
            id="joinchat.W006",
        )


def _placeholders(bot: conf.Bot) -> Iterator[CheckMessage]:
    secret = bot.api_secret
    is_guessed = len(secret) < SECRET_LENGTH or len(set(secret)) < SECRET_VARIETY
    if is_guessed or _PLACEHOLDER.search(secret):
        yield CheckWarning(
            f"JOINCHAT[{bot.alias!r}]['API_SECRET'] looks like a placeholder, with DEBUG off.",
            hint="Take the bot's secret from Settings → API in JoinChat's console, and keep it in "
            "the environment, out of the repository.",
            id="joinchat.W007",
        )


def _proxy_passwords(bot: conf.Bot) -> Iterator[CheckMessage]:
    for scheme, url in (bot.options.proxies or {}).items():
        if "@" in str(url) and not (is_private(str(url)) or _is_socks(str(url))):
            yield CheckWarning(
                f"JOINCHAT[{bot.alias!r}]['OPTIONS']['proxies'][{scheme!r}] has a password that "
                "travels to the proxy without TLS.",
                hint="Reach the proxy by https, or on this machine, or let it know this machine "
                "without a password.",
                id="joinchat.W008",
            )


def _certificates(bot: conf.Bot) -> Iterator[CheckMessage]:
    where = f"JOINCHAT[{bot.alias!r}]['OPTIONS']['ca_bundle']"
    if not bot.options.ca_bundle:
        return
    try:
        mode = os.stat(bot.options.ca_bundle).st_mode
    except (OSError, ValueError):
        yield CheckWarning(
            f"{where} is not there: no call can be made.",
            hint="Correct the path, or leave it out to trust what requests trusts.",
            id="joinchat.W009",
        )
        return
    if mode & stat.S_IWOTH and not mode & stat.S_ISVTX:
        yield CheckWarning(
            f"{where} can be written by every user of this machine, who could then pass for "
            "JoinChat.",
            hint="Let its owner alone write it (chmod o-w).",
            id="joinchat.W009",
        )


def _user_fields() -> Iterator[CheckMessage]:
    unfit = [name for name in conf.templates().user_fields if _UNFIT_FIELD.search(name)]
    if unfit:
        yield CheckWarning(
            f"JOINCHAT_TEMPLATES['USER_FIELDS'] has {', '.join(unfit)}: whoever writes templates "
            "can read it, and send it, and a method is called.",
            hint="Name what a message may say of its recipient, and nothing else.",
            id="joinchat.W010",
        )


def _is_socks(url: str) -> bool:
    """Tell whether a proxy is one to which no password can be sent any other way."""
    return url.lower().startswith("socks")
