"""The settings as typed objects. Every call reads them anew, so ``override_settings`` works.

``JOINCHAT`` (bots by alias), ``JOINCHAT_DELIVERY``, ``JOINCHAT_LINKING`` and
``JOINCHAT_TEMPLATES`` are dictionaries whose keys are the fields of the classes here, in capitals.
A mistake raises ``ImproperlyConfigured``; :func:`faults` lists them all for the system checks.
"""

from __future__ import annotations

import dataclasses
import difflib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from .api.client import API_URL, SIGNATURE_HEADERS

Section = TypeVar("Section")


class UnknownBot(ImproperlyConfigured, LookupError):
    """No entry of ``JOINCHAT`` has this alias."""


@dataclass(frozen=True)
class Fault:
    """A mistake in the settings: the system check's id, what is wrong, and the way out."""

    id: str
    message: str
    hint: str


@dataclass(frozen=True, kw_only=True)
class BotOptions:
    """``OPTIONS`` of a bot: how its requests go out. Times are in seconds."""

    connect_timeout: float = 3.0
    deadline: float = 15.0
    signature_headers: tuple[str, ...] = SIGNATURE_HEADERS
    extra_tags: tuple[str, ...] = ()
    proxies: Mapping[str, Any] | None = None
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

    ``dispatcher`` is ``inline``, ``worker`` or the dotted path of a ``Dispatcher``. A message is
    tried ``max_attempts`` times. ``retry_uncertain`` tells whether one that may have been
    delivered goes out again. ``lease`` is how many seconds a claimed row belongs to its worker.
    """

    dispatcher: str = "inline"
    max_attempts: int = 8
    retry_uncertain: bool = True
    lease: float = 60.0


@dataclass(frozen=True, kw_only=True)
class LinkingSettings:
    """``JOINCHAT_LINKING``.

    ``accept_get`` lets the contract page's own snippet save by GET, guarded. ``pending_max_age``
    is how many seconds, at most 3600, an anonymous visitor's uuid waits for a sign-in.
    """

    accept_get: bool = False
    pending_max_age: int = 3600


@dataclass(frozen=True, kw_only=True)
class TemplateSettings:
    """``JOINCHAT_TEMPLATES``.

    ``user_fields`` are the attributes of the recipient that templates may use as ``user``; a
    method without arguments counts as one.
    """

    user_fields: tuple[str, ...] = ("username", "first_name", "last_name")


_SECTIONS: dict[str, type] = {
    "JOINCHAT_DELIVERY": DeliverySettings,
    "JOINCHAT_LINKING": LinkingSettings,
    "JOINCHAT_TEMPLATES": TemplateSettings,
}

#: Bounds of numbers, both ends allowed; None is no bound.
_BOUNDS: dict[tuple[type, str], tuple[float, float | None]] = {
    (Bot, "page_id"): (1, None),
    (BotOptions, "connect_timeout"): (0.001, None),
    (BotOptions, "deadline"): (0.001, None),
    (DeliverySettings, "max_attempts"): (1, 1000),
    (DeliverySettings, "lease"): (1, None),
    (LinkingSettings, "pending_max_age"): (1, 3600),
}


def bots() -> dict[str, Bot]:
    """Return every bot by its alias. Raises ``ImproperlyConfigured``."""
    return {alias: bot(alias) for alias in _entries()}


def bot(alias: str = "default") -> Bot:
    """Return one bot. Raises :exc:`UnknownBot`, or ``ImproperlyConfigured`` for a bad entry."""
    entries = _entries()
    if alias not in entries:
        raise UnknownBot(f"JOINCHAT has no bot {alias!r}. It has: {', '.join(map(repr, entries))}.")
    _raise_first(_bot_faults(alias, entries[alias]))
    entry = dict(entries[alias])
    options = _build(BotOptions, entry.pop("OPTIONS", {}))
    return _build(Bot, entry, alias=alias, options=options)


def delivery() -> DeliverySettings:
    """Return ``JOINCHAT_DELIVERY``. Raises ``ImproperlyConfigured``."""
    return _section("JOINCHAT_DELIVERY", DeliverySettings)


def linking() -> LinkingSettings:
    """Return ``JOINCHAT_LINKING``. Raises ``ImproperlyConfigured``."""
    return _section("JOINCHAT_LINKING", LinkingSettings)


def templates() -> TemplateSettings:
    """Return ``JOINCHAT_TEMPLATES``. Raises ``ImproperlyConfigured``."""
    return _section("JOINCHAT_TEMPLATES", TemplateSettings)


def faults() -> list[Fault]:
    """Return every mistake in the settings."""
    found: list[Fault] = []
    try:
        entries = _entries()
    except ImproperlyConfigured as error:
        hint = 'Set JOINCHAT = {"default": {"PAGE_ID": …, "API_SECRET": …}}.'
        found.append(Fault("joinchat.E001", str(error), hint))
    else:
        for alias, entry in entries.items():
            found.extend(_bot_faults(alias, entry))
    for name, section in _SECTIONS.items():
        found.extend(_faults(name, section, getattr(settings, name, {})))
    return found


def _entries() -> Mapping[str, Any]:
    entries = getattr(settings, "JOINCHAT", None)
    if not isinstance(entries, Mapping) or "default" not in entries:
        raise ImproperlyConfigured('JOINCHAT must be a dictionary of bots with a "default" one.')
    return entries


def _section(name: str, section: type[Section]) -> Section:
    entry = getattr(settings, name, {})
    _raise_first(_faults(name, section, entry))
    return _build(section, entry)


def _raise_first(found: Iterator[Fault]) -> None:
    for fault in found:
        raise ImproperlyConfigured(f"{fault.message} {fault.hint}")


def _build(section: type[Section], entry: Mapping[str, Any], **given: Any) -> Section:
    hints = _hints(section)
    for key, value in entry.items():
        name = key if section is BotOptions else key.lower()
        given[name] = tuple(value) if get_origin(hints[name]) is tuple else value
    return section(**given)


def _bot_faults(alias: str, entry: object) -> Iterator[Fault]:
    where = f"JOINCHAT[{alias!r}]"
    yield from _faults(where, Bot, entry)
    if isinstance(entry, Mapping) and "OPTIONS" in entry:
        yield from _faults(f"{where}['OPTIONS']", BotOptions, entry["OPTIONS"])


def _faults(where: str, section: type, entry: object) -> Iterator[Fault]:
    """Yield the mistakes of one dictionary. No value of the settings is shown: it may be secret."""
    if not isinstance(entry, Mapping):
        yield Fault("joinchat.E004", f"{where} must be a dictionary.", "See the README's settings.")
        return
    hints = _hints(section)
    keys = {name if section is BotOptions else name.upper(): name for name in hints}
    for declared in dataclasses.fields(section):
        key = declared.name.upper()
        required = declared.name in hints and declared.default is dataclasses.MISSING
        if required and entry.get(key) in (None, ""):
            hint = "Copy it from Settings → API in JoinChat's console."
            yield Fault("joinchat.E002", f"{where} has no {key}.", hint)
    for key, value in entry.items():
        if key not in keys:
            close = difflib.get_close_matches(str(key), keys, n=1, cutoff=0.5)
            hint = f"Did you mean {close[0]!r}?" if close else f"Known keys: {', '.join(keys)}."
            yield Fault("joinchat.E005", f"{where} has an unknown key {key!r}.", hint)
            continue
        name = keys[key]
        if value in (None, "") and dataclasses.MISSING is _default(section, name):
            continue
        if not _fits(value, hints[name]):
            wanted = _describe(hints[name])
            message = f"{where}[{key!r}] must be {wanted}, not {type(value).__name__}."
            yield Fault("joinchat.E004", message, "Correct the type of the value.")
        elif (section, name) in _BOUNDS:
            least, most = _BOUNDS[section, name]
            if value < least or (most is not None and value > most):
                limits = f"at least {least:g}" + ("" if most is None else f", at most {most:g}")
                message = f"{where}[{key!r}] must be {limits}."
                yield Fault("joinchat.E006", message, "Correct the value.")


def _hints(section: type) -> dict[str, Any]:
    """Return the types of the keys that the settings may hold."""
    hints = get_type_hints(section)
    hints.pop("alias", None)
    if section is Bot:
        hints["options"] = Mapping[str, Any]
    return hints


def _default(section: type, name: str) -> object:
    return next(f.default for f in dataclasses.fields(section) if f.name == name)


def _fits(value: object, hint: Any) -> bool:
    if get_origin(hint) is tuple:
        return isinstance(value, (list, tuple)) and all(isinstance(item, str) for item in value)
    if get_origin(hint) is Mapping:
        return isinstance(value, Mapping)
    if alternatives := get_args(hint):
        return any(_fits(value, alternative) for alternative in alternatives)
    if hint is type(None):
        return value is None
    if hint is bool:
        return isinstance(value, bool)
    if hint is float:
        return isinstance(value, (int, float)) and not isinstance(value, bool)
    return isinstance(value, hint) and not isinstance(value, bool)


def _describe(hint: Any) -> str:
    names = {bool: "True or False", int: "an integer", float: "a number", str: "a string"}
    if get_origin(hint) is tuple:
        return "a list of strings"
    if hint in names:
        return names[hint]
    if alternatives := [kind for kind in get_args(hint) if kind is not type(None)]:
        return _describe(alternatives[0]) if get_origin(hint) is not Mapping else "a dictionary"
    return "a dictionary"
