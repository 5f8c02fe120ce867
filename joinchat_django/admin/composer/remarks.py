"""What is wrong with a composed message, as sentences that lead to their places."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from django.utils.translation import gettext as _

from joinchat_django.api import Problem
from joinchat_django.wording import localized

if TYPE_CHECKING:
    from .composer import MessageComposer


class Remark(NamedTuple):
    """What is to be said of a place, and the id of the element to go to."""

    text: str
    target: str
    label: Any = ""


def remarks_on(composer: MessageComposer) -> list[Remark]:
    """Return everything that is wrong, in the order of the page."""
    found: list[Remark] = []
    for panel, name, _is_open in composer.tabs:
        label = name if len(composer.panels) > 1 else ""
        found += [Remark(text, f"id_{panel.name}-json", label) for text in panel.json_errors]
        place = f"id_{panel.name}-{'tab' if panel.form else 'json'}"
        found += [Remark(with_path(*pair), place, label) for pair in panel.general]
        for part in panel.faulty:
            where = f"{label}: {part.label}" if label else part.label
            found += [Remark(text, part.place.id, where) for text in part.errors]
    place = f"id_{composer.prefix}-sample-json"
    found += [Remark(text, place, _("Sample data")) for text in composer.sample.errors]
    if composer.is_bound and composer.is_checked:
        for field, texts in composer.sending.errors.items():
            bound = composer.sending[field]
            found += [Remark(str(t), f"id_{bound.html_name}", bound.label) for t in texts]
    return found


def sentence(problem: Problem) -> str:
    """Return what is wrong with a field, without its path."""
    limit = localized(problem.limit)
    limit = f"{limit[:1].upper()}{limit[1:]}"
    if not problem.found:
        return _("%(limit)s.") % {"limit": limit}
    found = {"limit": limit, "found": localized(problem.found)}
    return _("%(limit)s (found: %(found)s).") % found


def with_path(path: str, text: str) -> str:
    """Return what is wrong with the place that it is about before it."""
    return f"{path}: {text}" if path else text
