"""A request's body: the fields around the message, as bytes."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest

from joinchat_django.api import Envelope, InvalidMessage, MessageTag, Recipient, Text

from .examples import FULL, FULL_JSON

each = pytest.mark.parametrize


def test_the_body_is_the_pages_own_example_byte_by_byte() -> None:
    envelope = Envelope.seal(
        Recipient(id="123456"), Text("Hello World"), tag=MessageTag.ACCOUNT_UPDATE, delay=1
    )
    assert envelope.body(12345) == (
        b'{"page_id":12345,"recipient":{"id":"123456"},"message":{"template_type":"text",'
        b'"text":"Hello World"},"tag":"ACCOUNT_UPDATE","delay":1}'
    )


@each("kind", FULL)
def test_a_body_is_one_json_object_in_utf_8(kind: str) -> None:
    body = Envelope.seal(Recipient(uuid="小琳"), FULL[kind]).body(1)
    assert json.loads(body) == {
        "page_id": 1,
        "recipient": {"uuid": "小琳"},
        "message": FULL_JSON[kind],
    }
    assert "小琳" in body.decode("utf-8")
    assert b"\\u" not in body


@each("delay", range(11))
def test_a_delay_is_0_to_10_seconds(delay: int) -> None:
    body = Envelope.seal(Recipient(uuid="1"), Text("x"), delay=delay).body(1)
    assert json.loads(body)["delay"] == delay


@each(
    ("delay", "code"),
    [
        *((number, "invalid") for number in (-1, 11, 1.0, 0.5, Decimal(1), 10**30)),
        (True, "not_a_number"),
        ("1", "not_a_number"),
        ([], "not_a_number"),
    ],
)
def test_a_delay_is_nothing_else(delay: Any, code: str) -> None:
    with pytest.raises(
        InvalidMessage, match="delay: must be a whole number from 0 to 10"
    ) as caught:
        Envelope.seal(Recipient(uuid="1"), Text("x"), delay=delay)
    assert [problem.code for problem in caught.value.problems] == [code]


def test_all_that_is_wrong_around_a_message_is_named_at_once() -> None:
    wrong: Any = {"uuid": "1"}
    with pytest.raises(InvalidMessage) as refused:
        Envelope.seal(wrong, FULL_JSON["text"], tag="NEWS", delay=11)  # type: ignore[arg-type]
    paths = [problem.path for problem in refused.value.problems]
    assert paths == ["recipient", "message", "tag", "delay"]
