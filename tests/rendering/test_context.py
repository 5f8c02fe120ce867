"""What a template is rendered with: plain data, and of a user the named fields alone."""

from __future__ import annotations

import datetime
from decimal import Decimal
from typing import Any

import pytest
from django.db import models
from django.utils.safestring import mark_safe
from django.utils.translation import gettext_lazy

from joinchat_django.models import OutboxMessage
from joinchat_django.rendering import PlainDataRequired, plain_data, user_data


class Mood(models.TextChoices):
    GOOD = "good"


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


@pytest.mark.parametrize("value", [{1, 2}, b"bytes", object(), (n for n in "ab"), print])
def test_anything_else_is_refused(value: object) -> None:
    with pytest.raises(PlainDataRequired, match=r"context\['order'\]\['lines'\]\[0\] is a"):
        plain_data({"order": {"lines": [value]}})


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
