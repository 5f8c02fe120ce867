"""Sample data, without scripts: an input for each variable, or JSON."""

from __future__ import annotations

import pytest
from django.test import Client

from joinchat_django.models import MessageTemplate

from .forms import BODY, Desk

pytestmark = pytest.mark.thorough


def test_each_variable_has_an_input_and_numbers_stay_numbers(desk: Desk) -> None:
    desk.fill(text="{{ name }} {{ order.total }} {% for l in lines %}{{ l.title }}{% endfor %}")
    desk.press("refresh")
    desk.press("row-add|0|.lines")
    assert desk.composer.focus == "id_composer-sample.lines_last" in desk.form.by_id
    desk.type("composer-sample.name", "Eva")
    desk.type("composer-sample.order.total", "12.5")
    desk.type("composer-sample.lines[0].title", "Hat")
    desk.press("row-add|0|.lines")
    desk.type("composer-sample.lines[1].title", "007")
    desk.press("refresh")
    assert "Eva 12.5 Hat007" in desk.response.text
    sample = {
        "name": "Eva",
        "order": {"total": 12.5},
        "lines": [{"title": "Hat"}, {"title": "007"}],
    }
    assert desk.save().sample == sample


def test_a_row_is_taken_away_and_what_has_no_input_stays(
    admin_client: Client, template: MessageTemplate
) -> None:
    template.body = {"template_type": "text", "text": "{% for l in lines %}{{ l }}{% endfor %}"}
    template.sample = {"lines": [1, "2", "c"], "other": {"deep": [True, None]}, "on": True}
    template.save()
    desk = Desk(admin_client, template)
    desk.press("row-remove|0|.lines[0]")
    assert desk.save().sample == {**template.sample, "lines": ["2", "c"]}


def test_sample_data_can_be_written_as_json(desk: Desk) -> None:
    desk.type("composer-sample-mode", "json")
    desk.type("composer-sample-json", '{"name": "Eva", "n": 1}')
    desk.press("refresh")
    assert desk.values["composer-sample.name"] == "Eva"
    assert desk.save().sample == {"name": "Eva", "n": 1}


def test_a_variable_without_a_value_is_a_mistake_once_there_are_sample_data(desk: Desk) -> None:
    desk.fill(text="{{ name }} {{ other }}")
    desk.press("refresh")
    desk.type("composer-sample.name", "Eva")
    desk.try_to_save()
    assert ["other" in text for text, _target in desk.remarks] == [True]
    assert [target for _text, target in desk.remarks] == [f"id_{BODY}-text"]
