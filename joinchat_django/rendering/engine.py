"""The template engine for message texts: Django's, without what reaches beyond the text."""

from __future__ import annotations

from typing import Any

from django.template import Context, Engine, Library, Template
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
    del library.filters["pprint"]
    return library


_engine = Engine(autoescape=False)
_engine.template_builtins = [_library()]  # in place of all of Django's


def compile_text(source: str) -> Template:
    """Compile one string of a body. Raises ``TemplateSyntaxError``."""
    return Template(source, engine=_engine)


def text_context(data: dict[str, Any], *, localize: bool | None = None) -> Context:
    """Return a context that renders texts unescaped; ``localize=False`` keeps numbers plain."""
    return Context(data, autoescape=False, use_l10n=localize)
