"""Whom a message goes to: exactly one of four, as text."""

from __future__ import annotations

from typing import Any

import pytest

from joinchat_django.api import InvalidMessage, Recipient

KINDS = ["uuid", "id", "phone", "email"]
each = pytest.mark.parametrize


@each("kind", KINDS)
@each("value", ["1", "汉😀", "x" * 5000, " "])
def test_a_recipient_is_one_text_of_four_kinds(kind: str, value: str) -> None:
    recipient = Recipient(**{kind: value})
    assert recipient.to_dict() == {kind: value}
    assert Recipient.from_dict({kind: value}) == recipient
    assert (recipient.kind, recipient.value) == (kind, value)


@each("given", [{}, {"uuid": None}, {"uuid": "1", "id": "1"}, dict.fromkeys(KINDS, "1")], ids=str)
def test_a_recipient_is_exactly_one(given: dict[str, Any]) -> None:
    named = " and ".join(kind for kind in KINDS if given.get(kind)) or "none"
    problem = f"needs exactly one of uuid, id, phone, email, found {named}"
    with pytest.raises(InvalidMessage) as refused:
        Recipient(**given)
    assert problem in str(refused.value)
    code = "required" if named == "none" else "invalid"
    assert [found.code for found in refused.value.problems] == [code]
    with pytest.raises(InvalidMessage) as refused:
        Recipient.from_dict(given)
    assert problem in str(refused.value)


@each("kind", KINDS)
@each("value", ["", "a\0", "\ud800", 5, 1.5, True, b"1", ["1"], {"id": "1"}], ids=ascii)
def test_a_recipient_is_text(kind: str, value: Any) -> None:
    with pytest.raises(InvalidMessage) as refused:
        Recipient(**{kind: value})
    assert [problem.path for problem in refused.value.problems] == [kind]
    assert str(refused.value).encode()
    with pytest.raises(InvalidMessage, match=f"^{kind}: must "):
        Recipient.from_dict({kind: value})


@each("data", [None, "uuid", ["uuid"], {"UUID": "1"}, {"uuid": "1", "name": "x"}], ids=str)
def test_json_that_is_no_recipient_is_refused(data: object) -> None:
    with pytest.raises(InvalidMessage):
        Recipient.from_dict(data)


def test_a_recipient_cannot_be_changed_and_can_be_a_key() -> None:
    recipient = Recipient(uuid="1")
    with pytest.raises(AttributeError):
        recipient.uuid = "2"  # type: ignore[misc]
    assert {recipient: 1}[Recipient(uuid="1")] == 1
    assert recipient != Recipient(id="1")
    with pytest.raises(TypeError):
        Recipient("1")  # type: ignore[call-arg]
