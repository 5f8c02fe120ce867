"""The dispatcher that the settings name."""

from __future__ import annotations

from django.core.exceptions import ImproperlyConfigured
from django.utils.module_loading import import_string

from joinchat_django import conf

from .base import Dispatcher

_HERE = "joinchat_django.delivery.dispatchers"

#: The package's own dispatchers. Each is imported when it is asked for, so that a site without
#: Celery imports nothing of it.
NAMES: dict[str, str] = {
    "inline": f"{_HERE}.inline.InlineDispatcher",
    "worker": f"{_HERE}.worker.WorkerDispatcher",
    "tasks": f"{_HERE}.tasks.TasksDispatcher",
    "celery": f"{_HERE}.celery.CeleryDispatcher",
}


def dispatcher_class(name: str) -> type[Dispatcher]:
    """Return the dispatcher of a name or a dotted path. Raises ``ImproperlyConfigured``."""
    try:
        found = import_string(NAMES.get(name, name))
    except ImportError as error:
        raise ImproperlyConfigured(
            f"JOINCHAT_DELIVERY['DISPATCHER'] is {name!r}, which is neither one of "
            f"{', '.join(NAMES)} nor a class that can be imported: {error}"
        ) from error
    if not (isinstance(found, type) and issubclass(found, Dispatcher)):
        raise ImproperlyConfigured(f"{name!r} is not a subclass of {_HERE}.Dispatcher.")
    return found


def get_dispatcher() -> Dispatcher:
    """Return the dispatcher that the settings name. Raises ``ImproperlyConfigured``."""
    return dispatcher_class(conf.delivery().dispatcher)()
