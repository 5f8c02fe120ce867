"""The settings as typed objects. Every call reads them anew, so ``override_settings`` works.

``JOINCHAT`` (bots by alias), ``JOINCHAT_DELIVERY``, ``JOINCHAT_LINKING`` and
``JOINCHAT_TEMPLATES`` are dictionaries whose keys are the fields of the classes in
:mod:`.sections`, in capitals. A mistake raises ``ImproperlyConfigured``; :func:`faults` lists
them all for the system checks.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from . import reading
from .reading import Fault, Section, alike
from .sections import Bot, BotOptions, DeliverySettings, LinkingSettings, TemplateSettings

__all__ = [
    "SECTIONS",
    "Bot",
    "BotOptions",
    "DeliverySettings",
    "Fault",
    "LinkingSettings",
    "TemplateSettings",
    "UnknownBot",
    "alike",
    "bot",
    "bots",
    "delivery",
    "faults",
    "linking",
    "replaced",
    "templates",
]

#: The settings besides ``JOINCHAT``, by their names.
SECTIONS: dict[str, type] = {
    "JOINCHAT_DELIVERY": DeliverySettings,
    "JOINCHAT_LINKING": LinkingSettings,
    "JOINCHAT_TEMPLATES": TemplateSettings,
}


class UnknownBot(ImproperlyConfigured, LookupError):
    """No entry of ``JOINCHAT`` has this alias."""


def bots() -> dict[str, Bot]:
    """Return every bot by its alias. Raises ``ImproperlyConfigured``."""
    return {alias: bot(alias) for alias in _entries()}


def bot(alias: str = "default") -> Bot:
    """Return one bot. Raises :exc:`UnknownBot`, or ``ImproperlyConfigured`` for a bad entry."""
    # No local variable holds the settings when this raises: error reports show variables.
    _raise_first(_bot_faults(alias))
    entry = dict(_entries()[alias])
    options = reading.build(BotOptions, entry.pop("OPTIONS", {}))
    return reading.build(Bot, entry, alias=alias, options=options)


def replaced(alias: str, *, options: Mapping[str, Any], **keys: Any) -> dict[str, Any]:
    """Return the value of ``JOINCHAT`` with some keys and options of one bot replaced, for tests.

    It holds the secrets. Raises like :func:`bot`.
    """
    bot(alias)
    entry = _entries()[alias]
    keys["OPTIONS"] = {**entry.get("OPTIONS", {}), **options}
    return {**_entries(), alias: {**entry, **keys}}


def delivery() -> DeliverySettings:
    """Return ``JOINCHAT_DELIVERY``. Raises ``ImproperlyConfigured``."""
    return _read("JOINCHAT_DELIVERY", DeliverySettings)


def linking() -> LinkingSettings:
    """Return ``JOINCHAT_LINKING``. Raises ``ImproperlyConfigured``."""
    return _read("JOINCHAT_LINKING", LinkingSettings)


def templates() -> TemplateSettings:
    """Return ``JOINCHAT_TEMPLATES``. Raises ``ImproperlyConfigured``."""
    return _read("JOINCHAT_TEMPLATES", TemplateSettings)


def faults() -> list[Fault]:
    """Return every mistake in the settings."""
    found: list[Fault] = []
    try:
        entries = _entries()
    except ImproperlyConfigured as error:
        hint = 'Set JOINCHAT = {"default": {"PAGE_ID": …, "API_SECRET": …}}.'
        found.append(Fault("joinchat.E001", str(error), hint))
    else:
        for alias in entries:
            found.extend(_bot_faults(alias))
    for name, section in SECTIONS.items():
        found.extend(reading.faults(name, section, getattr(settings, name, {})))
    return found


def _entries() -> Mapping[str, Any]:
    entries = getattr(settings, "JOINCHAT", None)
    if isinstance(entries, Mapping) and "default" in entries:
        return entries
    del entries
    raise ImproperlyConfigured('JOINCHAT must be a dictionary of bots with a "default" one.')


def _read(name: str, section: type[Section]) -> Section:
    entry = getattr(settings, name, {})
    _raise_first(list(reading.faults(name, section, entry)))
    return reading.build(section, entry)


def _bot_faults(alias: str) -> list[Fault]:
    if alias not in _entries():
        known = ", ".join(map(repr, _entries()))
        raise UnknownBot(f"JOINCHAT has no bot {alias!r}. It has: {known}.")
    return [
        *reading.bot_faults(alias, _entries()[alias]),
        *reading.alias_faults(alias, _entries()),
    ]


def _raise_first(found: list[Fault]) -> None:
    for fault in found:
        raise ImproperlyConfigured(f"{fault.message} {fault.hint}")
