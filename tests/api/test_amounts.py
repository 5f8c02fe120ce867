"""Amounts of money go out as the numbers they are, and come back as such."""

from __future__ import annotations

import decimal
import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from joinchat_django.api import (
    Adjustment,
    Envelope,
    InvalidMessage,
    ReceiptElement,
    ReceiptTemplate,
    Recipient,
    Summary,
    message_from_dict,
)

each = pytest.mark.parametrize


def receipt(amount: Any) -> ReceiptTemplate:
    return ReceiptTemplate(
        recipient_name="Tom",
        order_number="1",
        currency="EUR",
        payment_method="cash",
        summary=Summary(total_cost=amount),
    )


def written(amount: Any) -> str:
    """The amount's text in the request's body."""
    body = Envelope.seal(Recipient(uuid="1"), receipt(amount)).body(1).decode()
    return body.partition('"total_cost":')[2].partition("}")[0]


@each(
    ("amount", "text"),
    [
        (Decimal("0.1") + Decimal("0.2"), "0.3"),
        (Decimal("19.90"), "19.9"),
        (Decimal("-5.00"), "-5.0"),
        (Decimal("1234567890123456789012345.678"), "1234567890123456789012345.678"),
        (Decimal("0.1234567890123456789012345678"), "0.1234567890123456789012345678"),
        (Decimal("1E+400"), "1E+400"),
        (Decimal("1E-400"), "1E-400"),
        (Decimal(0), "0"),
        (Decimal(100), "100"),
        (0, "0"),
        (56, "56"),
        (-7, "-7"),
        (10**40, "1" + "0" * 40),
        (56.14, "56.14"),
        (0.1, "0.1"),
        (1e22, "1e+22"),
    ],
)
def test_an_amount_goes_out_as_the_number_it_is(amount: Any, text: str) -> None:
    assert written(amount) == text


@each("amount", [Decimal("NaN"), Decimal("sNaN"), Decimal("Infinity"), Decimal("-Infinity")])
def test_what_is_no_finite_number_is_refused(amount: Decimal) -> None:
    with pytest.raises(InvalidMessage, match="total_cost: must be a finite number"):
        Summary(total_cost=amount)
    with pytest.raises(InvalidMessage, match="amount: must be a finite number"):
        Adjustment(name="x", amount=float(str(amount).replace("s", "")))


def test_a_kind_of_float_with_a_repr_of_its_own_is_the_number_it_is() -> None:
    class Measured(float):
        def __repr__(self) -> str:
            return f"Measured({float(self)})"

    assert written(Measured(0.1)) == "0.1"


def test_numbers_that_are_equal_make_messages_that_are_equal() -> None:
    assert receipt(Decimal("5.00")) == receipt(5) == receipt(5.0)
    assert len({receipt(Decimal("5.00")), receipt(5), receipt(5.0)}) == 1


@given(st.decimals(allow_nan=False, allow_infinity=False))
def test_any_decimal_arrives_exactly(amount: Decimal) -> None:
    assert json.loads(written(amount), parse_float=Decimal, parse_int=Decimal) == amount


@given(st.integers() | st.floats(allow_nan=False, allow_infinity=False))
def test_any_int_or_float_arrives_exactly(amount: float) -> None:
    assert json.loads(written(amount)) == amount


@given(st.decimals(allow_nan=False, allow_infinity=False))
def test_any_decimal_comes_back_from_the_json_object(amount: Decimal) -> None:
    message = receipt(amount)
    assert message_from_dict(message.to_dict()) == message


def test_the_precision_of_the_callers_decimal_context_changes_nothing() -> None:
    with decimal.localcontext(decimal.Context(prec=3, traps=[decimal.Inexact])):
        assert written(Decimal("1234.5678")) == "1234.5678"
        element = ReceiptElement(title="x", price=1234.5678, quantity=123456789)
    assert element.to_dict() == {"title": "x", "price": 1234.5678, "quantity": 123456789}
