"""What a template is rendered with: plain data, and of a user the named fields alone."""

from __future__ import annotations

import datetime
from decimal import Decimal
from typing import Any

import pytest
from django.db import models
from django.utils.safestring import mark_safe
from django.utils.translation import gettext_lazy

from joinchat_django.api import Text
from joinchat_django.models import OutboxMessage
from joinchat_django.rendering import MessageBody, PlainDataRequired, plain_data, user_data


class Mood(models.TextChoices):
    GOOD = "good"


class Level(models.IntegerChoices):
    HIGH = 3


class Marked:
    """What a class of the site may add to a type of plain data."""

    secret = "hunter2"

    def __str__(self) -> str:
        return self.secret


class MarkedText(Marked, str): ...


class MarkedInt(Marked, int): ...


class MarkedFloat(Marked, float): ...


class MarkedDecimal(Marked, Decimal): ...


class MarkedMoment(Marked, datetime.datetime): ...


class MarkedDay(Marked, datetime.date): ...


class MarkedTime(Marked, datetime.time): ...


class MarkedDuration(Marked, datetime.timedelta): ...


ZONE = datetime.timezone(datetime.timedelta(hours=8))


def test_plain_data_pass_as_a_copy() -> None:
    given = {
        "text": "a",
        "numbers": (1, 2.5, Decimal("0.1"), True, None),
        "days": [
            datetime.date(2026, 1, 1),
            datetime.datetime(2026, 1, 1, tzinfo=datetime.timezone.utc),
        ],
        "nested": {"list": [{"a": 1}]},
    }
    taken = plain_data(given)
    assert taken == {**given, "numbers": list(given["numbers"])}
    assert taken["nested"] is not given["nested"]


def test_strings_lose_their_class() -> None:
    taken = plain_data({"safe": mark_safe("<b>"), "mood": Mood.GOOD, "lazy": gettext_lazy("Yes")})
    assert {key: type(value) for key, value in taken.items()} == dict.fromkeys(taken, str)
    assert taken == {"safe": "<b>", "mood": "good", "lazy": "Yes"}


def test_a_member_of_an_enumeration_becomes_its_value() -> None:
    taken = plain_data({"level": Level.HIGH, "levels": [Level.HIGH], "label": Level.HIGH.label})
    assert taken == {"level": 3, "levels": [3], "label": "High"}
    assert type(taken["level"]) is type(taken["levels"][0]) is int
    assert type(taken["label"]) is str


@pytest.mark.parametrize(
    "value",
    [
        MarkedInt(7),
        MarkedFloat(7.5),
        MarkedDecimal("7.50"),
        MarkedMoment(2026, 1, 2, 3, 4, 5, 6, tzinfo=ZONE, fold=1),
        MarkedDay(2026, 1, 2),
        MarkedTime(3, 4, 5, 6, tzinfo=ZONE, fold=1),
        MarkedDuration(days=1, seconds=2, microseconds=3),
    ],
)
def test_a_value_keeps_nothing_of_a_class_of_its_own(value: Any) -> None:
    base = type(value).__mro__[2]
    taken = plain_data({"one": value, "many": [value]})
    assert taken == {"one": value, "many": [value]}
    assert type(taken["one"]) is type(taken["many"][0]) is base
    for name in ("tzinfo", "fold"):
        assert getattr(taken["one"], name, None) == getattr(value, name, None)
    body = MessageBody.compile({"template_type": "text", "text": ".{{ one.secret }}"})
    assert body.render({"one": value}) == Text(".")


def test_a_text_of_a_class_of_its_own_is_what_that_one_shows() -> None:
    taken = plain_data({"one": MarkedText("a"), "user": {"name": MarkedText("a")}})
    assert taken == {"one": "hunter2", "user": {"name": "hunter2"}}
    assert type(taken["one"]) is type(taken["user"]["name"]) is str


@pytest.mark.parametrize("number", ["1.5E+200", "1E-200", "0E-200", "NaN", "-Infinity"])
def test_a_decimal_within_the_bounds_passes(number: str) -> None:
    taken = plain_data({"one": Decimal(number), "many": [Decimal(number)]})
    assert repr(taken) == repr({"one": Decimal(number), "many": [Decimal(number)]})


@pytest.mark.parametrize("number", ["1E+999999", "-1.5E+201", "1E-201", "0E+201", "0E-999999"])
@pytest.mark.parametrize("kind", [Decimal, MarkedDecimal])
def test_a_decimal_too_long_to_be_written_out_is_refused(number: str, kind: Any) -> None:
    for path, context in (
        (r"context\['one'\]", {"one": kind(number)}),
        (r"context\['many'\]\[0\]", {"many": [kind(number)]}),
    ):
        with pytest.raises(PlainDataRequired, match=f"^{path} is a decimal .* from -200 to 200"):
            plain_data(context)


@pytest.mark.parametrize("value", [{1, 2}, b"bytes", object(), (n for n in "ab"), print])
def test_anything_else_is_refused(value: object) -> None:
    with pytest.raises(PlainDataRequired, match=r"context\['order'\]\['lines'\]\[0\] is a"):
        plain_data({"order": {"lines": [value]}})


class NotATime(datetime.datetime):
    """As pandas' NaT: a datetime that has no date."""

    def date(self) -> datetime.date:
        raise ValueError("NaT has no date.")


def test_what_its_own_class_refuses_to_tell_is_refused_with_its_place() -> None:
    with pytest.raises(PlainDataRequired, match=r"context\['at'\] has no value: .*NaT has no date"):
        plain_data({"at": NotATime(2026, 1, 1)})


def test_a_model_instance_is_refused_with_the_way_out() -> None:
    with pytest.raises(PlainDataRequired) as caught:
        plain_data({"row": OutboxMessage()})
    assert "Hand over the values that the template needs" in str(caught.value)


def test_a_circle_is_refused() -> None:
    circle: dict[str, Any] = {}
    circle["again"] = circle
    with pytest.raises(PlainDataRequired, match="nested more than 20 levels"):
        plain_data(circle)


def test_a_recipient_is_there_with_the_named_fields_alone(user: Any) -> None:
    assert user_data(user, ["first_name", "get_full_name", "no_such_field"]) == {
        "first_name": 'Tom & "Jerry"',
        "get_full_name": 'Tom & "Jerry" 小琳',
    }


def test_a_field_of_a_user_that_is_an_object_is_refused(user: Any) -> None:
    with pytest.raises(PlainDataRequired, match=r"user\.groups"):
        user_data(user, ["groups"])
