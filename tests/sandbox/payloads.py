"""Requests of every type with one place of them changed, and what the sandbox says of that."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

from joinchat_django.sandbox import check_request

from .examples import FULL, PAGE_ID

Path = tuple[Any, ...]
KINDS = list(FULL)
#: In the place of a value: the place is taken out.
GONE = object()


def reasons(payload: object, **options: Any) -> list[str]:
    """Why the sandbox would refuse a payload."""
    return check_request(payload, page_id=PAGE_ID, **options)


def changed(payload: Any, path: Path, value: object) -> Any:
    """A copy of the payload with one place set to a value, or taken out."""
    payload = copy.deepcopy(payload)
    *way, last = path
    place = payload
    for step in way:
        place = place[step]
    if value is GONE:
        del place[last]
    else:
        place[last] = value
    return payload


def places(value: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Every place in a payload, the payload itself excepted."""
    items = value.items() if isinstance(value, dict) else enumerate(value)
    for key, item in items:
        yield (*path, key), item
        if isinstance(item, (dict, list)):
            yield from places(item, (*path, key))


def spelled(path: Path) -> str:
    """A path as the sandbox's reasons have it: ``message.buttons[0].title``."""
    text = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)
    return text.removeprefix(".")


def path_of(dotted: str) -> Path:
    """The path of a place in the message: ``buttons.0.title`` is that of the first button's."""
    return ("message", *(int(step) if step.isdigit() else step for step in dotted.split(".")))


# Parts of the full requests.
LINK, ELEMENT, ROW, LINE, ADJUSTMENT = (
    FULL["button"]["buttons"][0],
    FULL["generic"]["elements"][0],
    FULL["list"]["elements"][0],
    FULL["receipt"]["elements"][0],
    FULL["receipt"]["adjustments"][0],
)
