"""What the settings may hold: a class for each dictionary, a field for each key."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured

from joinchat_django.api.client import (
    API_URL,
    SIGNATURE_HEADERS,
    are_header_names,
    is_api_url,
)


@dataclass(frozen=True, kw_only=True)
class BotOptions:
    """``OPTIONS`` of a bot: how its requests go out. Times are in seconds."""

    connect_timeout: float = 3.0
    deadline: float = 15.0
    signature_headers: tuple[str, ...] = SIGNATURE_HEADERS
    extra_tags: tuple[str, ...] = ()
    proxies: Mapping[str, Any] | None = field(default=None, repr=False)  # may hold passwords
    ca_bundle: str | None = None


@dataclass(frozen=True, kw_only=True)
class Bot:
    """One entry of ``JOINCHAT``: a page and its API secret, which no repr shows."""

    alias: str
    page_id: int
    api_secret: str = field(repr=False)
    sdk_key: str | None = None
    backend: str = "joinchat_django.backends.http.HTTPBackend"
    api_url: str = API_URL
    sdk_url: str = "https://joinchat.ai/js/analytics/sdk/{key}.js"
    options: BotOptions = BotOptions()

    def sdk_script(self) -> str:
        """Return the address of the bot's SDK script.

        Raises ``ImproperlyConfigured`` for a bot without ``SDK_KEY``.
        """
        if not self.sdk_key:
            raise ImproperlyConfigured(
                f"JOINCHAT[{self.alias!r}] has no SDK_KEY. Copy it from the embed code under SDK "
                "management in JoinChat's console: the 32 hex digits before “.js”."
            )
        return self.sdk_url.replace("{key}", self.sdk_key)


@dataclass(frozen=True, kw_only=True)
class DeliverySettings:
    """``JOINCHAT_DELIVERY``.

    ``dispatcher`` is ``inline``, ``worker``, ``tasks``, ``celery`` or the dotted path of a
    ``Dispatcher``; ``task_backend`` and ``task_queue`` say where its tasks go. A message is tried
    ``max_attempts`` times. ``retry_uncertain`` tells whether one that may have been delivered goes
    out again. ``lease`` is how many seconds a claimed row belongs to its worker.

    A worker makes up to ``concurrency`` calls at a time. ``rate`` is how many calls a second each
    bot makes at most, counted over all workers on all machines; None is no limit.

    ``joinchat_prune`` deletes rows that were settled more than ``retention`` days ago; None keeps
    them. Without ``keep_content`` a row forgets its content once it is sent.
    """

    dispatcher: str = "inline"
    task_backend: str = "default"
    task_queue: str | None = None
    max_attempts: int = 8
    retry_uncertain: bool = True
    lease: float = 60.0
    concurrency: int = 16
    rate: float | None = None
    retention: float | None = 90.0
    keep_content: bool = True


@dataclass(frozen=True, kw_only=True)
class LinkingSettings:
    """``JOINCHAT_LINKING``.

    ``accept_get`` lets the contract page's own snippet save by GET, guarded. ``pending_max_age``
    is how many seconds, at most 3600, an anonymous visitor's uuid waits for a sign-in.

    ``on_deactivation`` says what becomes of the links of a user who is deactivated: ``unlink``
    switches them off, ``keep`` leaves them for when they are active again. They are sent nothing
    until then, either way.
    """

    accept_get: bool = False
    pending_max_age: int = 3600
    on_deactivation: str = "unlink"


@dataclass(frozen=True, kw_only=True)
class TemplateSettings:
    """``JOINCHAT_TEMPLATES``.

    ``user_fields`` are the attributes of the recipient that templates may use as ``user``; a
    method without arguments counts as one. ``user_language`` is the path of the attribute that
    tells which language they read, such as ``profile.language``; None if the site does not know.
    """

    user_fields: tuple[str, ...] = ("username", "first_name", "last_name")
    user_language: str | None = None


def _is_url(value: str) -> bool:
    try:
        parts = urlsplit(value)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def _is_attribute_path(value: str | None) -> bool:
    return value is None or all(name.isidentifier() for name in value.split("."))


#: What else a value has to be, and how to say so.
FORMS: dict[tuple[type, str], tuple[Callable[[Any], bool], str]] = {
    (Bot, "api_url"): (is_api_url, "an http or https URL"),
    (Bot, "sdk_url"): (
        lambda url: _is_url(url) and "{key}" in url,
        "an http or https URL with {key} in it",
    ),
    (BotOptions, "signature_headers"): (are_header_names, "the names of one or more HTTP headers"),
    (LinkingSettings, "on_deactivation"): (
        lambda choice: choice in ("unlink", "keep"),
        "'unlink' or 'keep'",
    ),
    (TemplateSettings, "user_language"): (
        _is_attribute_path,
        "the path of an attribute of users, such as 'language' or 'profile.language'",
    ),
}

#: Bounds of numbers, both ends allowed; None is no bound, which keeps no infinity out.
BOUNDS: dict[tuple[type, str], tuple[float, float | None]] = {
    (Bot, "page_id"): (1, None),
    (BotOptions, "connect_timeout"): (0.05, 600),
    (BotOptions, "deadline"): (0.5, 600),
    (DeliverySettings, "max_attempts"): (1, 1000),
    (DeliverySettings, "lease"): (1, 86_400),
    (DeliverySettings, "concurrency"): (1, 1000),
    (DeliverySettings, "rate"): (0.001, 1_000_000),
    (DeliverySettings, "retention"): (0, 100_000),
    (LinkingSettings, "pending_max_age"): (1, 3600),
}
