"""The template engine for message texts: Django's, without what reaches beyond the text."""

from __future__ import annotations

from typing import Any

from django.template import Context, Engine, Library, Template
from django.template.defaultfilters import floatformat
from django.template.defaultfilters import register as default_filters
from django.template.defaulttags import register as default_tags

#: No ``load``, ``include``, ``extends`` or ``debug``; nothing that reads settings or URLs.
TAGS = (
    "comment",
    "cycle",
    "filter",
    "firstof",
    "for",
    "if",
    "ifchanged",
    "now",
    "regroup",
    "spaceless",
    "templatetag",
    "verbatim",
    "widthratio",
    "with",
)


def _library() -> Library:
    library = Library()
    library.tags = {name: default_tags.tags[name] for name in TAGS}
    library.filters = dict(default_filters.filters)
    for name in ("center", "ljust", "pprint", "rjust"):  # The padding ones take any width.
        del library.filters[name]
    return library


def _engine(library: Library) -> Engine:
    engine = Engine(autoescape=False)
    engine.template_builtins = [library]  # in place of all of Django's
    return engine


def _unlocalised_floatformat(value: Any, places: Any = -1) -> str:
    """Round as ``floatformat`` does, with a dot and without groups whatever the language."""
    return str(floatformat(value, f"{places}".replace("g", "").replace("u", "") + "u"))


_texts = _engine(_library())
_numbers = _engine(_library())
_numbers.template_builtins[0].filters["floatformat"] = _unlocalised_floatformat


def compile_text(source: str) -> Template:
    """Compile one string of a body. Raises ``TemplateSyntaxError``."""
    return Template(source, engine=_texts)


def compile_number(source: str) -> Template:
    """Compile a string that stands for a number. Raises ``TemplateSyntaxError``."""
    return Template(source, engine=_numbers)


def text_context(data: dict[str, Any], *, localize: bool | None = None) -> Context:
    """Return a context that renders texts unescaped; ``localize=False`` keeps numbers plain."""
    return Context(data, autoescape=False, use_l10n=localize)
