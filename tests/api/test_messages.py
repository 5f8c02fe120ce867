"""The five types of message: their JSON object, forms of their own, problems and immutability."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from joinchat_django.api import (
    Address,
    ButtonTemplate,
    InvalidMessage,
    ListElement,
    ListTemplate,
    Message,
    ReceiptElement,
    Text,
    message_from_dict,
)
from tests.sandbox.page_examples import PAGE_EXAMPLES

from .examples import ADDRESS, FULL, FULL_JSON, LINK
from .fields import OBJECT, Field, changed, codes_of, fields, problems_of

each = pytest.mark.parametrize


def menu(**more: Any) -> dict[str, Any]:
    """A menu of one button."""
    postback = {"type": "postback", "title": "Go", **more}
    return {"template_type": "button", "text": "Hello", "buttons": [postback]}


def rows(*elements: dict[str, Any]) -> dict[str, Any]:
    """A list of these elements."""
    return {"template_type": "list", "elements": list(elements)}


@each("kind", FULL)
def test_a_message_with_every_field_is_the_json_object_of_the_contract(kind: str) -> None:
    assert FULL[kind].to_dict() == FULL_JSON[kind]
    assert next(iter(FULL[kind].to_dict())) == "template_type"
    assert message_from_dict(FULL_JSON[kind]) == FULL[kind]


@each("example", PAGE_EXAMPLES)
def test_the_pages_own_examples_are_taken_and_go_out_the_same(example: str) -> None:
    data = PAGE_EXAMPLES[example]["message"]
    message = message_from_dict(data)
    assert message_from_dict(message.to_dict()) == message
    written = message.to_dict()
    for button in written.get("buttons", []):
        if button.get("payload") == '{"block_id":"123","flow_id":"12"}':
            button["payload"] = {"block_id": "123", "flow_id": "12"}
    assert written == data


@each("given", [{"subtitle": "x"}, {"image_url": "x"}, {"subtitle": "x", "image_url": ""}])
def test_a_list_element_with_a_subtitle_or_an_image_will_do(given: dict[str, Any]) -> None:
    assert ListElement(title="x", **given).to_dict() == {"title": "x", **given}


@each("given", [{}, {"subtitle": ""}, {"subtitle": "", "image_url": ""}])
def test_a_list_element_with_neither_subtitle_nor_image_is_refused(given: dict[str, Any]) -> None:
    with pytest.raises(InvalidMessage, match="at least one of subtitle, image_url"):
        ListElement(title="x", **given)
    row = {"title": "x", **given}
    data = {"template_type": "list", "elements": [{"title": "x", "subtitle": "x"}, row]}
    assert "at least one of" in problems_of(data)["elements[1]"]


@each("country", ["CN", "us"])
def test_a_country_is_two_letters(country: str) -> None:
    assert dataclasses.replace(ADDRESS, country=country).country == country


@each("country", ["", "C", "CHN", "C1", "ÜS", "C ", "CN\n"])
def test_a_country_is_nothing_else(country: str) -> None:
    with pytest.raises(InvalidMessage, match="country: must "):
        dataclasses.replace(ADDRESS, country=country)


def test_a_price_of_nothing_is_a_price() -> None:
    assert ReceiptElement(title="Gift", price=0).to_dict() == {"title": "Gift", "price": 0}


def test_all_problems_are_named_at_once_by_their_paths() -> None:
    link = {"type": "web_url", "title": "x" * 21, "messenger_extensions": 1}
    data = {
        "template_type": "generic",
        "image_aspect_ratio": "round",
        "elements": [
            {"title": "fine"},
            {"subtitle": "x" * 81},
            {"title": "", "buttons": [link, {"type": "postback", "titel": "Go"}, {"type": "fax"}]},
            5,
        ],
        "shareable": True,
    }
    assert list(problems_of(data)) == [
        "elements[1].title",
        "elements[1].subtitle",
        "elements[2].buttons[0].title",
        "elements[2].buttons[0].url",
        "elements[2].buttons[0].messenger_extensions",
        "elements[2].buttons[1].titel",
        "elements[2].buttons[1].title",
        "elements[2].buttons[1].payload",
        "elements[2].buttons[2].type",
        "elements[2].title",
        "elements[3]",
        "shareable",
        "image_aspect_ratio",
    ]


@each(
    ("field", "value", "code"),
    [
        ("elements[0].quantity", "two", "not_a_number"),
        ("elements[0].price", True, "not_a_number"),
        ("elements[0].price", float("inf"), "invalid"),
        ("elements[0].title", "", "blank"),
        ("timestamp", "", "blank"),
        ("order_url", 5, "invalid"),
        ("order_url", None, "invalid"),
        ("summary.total_cost", "all", "not_a_number"),
    ],
)
def test_a_problem_has_a_code_for_programs(field: str, value: object, code: str) -> None:
    assert codes_of(changed(Field("receipt", field, ""), value)) == [(field, code)]


@each(
    ("data", "codes"),
    [
        ({}, {"template_type": "required"}),
        ({"template_type": "text"}, {"text": "required"}),
        ({"template_type": "text", "text": "x" * 641}, {"text": "invalid"}),
        (rows({"title": "A"}), {"elements": "too_few", "elements[0]": "required"}),
        (rows(*[{"title": "A", "subtitle": "B"}] * 5), {"elements": "too_many"}),
        (menu(), {"buttons[0].payload": "required"}),
        (menu(payload={}), {"buttons[0].payload": "required"}),
        (menu(payload={"block": 1}), {"buttons[0].payload.block": "invalid"}),
        (
            rows({"title": "A", "subtitle": "B", "default_action": {}}, {"title": "C"}),
            {
                "elements[0].default_action.type": "required",
                "elements[0].default_action.url": "required",
                "elements[1]": "required",
            },
        ),
    ],
)
def test_codes_tell_what_is_missing_from_what_is_wrong(
    data: dict[str, Any], codes: dict[str, str]
) -> None:
    assert dict(codes_of(data)) == codes


def test_a_constructor_names_all_problems_at_once_too() -> None:
    with pytest.raises(InvalidMessage) as refused:
        ButtonTemplate("", buttons=[LINK] * 4, sharable="yes")  # type: ignore[arg-type]
    assert [problem.path for problem in refused.value.problems] == ["text", "buttons", "sharable"]
    assert isinstance(refused.value, ValueError)


def test_an_unknown_field_is_named_with_the_one_that_may_be_meant() -> None:
    unknown = problems_of({"template_type": "text", "text": "x", "txt": "y"})
    assert unknown == {"txt": "txt: is not a field of Text (did you mean 'text'?)"}
    assert list(problems_of({"template_type": "text", "text": "x", "a\ud800\n": 1})) == [
        r"'a\ud800\n'"
    ]


@each("data", [None, 5, "text", [], [FULL_JSON["text"]], b"{}", {5: 6}, {}])
def test_what_is_no_message_is_an_invalid_message(data: object) -> None:
    assert problems_of(data)


def test_a_message_names_one_of_the_five_types() -> None:
    wrong: list[object] = ["txt", "TEXT", "", None, 5, 10**5000, ["text"], {}]
    for kind in wrong:
        problem = problems_of({"template_type": kind, "text": "x"})["template_type"]
        assert "must be one of text, button, generic, list, receipt" in problem


def test_a_default_action_is_a_web_url_without_a_title() -> None:
    field = next(f for f in fields(OBJECT) if f.name == "default_action")
    action = FULL_JSON["generic"]["elements"][0]["default_action"]
    assert f"{field.path}.title" in problems_of(changed(field, {**action, "title": "x"}))
    assert (
        "'postback'"
        in problems_of(changed(field, {**action, "type": "postback"}))[f"{field.path}.type"]
    )
    untyped = {key: value for key, value in action.items() if key != "type"}
    assert problems_of(changed(field, untyped)) == {
        f"{field.path}.type": f"{field.path}.type: is required"
    }


def test_text_and_menu_take_their_text_first_and_nothing_else_by_position() -> None:
    assert Text("Hello") == Text(text="Hello")
    with pytest.raises(TypeError):
        ButtonTemplate("Hello", [LINK])  # type: ignore[call-arg]
    with pytest.raises(TypeError):
        Address("Street")  # type: ignore[call-arg]


def test_the_base_of_the_messages_is_no_message() -> None:
    with pytest.raises(TypeError, match="one of the five types"):
        Message()


@each("kind", FULL)
def test_a_message_cannot_be_changed_and_can_be_a_key(kind: str) -> None:
    message = FULL[kind]
    for item in dataclasses.fields(message):
        with pytest.raises(dataclasses.FrozenInstanceError):
            setattr(message, item.name, None)
    assert {message: 1}[message_from_dict(message.to_dict())] == 1


def test_lists_are_copied_when_they_come_in_and_when_they_go_out() -> None:
    rows = [ListElement(title="a", subtitle="x"), ListElement(title="b", subtitle="x")]
    message = ListTemplate(elements=rows)
    rows.clear()
    message.to_dict()["elements"].clear()
    message.to_dict()["elements"][0]["title"] = "changed"
    assert [row["title"] for row in message.to_dict()["elements"]] == ["a", "b"]
    assert message == ListTemplate(elements=message.elements)
