"""``message_from_dict`` is the inverse of ``to_dict``, and raises ``InvalidMessage`` alone."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from joinchat_django.api import InvalidMessage, Message, Problem, message_from_dict
from joinchat_django.api.encoding import encode

from .fields import FIELDS, Field, changed
from .strategies import messages

scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(),
    st.sampled_from(["text", "type"]),
)
json_values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
)


@pytest.mark.parametrize("kind", messages)
@pytest.mark.thorough
def test_a_message_comes_back_from_its_json_object_and_from_its_text(kind: Any) -> None:
    @given(messages[kind])
    def check(message: Message) -> None:
        data = message.to_dict()
        assert message_from_dict(data) == message
        assert message_from_dict(data).to_dict() == data
        text = encode(data).encode().decode()
        assert message_from_dict(json.loads(text, parse_float=Decimal)) == message
        assert message_from_dict(json.loads(text, parse_float=Decimal)).to_dict() == data

    check()


@given(json_values)
def test_any_json_is_a_message_or_an_invalid_one(data: object) -> None:
    with pytest.raises(InvalidMessage) as refused:
        message_from_dict(data)
    assert refused.value.problems
    assert str(refused.value).encode()


@given(st.sampled_from(FIELDS), json_values)
def test_any_value_in_any_field_is_taken_or_named(field: Field, value: object) -> None:
    data = changed(field, value)
    found: tuple[Problem, ...] = ()
    try:
        message = message_from_dict(data)
    except InvalidMessage as error:
        found = error.problems
    else:
        assert message_from_dict(message.to_dict()) == message
    for problem in found:
        assert problem.path.startswith(field.path) or field.path.startswith(problem.path)
        assert str(problem).encode()
