"""A message that is written into the form of another one is the one that the whole way makes."""

from __future__ import annotations

import contextlib
import datetime
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from joinchat_django.api import InvalidMessage
from joinchat_django.models import MessageTemplate
from joinchat_django.outbox import drafts
from joinchat_django.outbox.drafts import Draft
from joinchat_django.outbox.rows import Body
from joinchat_django.rendering import (
    MessageBody,
    PlainDataRequired,
    missing_variables,
    plain_data,
)
from tests.fuzzing import examples

TEXTS = st.one_of(
    st.sampled_from(["", " ", "Ann", 'Tom & "Jerry" <b>', "\\", "a\nb", "💶", "x" * 90, "x" * 700]),
    st.sampled_from(["\0", "\ud800", "{{ a }}", '"\0000\0"', "\\u0000", "7"]),
    st.text(max_size=8),
)
PIECES = st.one_of(
    st.sampled_from(["Hello ", "\\u00000\\u0000", '"', ": "]),
    st.sampled_from(
        ["{{ a }}", "{{ b }}", "{{ user.first_name }}", "{{ user.email }}", "{{ c.d }}"]
    ),
    st.sampled_from(
        ["{{ a|upper }}", "{{ b|default:'-' }}", "{{ b|add:'1' }}", "{{ c.0 }}", "{{ a.upper }}"]
    ),
    st.sampled_from(["{{ 'x' }}", "{{ None }}", "{% if a %}y{% endif %}", "{% now 'Y' as b %}"]),
)
SOURCES = st.lists(PIECES, min_size=1, max_size=4).map("".join)
BUTTONS = st.sampled_from(
    [
        [{"type": "postback", "title": "Go", "payload": {"a": "\0", "b": [1]}}],
        [{"type": "postback", "title": "{{ a }}", "payload": "p"}],
    ]
)
ELEMENTS = st.fixed_dictionaries(
    {"title": SOURCES}, optional={"subtitle": SOURCES, "image_url": SOURCES}
)
RECEIPTS = {"template_type": "receipt", "order_number": "1", "currency": "EUR"}
BODIES = st.one_of(
    st.fixed_dictionaries({"text": SOURCES, "template_type": st.just("text")}),
    st.fixed_dictionaries(
        {"buttons": BUTTONS, "text": SOURCES, "template_type": st.just("button")}
    ),
    st.fixed_dictionaries(
        {"template_type": st.just("list"), "elements": st.lists(ELEMENTS, min_size=2, max_size=2)}
    ),
    st.builds(
        lambda name, stamp, cost: {
            **RECEIPTS,
            "recipient_name": name,
            "payment_method": "Card",
            "timestamp": stamp,
            "summary": {"total_cost": cost},
        },
        SOURCES,
        SOURCES,
        st.sampled_from([3, "{{ a }}"]),
    ),
)
VALUES = st.one_of(
    TEXTS,
    st.integers(-(10**20), 10**20),
    st.sampled_from(
        [None, True, 1.5, Decimal("1234.50"), datetime.date(2026, 2, 1), datetime.timedelta(1)]
    ),
    st.sampled_from([datetime.datetime(2026, 2, 1, 9), ["x"], {"d": 1}]),  # noqa: DTZ001
)
CONTEXTS = st.dictionaries(
    st.sampled_from(["a", "b", "user"]), VALUES, max_size=3
) | st.fixed_dictionaries(
    {"a": VALUES, "b": VALUES}, optional={"c": st.fixed_dictionaries({"d": VALUES})}
)
USERS = st.none() | st.builds(SimpleNamespace, first_name=VALUES, email=st.just("a@example.com"))


@given(BODIES, st.lists(st.tuples(USERS, CONTEXTS), min_size=2, max_size=5))
@examples(400)
def test_all_that_are_written_are_what_the_whole_way_makes(
    body: Any, people: list[tuple[Any, dict[str, Any]]]
) -> None:
    template = MessageTemplate(slug="t", name="T", language="de", body=body)
    try:
        quick, whole = Draft(template), Draft(template)
    except InvalidMessage:
        return
    for user, context in people:
        assert outcome(quick.write_whole, user, context) == outcome(
            lambda *given, draft=whole: Body.of(draft.fill_whole(*given)), user, context
        )


def outcome(write: Any, user: Any, context: dict[str, Any]) -> Any:
    try:
        return write(user, lambda: plain_data(context))
    except (InvalidMessage, PlainDataRequired) as error:
        return type(error), str(error)


def written(draft: Draft, *contexts: dict[str, Any]) -> list[str]:
    return [draft.write_whole(None, lambda c=context: c).content for context in contexts]


def test_the_second_one_is_not_rendered_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    body = {
        "template_type": "list",
        "elements": [
            {"title": "{{ a }}: {{ c.d }}", "subtitle": "{{ a|upper }}"},
            {"title": "b", "subtitle": "c"},
        ],
    }
    draft = Draft(MessageTemplate(slug="t", name="T", body=body))
    first, second = {"a": "x", "c": {"d": 1}}, {"a": "y", "c": {"d": 2}}
    [_content] = written(draft, first)
    monkeypatch.setattr(MessageBody, "render", None)
    assert written(draft, second) == [
        (
            '{"template_type":"list","elements":['
            '{"title":"y: 2","subtitle":"Y"},{"title":"b","subtitle":"c"}]}'
        )
    ]


@pytest.mark.parametrize(
    "text", ["{% if a %}{{ a }}{% endif %}", "{{ a|default:'-' }}", "{{ a.0 }}", "{{ a }}"]
)
def test_the_variables_are_looked_for_once_for_each(
    text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It takes longer than all else, and neither a form nor the want of one asks for it twice."""
    looks: list[object] = []

    def counted(body: object, context: Any, **options: Any) -> Any:
        looks.append(context)
        return missing_variables(body, context, **options)

    monkeypatch.setattr(drafts, "missing_variables", counted)
    draft = Draft(MessageTemplate(slug="t", name="T", body={"template_type": "text", "text": text}))
    for number, value in enumerate(["x", "y", "x" * 641, "z"], start=1):
        with contextlib.suppress(InvalidMessage):
            written(draft, {"a": value})
        assert len(looks) <= number
    assert looks


def test_numbers_and_dates_follow_the_bodys_language_whatever_a_function_chooses() -> None:
    body = {"template_type": "text", "text": "{{ a }} {{ day }}"}
    draft = Draft(MessageTemplate(slug="t", name="T", language="de", body=body))

    def context() -> dict[str, Any]:
        translation.activate("en")
        return {"a": Decimal("1.5"), "day": datetime.date(2026, 2, 1)}

    contents = {draft.write_whole(None, context).content for _turn in range(3)}
    assert contents == {'{"template_type":"text","text":"1,5 1. Februar 2026"}'}


def test_what_breaks_a_rule_is_refused_in_the_same_words() -> None:
    body = {"template_type": "text", "text": "{{ a }}"}
    draft = Draft(MessageTemplate(slug="t", name="T", body=body))
    written(draft, {"a": "x"})
    for value, words in (
        ("x" * 641, "text: must be at most 640 characters, found 641"),
        ("", "text: must not be empty"),
        ("\0", "text: must be text without NUL characters"),
        ("\ud800", "text: must be text without lone surrogates"),
    ):
        with pytest.raises(InvalidMessage, match=words):
            written(draft, {"a": value})


ROW = {"title": "t", "subtitle": "s"}


@pytest.mark.parametrize(
    ("body", "first", "second"),
    [
        # A rule about two fields, each of which may be empty.
        (
            {"template_type": "list", "elements": [{"title": "t", "subtitle": "{{ a }}"}, ROW]},
            "x",
            "",
        ),
        # One text gives the next its variable.
        (
            {
                "template_type": "list",
                "elements": [{"title": "{% now 'Y' as a %}t", "subtitle": "{{ a }}"}, ROW],
            },
            "x",
            "y",
        ),
        # What a button's title may be depends on the kind of button.
        (
            {
                "template_type": "button",
                "text": "t",
                "buttons": [{"type": "postback", "title": "{{ a }}", "payload": "p"}],
            },
            "x",
            "x" * 30,
        ),
        # A number is no text.
        (
            {
                "template_type": "receipt",
                "recipient_name": "n",
                "order_number": "1",
                "currency": "EUR",
                "payment_method": "Card",
                "summary": {"total_cost": "{{ a }}"},
            },
            "1",
            "x",
        ),
    ],
    ids=["two fields", "tag", "button", "number"],
)
def test_what_does_not_stand_for_itself_goes_the_whole_way(
    body: Any, first: str, second: str
) -> None:
    template = MessageTemplate(slug="t", name="T", body=body)
    quick, whole = Draft(template), Draft(template)
    written(quick, {"a": first})
    assert outcome(quick.write_whole, None, {"a": second}) == outcome(
        lambda *given: Body.of(whole.fill_whole(*given)), None, {"a": second}
    )
