"""Whatever staff write and whatever is handed over, a template says what is wrong in its words."""

from __future__ import annotations

import contextlib
import datetime
import time
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from joinchat_django.api import InvalidMessage, Message
from joinchat_django.preview import render_message
from joinchat_django.rendering import (
    MessageBody,
    PlainDataRequired,
    missing_variables,
    sample_for,
    variables_of,
)
from joinchat_django.rendering.engine import TAGS, compile_text
from tests.fuzzing import examples

#: Seconds that no short template may take, on a machine that is busy with other things.
PATIENCE = 5.0

FILTERS = sorted(compile_text("").engine.template_builtins[0].filters)
NAMES = ["a", "b", "user", "user.first_name", "a.0", "a.b.c", "forloop.counter", "a.items"]
CONSTANTS = [
    '""',
    '"x"',
    "'%'",
    '"0"',
    "0",
    "-1",
    "2",
    "99",
    "1.5",
    "1e9",
    "None",
    "True",
    "²",
    "_x",
]
WORDS = [
    "as",
    "in",
    "by",
    "and",
    "or",
    "not",
    "==",
    "<",
    "is",
    "x",
    "x=1",
    "x=a",
    "silent",
    "reversed",
]
arguments = st.sampled_from(NAMES + CONSTANTS)
filters = st.builds(
    lambda name, argument: f"|{name}" + (f":{argument}" if argument else ""),
    st.sampled_from(FILTERS),
    st.none() | arguments,
)
expressions = st.builds(
    lambda first, rest: first + "".join(rest), arguments, st.lists(filters, max_size=3)
)
tags = st.builds(
    lambda name, rest: "{% " + " ".join([name, *rest]) + " %}",
    st.sampled_from([*TAGS, "else", "elif", "empty", "load", "include", "extends", "debug", "x"]),
    st.lists(expressions | st.sampled_from(WORDS), max_size=5),
)
#: Tags as they are meant, so that what is in them is reached.
well_formed = st.sampled_from(
    [
        "{% for x in a %}MORE{% empty %}-{% endfor %}",
        "{% for x, y in a.items %}MORE{% endfor %}",
        "{% if a and not b or a == b %}MORE{% elif user %}MORE{% else %}-{% endif %}",
        "{% with x=a y=b|first %}MORE{% endwith %}",
        "{% filter upper|truncatewords:2 %}MORE{% endfilter %}",
        "{% regroup a by b as x %}MORE",
        "{% ifchanged a %}MORE{% endifchanged %}",
        "{% spaceless %}MORE{% endspaceless %}",
        "{% verbatim %}MORE{% endverbatim %}",
        "{% widthratio a b 100 %}MORE",
        "{% cycle a b as x %}MORE",
        "{% firstof a b %}MORE",
        '{% now "H:i" as x %}MORE',
    ]
)
anything = st.text(max_size=8) | st.text("{}%#|:.'\" a\\\0", max_size=12)
pieces = (
    expressions.map(lambda found: "{{ " + found + " }}")
    | tags
    | well_formed
    | st.sampled_from(["{% endfor %}", "{% endif %}", "{{", "%}", "{#", "{% comment %}"])
    | anything
)


@st.composite
def sources(draw: Any) -> str:
    """Sources of templates, right and wrong, one in the other."""
    source = "MORE"
    for _depth in range(draw(st.integers(1, 3))):
        source = source.replace("MORE", "".join(draw(st.lists(pieces, max_size=3))))
    return source.replace("MORE", "x")


scalars = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.sampled_from(
        [10**400, -(10**20), Decimal("1e200"), Decimal("1e999999"), Decimal("NaN"), Decimal("0.10")]
    )
    | st.floats()
    | st.decimals()
    | st.text(max_size=10)
    | st.dates()
    | st.times()
    | st.datetimes(timezones=st.none() | st.just(datetime.timezone.utc))
    | st.timedeltas()
)
values = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(["a", "b", "c", "items", "first_name", "0"]), inner)
    ),
    max_leaves=8,
)
contexts = st.dictionaries(st.sampled_from(["a", "b", "user", "x", "forloop"]), values)
repeats = st.sampled_from(
    ["a as x", "a.b as x", "a|slice:b as x", "a", "a as 1", " as ", "a b as x"]
)


@st.composite
def bodies(draw: Any) -> dict[str, Any]:
    """Bodies of all types, with sources and worse in each place, and elements that repeat."""
    some = sources() | sources() | scalars

    def members(*names: str) -> Any:
        return st.dictionaries(st.sampled_from(names), some)

    button = members("type", "title", "url", "payload", "block_id", "webview_height_ratio")
    element = st.builds(
        lambda plain, **more: {**plain, **{k: v for k, v in more.items() if v is not None}},
        members("title", "subtitle", "price", "quantity", "image_url", "name", "amount"),
        buttons=st.none() | st.lists(button, max_size=2),
        **{"$each": st.none() | repeats},
    )
    body = draw(
        st.fixed_dictionaries(
            {
                "template_type": st.sampled_from(
                    ["text", "button", "generic", "list", "receipt", "?"]
                )
            },
            optional={
                "text": sources(),
                "elements": st.lists(element, max_size=3) | some,
                "buttons": st.lists(button, max_size=3) | some,
                "summary": members("total_cost", "subtotal") | some,
                "address": members("street_1", "city", "country") | some,
                "adjustments": st.lists(element, max_size=2),
                "order_number": some,
                "currency": some,
                "timestamp": some,
                "x": values,
            },
        )
    )
    return dict(body)


@contextlib.contextmanager
def quickly() -> Iterator[None]:
    begun = time.monotonic()
    yield
    assert time.monotonic() - begun < PATIENCE


def written(body: Any, context: Any) -> Message | None:
    """Compile and render; None for what is refused, with every problem in words."""
    try:
        return MessageBody.compile(body).render(context)
    except (InvalidMessage, PlainDataRequired) as error:
        words = [str(problem) for problem in getattr(error, "problems", [error])]
    assert words
    assert all(word.encode() for word in words)
    return None


@examples(300)
@given(sources(), contexts)
def test_any_text_is_rendered_or_refused_in_words(source: str, context: dict[str, Any]) -> None:
    with quickly():
        written({"template_type": "text", "text": source}, context)


@examples(150)
@given(sources(), contexts)
def test_any_number_is_rendered_or_refused_in_words(source: str, context: dict[str, Any]) -> None:
    body = {
        "template_type": "receipt",
        **dict.fromkeys(["recipient_name", "order_number", "currency", "payment_method"], "x"),
        "summary": {"total_cost": source},
    }
    with quickly():
        written(body, context)


@examples(150)
@given(bodies(), contexts)
def test_any_body_is_rendered_or_refused_in_words(
    body: dict[str, Any], context: dict[str, Any]
) -> None:
    with quickly():
        message = written(body, context)
        if message is not None:
            assert render_message(message.to_dict())


@examples(100)
@given(bodies(), contexts)
def test_any_body_can_be_looked_through_and_completed_with_samples(
    body: dict[str, Any], context: dict[str, Any]
) -> None:
    with quickly():
        variables_of(body)
        written(body, sample_for(body, context))
        for problem in missing_variables(body, context):
            assert str(problem)


@given(
    st.dictionaries(
        st.text(max_size=3) | st.integers(),
        st.recursive(
            scalars | st.binary() | st.sampled_from([object(), print, {1}, datetime, Exception()]),
            lambda inner: st.lists(inner) | st.dictionaries(st.integers() | st.text(), inner),
            max_leaves=5,
        ),
    )
    | values
)
def test_any_context_is_plain_data_or_refused_with_its_place(context: Any) -> None:
    written({"template_type": "text", "text": "{{ a }}"}, context)


@pytest.mark.parametrize("name", FILTERS)
def test_no_filter_raises_anything_else_whatever_it_is_given(name: str) -> None:
    @examples(10)
    @given(values, st.none() | values)
    def check(value: Any, argument: Any) -> None:
        shown = "{{ a|%s }}" if argument is None else "{{ a|%s:b }}"
        with quickly():
            written({"template_type": "text", "text": shown % name}, {"a": value, "b": argument})

    check()
