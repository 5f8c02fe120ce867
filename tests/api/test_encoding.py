"""JSON as it goes over the wire, and what is no JSON."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from joinchat_django.api.encoding import encode

each = pytest.mark.parametrize


def test_json_is_compact_and_non_ascii_stands_for_itself() -> None:
    data = {"名": ["👋🏽", True, None, 1, 0.5, Decimal("1.50")], "a": {}, "b": (), 'c"': "\n/"}
    assert encode(data) == '{"名":["👋🏽",true,null,1,0.5,1.50],"a":{},"b":[],"c\\"":"\\n/"}'


@each("number", [float("nan"), float("inf"), Decimal("NaN"), Decimal("-Infinity")])
def test_json_has_no_nan_and_no_infinity(number: Any) -> None:
    with pytest.raises(ValueError, match=r"NaN|JSON compliant"):
        encode({"amount": [number]})


@each("value", [b"bytes", {1, 2}, object()])
def test_what_is_no_json_type_is_refused(value: Any) -> None:
    with pytest.raises(TypeError):
        encode({"value": value})


@given(
    st.recursive(
        st.none()
        | st.booleans()
        | st.integers()
        | st.text()
        | st.floats(allow_nan=False, allow_infinity=False),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
        max_leaves=10,
    )
)
def test_any_plain_data_is_read_back_as_it_was(data: object) -> None:
    assert json.loads(encode(data)) == data
