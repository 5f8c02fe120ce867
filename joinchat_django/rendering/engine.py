"""The template engine for message texts: Django's, without what reaches beyond the text."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from django.template import Context, Engine, Library, Template, TemplateSyntaxError
from django.template.base import VariableNode
from django.template.defaultfilters import floatformat, stringformat
from django.template.defaultfilters import register as default_filters
from django.template.defaulttags import ForNode
from django.template.defaulttags import register as default_tags

from joinchat_django.api.rules import kind_of
from joinchat_django.api.wording import worded as _

#: Loops within each other; what they may repeat grows by the power of it.
MOST_LOOPS = 3

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
    library.filter("floatformat", _bounded_floatformat)
    library.filter("stringformat", _bounded_stringformat)
    return library


def _bounded_floatformat(value: Any, places: Any = -1) -> str:
    return str(floatformat(value, _bounded(places)))


def _bounded_stringformat(value: Any, form: Any) -> str:
    return str(stringformat(value, _bounded(form)))


def _bounded(argument: Any) -> Any:
    """Return a filter's argument, unless it asks for more than 99 characters or places."""
    if re.search(r"\d{3}", str(argument)):
        raise ValueError(f"{str(argument)[:20]!r} has a number over 99")
    return argument


def _engine(library: Library) -> Engine:
    engine = Engine(autoescape=False)
    engine.template_builtins = [library]  # in place of all of Django's
    return engine


def _unlocalised_floatformat(value: Any, places: Any = -1) -> str:
    """Round as ``floatformat`` does, with a dot and without groups whatever the language."""
    plain = f"{_bounded(places)}".replace("g", "").replace("u", "")
    return str(floatformat(value, f"{plain}u"))


_texts = _engine(_library())
_numbers = _engine(_library())
_numbers.template_builtins[0].filter("floatformat", _unlocalised_floatformat)


class NotText(ValueError):
    """A list or an object stands where a text is to be shown; ``limit`` says so."""

    def __init__(self, limit: str) -> None:
        super().__init__(limit)
        self.limit = limit


class TooManyLoops(TemplateSyntaxError):
    """Loops are nested too deep. Its text is a wording, so that pages can translate it."""

    def __str__(self) -> str:
        return _("more than %(most)s loops within each other", most=MOST_LOOPS)


class ValueNode(VariableNode):
    """A variable that is shown. Refuses a list or an object, which Django writes as Python does."""

    def render(self, context: Context) -> Any:
        value = self.filter_expression.resolve(context)
        if isinstance(value, (dict, list, tuple)):
            token = self.filter_expression.token
            kind = kind_of(value)
            raise NotText(
                _("shows “%(token)s”, which is %(kind)s and no text", token=token, kind=kind)
            )
        return super().render(context)


def compile_text(source: str) -> Template:
    """Compile one string of a body. Raises ``TemplateSyntaxError``."""
    return _compile(source, _texts)


def compile_number(source: str) -> Template:
    """Compile a string that stands for a number. Raises ``TemplateSyntaxError``."""
    return _compile(source, _numbers)


def _compile(source: str, engine: Engine) -> Template:
    try:
        template = Template(source, engine=engine)
    except (TemplateSyntaxError, RecursionError):
        raise
    except Exception as error:
        # Django's own tags take some of what they are given apart unchecked, such as {% filter %}.
        raise TemplateSyntaxError(f"{type(error).__name__}: {error}") from error
    _guard(template.nodelist)
    return template


def _guard(nodes: Iterable[Any], loops: int = 0) -> None:
    """Have variables shown by :class:`ValueNode`, and refuse loops that are nested too deep."""
    for node in nodes:
        if type(node) is VariableNode:
            node.__class__ = ValueNode
        inside = loops + isinstance(node, ForNode)
        if inside > MOST_LOOPS:
            raise TooManyLoops
        for name in node.child_nodelists:
            _guard(getattr(node, name, ()), inside)


def text_context(data: dict[str, Any], *, localize: bool | None = None) -> Context:
    """Return a context that renders texts unescaped; ``localize=False`` keeps numbers plain."""
    return Context(data, autoescape=False, use_l10n=localize)
