"""An unfinished message, as far as it goes: what a preview shows and what is wrong with it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from django.template import Context
from django.utils.functional import cached_property
from django.utils.safestring import SafeString

from joinchat_django import conf
from joinchat_django.api import InvalidMessage, Problem, message_from_dict
from joinchat_django.api.errors import join_path
from joinchat_django.preview import render_message
from joinchat_django.rendering import (
    MessageBody,
    PlainDataRequired,
    dated,
    missing_variables,
    plain_data,
    sample_for,
    with_user,
)
from joinchat_django.rendering.body import compile_parts
from joinchat_django.rendering.engine import text_context
from joinchat_django.rendering.parts import (
    EACH,
    EachPart,
    ListPart,
    ObjectPart,
    Part,
    TextPart,
)

from .places import parent_of, value_at
from .values import exact

#: Elements that one ``$each`` is drawn with at most.
MOST_REPEATED = 120


class Draft:
    """A body filled in with sample data, and with placeholders where they have nothing.

    ``message`` is what the preview shows. ``lengths`` are the characters of what became of texts
    with variables, by path.
    """

    def __init__(self, body: Any, sample: Mapping[str, Any], language: str) -> None:
        self.body = body
        self.sample = sample
        self.language = language
        self.lengths: dict[str, int] = {}
        self._sources: dict[str, str] = {}
        self._context = with_user(sample, conf.templates().user_fields)
        part, self._unclear = compile_parts(body)
        context = text_context(plain_data(sample_for(body, self._context)))
        with MessageBody(part, language).language():
            self.message = self._draw(part, body, context, "", "")

    def problems(self) -> list[Problem]:
        """Return what is wrong, by the paths of the body itself.

        What variables become is looked at if the sample data have a value for each of them.
        """
        problems = [*self._unclear, *self._certain]
        if problems:
            return _once(problems)
        try:
            context = plain_data(dated(self.body, self._context))
            if not missing_variables(self.body, context):
                MessageBody.compile(self.body, language=self.language).render(context)
        except InvalidMessage as error:
            problems = [replace(found, path=self._source(found.path)) for found in error.problems]
        except PlainDataRequired:
            pass
        return _once(problems)

    def missing(self) -> list[Problem]:
        """Return a problem for each variable that the sample data lack; none without them."""
        return missing_variables(self.body, self._context) if self.sample else []

    def is_gap(self, problem: Problem) -> bool:
        """Tell whether a problem is only that something is not there yet.

        A place that is filled in is no gap, whatever its variables become.
        """
        if value_at(self.body, problem.path) in ("", [], {}):
            return True
        return problem in self._certain and problem.code in ("required", "too_few")

    @cached_property
    def _certain(self) -> list[Problem]:
        """The problems that no variable can cure, as far as that is sure."""
        try:
            message_from_dict(_without_each(self.body))
        except InvalidMessage as error:
            return [problem for problem in error.problems if not self._is_open(problem)]
        return []

    def _is_open(self, problem: Problem) -> bool:
        """Tell whether it depends on variables what is to be said of a place."""
        value = value_at(self.body, problem.path)
        if isinstance(value, list):
            repeated = any(isinstance(item, Mapping) and EACH in item for item in value)
            return repeated and problem.code in ("too_few", "too_many")
        if not isinstance(value, str):
            return False
        if problem.code == "not_a_number" and exact(value) is not value:
            return True
        return "{{" in value or "{%" in value

    def _source(self, path: str) -> str:
        """Return where in the body a place of the filled-in message comes from."""
        head = path
        while head and head not in self._sources:
            head = parent_of(head)
        return self._sources.get(head, "") + path[len(head) :]

    def _draw(self, part: Part, node: Any, context: Context, path: str, target: str) -> Any:
        if isinstance(part, TextPart):
            return self._draw_text(part, node, context, path)
        if isinstance(part, ObjectPart) and isinstance(node, Mapping):
            return {
                key: self._draw(
                    member, node[key], context, join_path(path, key), join_path(target, key)
                )
                for key, member in part.members.items()
            }
        if isinstance(part, ListPart) and isinstance(node, list):
            return self._draw_list(part, node, context, path, target)
        # A literal, or what does not compile, which is shown as it is written.
        return node

    def _draw_text(self, part: TextPart, node: Any, context: Context, path: str) -> Any:
        try:
            found = part.render(context, path)
        except InvalidMessage:
            return node
        if isinstance(found, str):
            self.lengths[path] = max(self.lengths.get(path, 0), len(found))
        return found

    def _draw_list(
        self, part: ListPart, node: list[Any], context: Context, path: str, target: str
    ) -> list[Any]:
        drawn: list[Any] = []
        for index, (member, item) in enumerate(zip(part.parts, node, strict=True)):
            source = f"{path}[{index}]"
            if not isinstance(member, EachPart):
                self._sources[f"{target}[{len(drawn)}]"] = source
                drawn.append(self._draw(member, item, context, source, f"{target}[{len(drawn)}]"))
                continue
            element = {key: value for key, value in item.items() if key != EACH}
            found = member.each.expression.resolve(context, ignore_failures=True)
            repeated = found[:MOST_REPEATED] if isinstance(found, list) and found else [""]
            for value in repeated:
                self._sources[f"{target}[{len(drawn)}]"] = source
                with context.push({member.each.name: value}):
                    place = f"{target}[{len(drawn)}]"
                    drawn.append(self._draw(member.element, element, context, source, place))
        return drawn


def _without_each(node: Any) -> Any:
    if isinstance(node, Mapping):
        return {key: _without_each(value) for key, value in node.items() if key != EACH}
    return [_without_each(item) for item in node] if isinstance(node, list) else node


def _once(problems: list[Problem]) -> list[Problem]:
    return list(dict.fromkeys(problems))


def preview_of(body: Any, sample: Mapping[str, Any], language: str) -> SafeString:
    """Return a body's preview, filled in with sample data as far as they go."""
    return render_message(Draft(body, sample, language).message)
