"""The backend that bots deliver by in tests, whatever their settings name.

It knows nothing of Django, so that a test runner can import it before settings are configured.
Nothing but :mod:`joinchat_django.test` and the pytest plug-in is meant to call it.

Letting out counts above holding back, whichever began first: the order in which test runners begin
what a test, its class and its fixtures ask for is not the order that a reader sees.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

LOCMEM = "joinchat_django.backends.locmem.LocMemBackend"


@dataclass(frozen=True, eq=False)
class _Choice:
    """A backend for the bots that call an address, or for all. No path: what the settings name."""

    path: str | None
    api_url: str | None = None


#: All threads see the same ones. Of those with a path, the last counts.
_choices: list[_Choice] = []


@contextmanager
def force(path: str) -> Iterator[None]:
    """Have every bot of this process that nothing lets out deliver by the backend at a path."""
    with _chosen(_Choice(path)):
        yield


@contextmanager
def as_settings_name() -> Iterator[None]:
    """Have every bot deliver by the backend that its settings name, whatever :func:`force` says."""
    with _chosen(_Choice(None)):
        yield


@contextmanager
def as_settings_name_for(api_url: str) -> Iterator[None]:
    """Do the same for those bots alone whose ``API_URL`` is this one."""
    with _chosen(_Choice(None, api_url)):
        yield


def chosen(named: str, api_url: str) -> str:
    """Return the path of the backend for a bot whose settings name a path and an address."""
    path = None
    for choice in tuple(_choices):
        if choice.path is not None:
            path = choice.path
        elif choice.api_url in (None, api_url):
            return named
    return path or named


@contextmanager
def _chosen(choice: _Choice) -> Iterator[None]:
    _choices.append(choice)
    try:
        yield
    finally:
        _choices.remove(choice)
