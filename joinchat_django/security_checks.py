"""What ``check --deploy`` says of settings that leave a door open."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Callable, Iterator
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.checks import CheckMessage
from django.core.checks import Warning as CheckWarning
from django.db.models import Model
from requests.utils import (
    get_auth_from_url,
    get_environ_proxies,
    prepend_scheme_if_needed,
    select_proxy,
)

from joinchat_django import conf
from joinchat_django.checks import is_private

#: Fewest characters, and fewest different ones, of a secret that nobody guesses.
SECRET_LENGTH, SECRET_VARIETY = 12, 6

#: Fewest characters of it besides those that everybody thinks of.
SECRET_REST = 8

#: Words of those who write an example, and of those who mean to come back. Chance puts the short
#: ones into a random secret, but hardly as a word.
_PLACEHOLDER = re.compile(
    r"change.?me|example|placeholder|sandbox|insecure|replace|x{6}|\.\.\.|…|^<.*>$"
    r"|(?<![a-z0-9])(?:your|dummy|to[-_]?do)(?![a-z0-9])",
    re.IGNORECASE,
)

#: Rows of characters that come to everybody's mind, and the shortest piece of one that counts.
_ROWS, _PIECE = ("01234567890123", "32109876543210", "abcdefghijklmnopqrstuvwxyz"), 4

#: What everybody thinks of: nothing that it adds to a secret makes that harder to guess.
_FORESEEN = re.compile(
    "[-_. ]|password|passwd|passw0rd|secret|joinchat|messenger|default|welcome|letmein|qwerty|asdf"
    "|admin|token|test|demo|api|key|bot|"
    + "|".join(row[at : at + _PIECE] for row in _ROWS for at in range(len(row) - _PIECE + 1))
)

#: Parts of the names of attributes that are nobody's business.
_SECRET_PART = re.compile(
    r"(^|_)(password|passwd|passcode|passphrase|pwd|secret|token|session|t?otp|pin|api_?key)s?"
    r"(?=[_\d]|$)",
    re.IGNORECASE,
)

#: How names go that tell of a secret no more than whether, when or how many.
_ABOUT_SECRETS = re.compile(
    r"^(is|has|can)_|_(at|on|date|time|age|expiry|expires|count|total|limit|left|used|enabled"
    r"|required)$",
    re.IGNORECASE,
)

#: How methods are called that do something.
_DOING = re.compile(
    r"(^|_)a?(delete|erase|purge|refresh|remove|save)(_|$)"
    r"|^a?(activate|clear|create|deactivate|email|generate|reset|revoke|send|set|update)(_|$)",
    re.IGNORECASE,
)

#: Methods of every model that only say what it is; so do those that begin with ``get_``.
_READERS = {"__str__", "__repr__", "__hash__"}


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
            "that they link another uuid.",
            hint="Serve the site over HTTPS and set SESSION_COOKIE_SECURE, or leave ACCEPT_GET "
            "out and use {% joinchat_sdk %}.",
            id="joinchat.W006",
        )


def _placeholders(bot: conf.Bot) -> Iterator[CheckMessage]:
    secret = bot.api_secret
    is_guessed = len(secret) < SECRET_LENGTH or len(set(secret)) < SECRET_VARIETY
    rest = _FORESEEN.sub("", secret.lower())
    if is_guessed or len(rest) < SECRET_REST or _PLACEHOLDER.search(secret):
        yield CheckWarning(
            f"JOINCHAT[{bot.alias!r}]['API_SECRET'] looks like a placeholder, with DEBUG off.",
            hint="Take the bot's secret from Settings → API in JoinChat's console, and keep it in "
            "the environment, out of the repository.",
            id="joinchat.W007",
        )


def _proxy_passwords(bot: conf.Bot) -> Iterator[CheckMessage]:
    given = bot.options.proxies
    # The very proxy that a call would go through, read as requests reads it.
    proxy = select_proxy(
        bot.api_url, get_environ_proxies(bot.api_url) if given is None else dict(given)
    )
    try:
        url = prepend_scheme_if_needed(str(proxy or ""), "http")
        _, password = get_auth_from_url(url)
    except ValueError:
        return  # Nothing can go through it: `joinchat_check` says so.
    if password and not is_private(url):
        source = "the environment" if given is None else "OPTIONS['proxies']"
        yield CheckWarning(
            f"JOINCHAT[{bot.alias!r}] is called through a proxy of {source}, whose password "
            "travels to it without TLS.",
            hint="Reach the proxy by https, or on this machine, or let it know this machine "
            "without a password.",
            id="joinchat.W008",
        )


def _certificates(bot: conf.Bot) -> Iterator[CheckMessage]:
    bundle = bot.options.ca_bundle
    if not bundle:
        return
    where = f"JOINCHAT[{bot.alias!r}]['OPTIONS']['ca_bundle']"
    try:
        os.stat(bundle)
    except (OSError, ValueError):
        yield CheckWarning(
            f"{where} is not there: no call can be made.",
            hint="Correct the path, or leave it out to trust what requests trusts.",
            id="joinchat.W009",
        )
        return
    # Elsewhere the modes do not say who may write.
    if os.name == "posix" and _is_open_to_others(bundle):
        yield CheckWarning(
            f"{where} can be changed by every user of this machine, who could then pass for "
            "JoinChat.",
            hint="Let its owner alone write it, what is in it, and the folder around it "
            "(chmod o-w).",
            id="joinchat.W009",
        )


def _is_open_to_others(bundle: str) -> bool:
    """Tell whether anybody may write a file or folder of certificates, or put another there."""
    if _others_may_write(bundle):
        return True
    # A link can be replaced where it stands, and what it leads to where that is. The sticky bit
    # keeps others from replacing what is in a folder, though not from adding to it.
    around = [os.path.dirname(path) for path in (bundle.rstrip("/"), os.path.realpath(bundle))]
    if any(_others_may_write(folder or ".", unless=stat.S_ISVTX) for folder in around):
        return True
    try:
        with os.scandir(bundle) as files:
            return any(_others_may_write(file.path) for file in files if file.is_file())
    except OSError:
        return False  # No folder, or one that does not show what is in it.


def _others_may_write(path: str, *, unless: int = 0) -> bool:
    mode = os.stat(path).st_mode
    if not mode & stat.S_IWOTH or mode & unless:
        return False
    # A volume that is mounted to be read, as clusters hand over files, is often open by its modes.
    return not os.statvfs(path).f_flag & os.ST_RDONLY


def _user_fields() -> Iterator[CheckMessage]:
    unfit = [name for name in conf.templates().user_fields if _is_secret(name) or _acts(name)]
    if unfit:
        yield CheckWarning(
            f"JOINCHAT_TEMPLATES['USER_FIELDS'] has {', '.join(unfit)}: whoever writes templates "
            "can read it, and send it, and a method is called.",
            hint="Name what a message may say of its recipient, and nothing else.",
            id="joinchat.W010",
        )


def _is_secret(name: str) -> bool:
    return bool(_SECRET_PART.search(name)) and not _ABOUT_SECRETS.search(name)


def _acts(name: str) -> bool:
    """Tell whether a name is that of a method of users that does more than tell of them."""
    method = getattr(get_user_model(), name, None)
    if not callable(method) or name.startswith("get_") or name in _READERS:
        return False
    alters_data = getattr(method, "alters_data", False)  # As Django's own templates ask.
    return bool(alters_data or hasattr(Model, name) or _DOING.search(name))
