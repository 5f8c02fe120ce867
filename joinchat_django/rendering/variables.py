"""Which variables of a template's body a context does not have.

Django leaves such a place empty. That will do in a preview, and not in a message to a customer.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NoReturn

from django.template import Context, TemplateSyntaxError
from django.utils.translation import gettext as _

from joinchat_django.api import Problem
from joinchat_django.api.errors import join_path

from .body import EACH, each_of
from .engine import compile_text


def missing_variables(body: object, context: Mapping[str, Any]) -> list[Problem]:
    """Return a problem for each variable that a body asks for and a context does not have.

    A name in a condition counts too; a branch that is not taken does not. An element that is
    repeated is looked at with the first item of its list; without one, nothing is said about items.
    """
    asked: list[str] = []
    return _walk(body, "", _WatchedContext(context, asked))


class _WatchedContext(Context):
    """A context that notes the names that it is asked for in vain."""

    def __init__(self, data: Mapping[str, Any], asked: list[str]) -> None:
        super().__init__({k: _watched(v, k, asked) for k, v in data.items()}, autoescape=False)
        self.asked = asked

    def __getitem__(self, key: Any) -> Any:
        try:
            return super().__getitem__(key)
        except KeyError:
            self.asked.append(str(key))
            raise


class _WatchedDict(dict[str, Any]):
    """A dict of a context, noting the keys that it is asked for in vain."""

    def __init__(self, data: Mapping[str, Any], path: str, asked: list[str]) -> None:
        super().__init__({k: _watched(v, f"{path}.{k}", asked) for k, v in data.items()})
        self.path = path
        self.asked = asked

    def __missing__(self, key: str) -> NoReturn:
        self.asked.append(f"{self.path}.{key}")
        raise KeyError(key)


def _watched(value: Any, path: str, asked: list[str]) -> Any:
    if isinstance(value, Mapping):
        return _WatchedDict(value, path, asked)
    if isinstance(value, (list, tuple)):
        return [_watched(item, path, asked) for item in value]
    return value


def _walk(node: object, path: str, context: _WatchedContext) -> list[Problem]:
    if isinstance(node, str):
        return _in_text(node, path, context)
    if isinstance(node, list):
        return [p for i, item in enumerate(node) for p in _walk(item, f"{path}[{i}]", context)]
    if not isinstance(node, Mapping):
        return []
    if EACH not in node:
        return [p for key, v in node.items() for p in _walk(v, join_path(path, str(key)), context)]
    each = each_of(node[EACH])
    if each is None:
        return []  # The body does not compile, and says so better.
    problems = _in_text(f"{{{{ {each.source} }}}}", join_path(path, EACH), context)
    items = each.expression.resolve(context, ignore_failures=True)
    element = {key: member for key, member in node.items() if key != EACH}
    with context.push({each.name: items[0] if isinstance(items, list) and items else ""}):
        return problems + _walk(element, path, context)


def _in_text(source: str, path: str, context: _WatchedContext) -> list[Problem]:
    context.asked.clear()
    try:
        compile_text(source).render(context)
    except TemplateSyntaxError:
        return []  # The body says so, and better.
    except Exception:  # noqa: S110  # So it does of filters, which raise whatever they like.
        pass
    return [
        Problem(path, _("needs “%(name)s”, which is not known here") % {"name": name})
        for name in dict.fromkeys(context.asked)
    ]
