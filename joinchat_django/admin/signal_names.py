"""Names for signals and senders, which have none of their own."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import Any

from django.db.models import Model
from django.dispatch import Signal
from django.utils.translation import gettext as _


def names_of(signals: Iterable[Signal]) -> dict[int, str]:
    """Return a name for each signal, by its ``id``: where a loaded module holds it.

    Django's own are called by their last name alone. Of several places the one counts that looks
    like a signal's home: a module called ``signals``, then the shortest name. A signal that no
    module holds is missing.
    """
    wanted = {id(signal) for signal in signals}
    found: dict[int, list[str]] = {}
    for module_name, module in list(sys.modules.items()):
        try:
            # Not by getattr: a module that loads lazily would load.
            attributes = dict(object.__getattribute__(module, "__dict__"))
        except (AttributeError, TypeError):
            continue  # Anything may stand in for a module.
        for name, value in attributes.items():
            if id(value) in wanted:
                found.setdefault(id(value), []).append(f"{module_name}.{name}")
    return {key: _short(min(places, key=_strangeness)) for key, places in found.items()}


def sender_name(sender: Any) -> str:
    """Return what a trigger's sender is called; nothing for any sender."""
    if sender is None:
        return ""
    if isinstance(sender, type) and issubclass(sender, Model):
        return sender._meta.label
    if isinstance(sender, str):
        return sender
    return str(getattr(sender, "__qualname__", "")) or _("one sender")


def _strangeness(place: str) -> tuple[bool, int, str]:
    return not place.rpartition(".")[0].endswith("signals"), len(place), place


def _short(place: str) -> str:
    return place.rpartition(".")[2] if place.startswith("django.") else place
