"""Which variables of a template's body a context does not have.

Django leaves such a place empty. That will do in a preview, and not in a message to a customer.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, NoReturn

from django.template import Context, TemplateSyntaxError
from django.utils.translation import gettext as _

from joinchat_django.api import Problem
from joinchat_django.api.errors import join_path
from joinchat_django.rendering.body import EACH
from joinchat_django.rendering.engine import compile_text

#: The same few texts are asked about for each of hundreds of people.
_compile = lru_cache(maxsize=256)(compile_text)


def missing_variables(body: object, user: Mapping[str, Any]) -> list[Problem]:
    """Return a problem for each variable that a body asks for and that is not ``user``'s.

    A name in a condition counts too; a branch that is not taken does not.
    """
    asked: list[str] = []
    context = _Watched({"user": _WatchedUser(user, asked)}, asked)
    return _walk(body, "", context)


class _Watched(Context):
    """A context that notes the names that it is asked for in vain."""

    def __init__(self, data: dict[str, Any], asked: list[str]) -> None:
        super().__init__(data, autoescape=False)
        self.asked = asked

    def __getitem__(self, key: Any) -> Any:
        try:
            return super().__getitem__(key)
        except KeyError:
            self.asked.append(str(key))
            raise


class _WatchedUser(dict[str, Any]):
    """A user's fields, noting those that are asked for in vain."""

    def __init__(self, fields: Mapping[str, Any], asked: list[str]) -> None:
        super().__init__(fields)
        self.asked = asked

    def __missing__(self, key: str) -> NoReturn:
        self.asked.append(f"user.{key}")
        raise KeyError(key)


def _walk(node: object, path: str, context: _Watched) -> list[Problem]:
    if isinstance(node, str):
        return _in_text(node, path, context)
    if isinstance(node, Mapping):
        each = node.get(EACH)
        source, _as, item = each.rpartition(" as ") if isinstance(each, str) else ("", "", "")
        problems = _in_text(f"{{{{ {source} }}}}", join_path(path, EACH), context) if source else []
        # Inside the element its item has a name; what the item holds is not known here.
        with context.push({item.strip(): ""} if item else {}):
            for key, member in node.items():
                if key != EACH:
                    problems += _walk(member, join_path(path, str(key)), context)
        return problems
    if isinstance(node, list):
        return [p for i, item in enumerate(node) for p in _walk(item, f"{path}[{i}]", context)]
    return []


def _in_text(source: str, path: str, context: _Watched) -> list[Problem]:
    context.asked.clear()
    try:
        _compile(source).render(context)
    except TemplateSyntaxError:
        return []  # The outbox says so, and better.
    except Exception:  # noqa: S110  # So it does of filters, which raise whatever they like.
        pass
    return [
        Problem(path, _("needs “%(name)s”, which is not known here") % {"name": name})
        for name in dict.fromkeys(context.asked)
    ]
