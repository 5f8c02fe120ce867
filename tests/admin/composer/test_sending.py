"""How a message is to be sent: its tag, or that it is promotional."""

from __future__ import annotations

import pytest

from .forms import Desk

pytestmark = pytest.mark.thorough


def test_a_promotional_message_has_no_tag(desk: Desk) -> None:
    desk.type("composer-tag", "SHIPPING_UPDATE")
    desk.values["composer-is_promotional"] = "on"
    desk.try_to_save()
    assert [target for _text, target in desk.remarks] == ["id_composer-tag"]
    desk.type("composer-tag", "")
    saved = desk.save()
    assert (saved.is_promotional, saved.tag) == (True, "")


def test_what_a_tag_is_for_stands_beside_it(desk: Desk) -> None:
    assert "shipped, on its way, delivered" in desk.response.text
    desk.type("composer-tag", "SHIPPING_UPDATE")
    desk.press("refresh")
    place = 'id="id_composer-tag_purpose" aria-live="polite">Where an order is'
    assert place in desk.response.text
