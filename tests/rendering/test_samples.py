"""Sample data completed, so that a preview can be shown of whatever is written so far."""

from __future__ import annotations

import datetime
from datetime import timezone
from typing import Any

import pytest

from joinchat_django.api import ReceiptTemplate
from joinchat_django.rendering import MessageBody, dated, sample_for

RECEIPT: dict[str, Any] = {
    "template_type": "receipt",
    "recipient_name": "{{ user.first_name }}",
    "order_number": "{{ order.number }}",
    "currency": "EUR",
    "payment_method": "{{ payment_method }}, {{ paid_on|date:'Y' }}",
    "timestamp": "{{ placed }}",
    "summary": {"total_cost": "{{ total|floatformat:2 }}"},
    "elements": [
        {"$each": "order.lines as line", "title": "{{ line.title }}", "price": "{{ line.price }}"}
    ],
}


def sample(text: str, **given: Any) -> dict[str, Any]:
    return sample_for({"template_type": "text", "text": text}, given)


def test_a_body_can_be_shown_without_any_sample_data() -> None:
    message = MessageBody.compile(RECEIPT).render(sample_for(RECEIPT, {}))
    assert isinstance(message, ReceiptTemplate)
    assert (message.recipient_name, message.order_number) == ("first name", "number")
    assert [(line.title, line.price) for line in message.elements] == [("title", 1)] * 2
    assert message.payment_method.startswith("payment method, 20")


def test_what_is_given_stays_and_is_completed() -> None:
    given = {"order": {"lines": [{"title": "Tulip"}, {}], "note": "x"}, "total": 5, "other": None}
    assert sample_for(RECEIPT, {**given, "paid_on": None}) == {
        "user": {"first_name": "first name"},
        "order": {
            "number": "number",
            "lines": [{"title": "Tulip", "price": 1}, {"title": "title", "price": 1}],
            "note": "x",
        },
        "payment_method": "payment method",
        "paid_on": None,
        "placed": 1,
        "total": 5,
        "other": None,
    }
    assert given["order"] == {"lines": [{"title": "Tulip"}, {}], "note": "x"}


@pytest.mark.parametrize("value", ["", 0, False, [], {}, "a"])
def test_a_value_that_is_given_is_not_replaced(value: object) -> None:
    assert sample("{{ a.b }}{% for c in d %}{{ c.e }}{% endfor %}{{ f }}", f=value)["f"] == value
    assert sample("{% for c in d %}{{ c.e }}{% endfor %}", d="no list") == {"d": "no list"}


def test_lists_have_as_many_items_as_are_reached_for() -> None:
    assert sample("{{ tags|join:', ' }}") == {"tags": ["tags", "tags"]}
    assert sample("{{ lines.2.title }}") == {"lines": [{"title": "title"}] * 3}
    assert sample("{% for a in rows %}{% for b in a %}{{ b }}{% endfor %}{% endfor %}") == {
        "rows": [["rows", "rows"]] * 2
    }


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-02-01", datetime.date(2026, 2, 1)),
        ("2026-02-01T10:30:00Z", datetime.datetime(2026, 2, 1, 10, 30, tzinfo=timezone.utc)),
        ("10:30", datetime.time(10, 30)),
        ("2026-02-31", "2026-02-31"),
        ("tomorrow", "tomorrow"),
        ("", ""),
    ],
)
def test_a_date_may_be_given_as_text(text: str, expected: object) -> None:
    assert sample("{{ day|date:'j' }}", day=text) == {"day": expected}
    assert sample("{{ day }}", day=text) == {"day": text}


def test_placeholders_may_be_left_out() -> None:
    body = {"text": "{{ a.day|date }}{{ b }}"}
    assert dated(body, {"a": {"day": "2026-02-01"}}) == {"a": {"day": datetime.date(2026, 2, 1)}}


@pytest.mark.parametrize("zone", [True, False])
def test_a_date_without_a_sample_is_now(settings: Any, zone: bool) -> None:
    settings.USE_TZ = zone
    body = {"template_type": "text", "text": "{{ day|date:'Y' }} {{ day|timesince }}"}
    assert MessageBody.compile(body).render(sample_for(body, {})).to_dict()["text"].startswith("20")
