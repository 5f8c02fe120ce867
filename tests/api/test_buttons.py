"""Payloads of postback buttons, in the forms in which they may come and the one that goes out."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

import pytest

from joinchat_django.api import (
    ButtonTemplate,
    DefaultAction,
    InvalidMessage,
    PostbackButton,
    WebURLButton,
    message_from_dict,
)

from .fields import problems_of

each = pytest.mark.parametrize


def menu(payload: object) -> dict[str, Any]:
    """The JSON of a menu with one postback button."""
    button = {"type": "postback", "title": "Go", "payload": payload}
    return {"template_type": "button", "text": "Well?", "buttons": [button]}


def button_of(payload: object) -> Any:
    message = message_from_dict(menu(payload))
    assert isinstance(message, ButtonTemplate)
    return message.buttons[0]


@each(
    ("references", "payload"),
    [
        ({"block_id": 1}, '{"block_id":1}'),
        ({"block_id": "1"}, '{"block_id":"1"}'),
        ({"flow_id": 12}, '{"flow_id":12}'),
        ({"flow_id": "12"}, '{"flow_id":"12"}'),
        ({"block_id": "123", "flow_id": 12}, '{"block_id":"123","flow_id":12}'),
        ({"block_id": 0}, '{"block_id":0}'),
        ({"block_id": '块"\\'}, '{"block_id":"块\\"\\\\"}'),
        ({"block_id": 10**300 - 1}, '{"block_id":' + "9" * 300 + "}"),
    ],
)
def test_references_go_out_as_a_string_of_json_that_keeps_their_type(
    references: dict[str, Any], payload: str
) -> None:
    button = PostbackButton(title="Go", **references)
    assert button.to_dict() == {"type": "postback", "title": "Go", "payload": payload}
    assert json.loads(payload) == references
    for form in (payload, references):
        read = button_of(form)
        assert read == button
        assert {"block_id": read.block_id, "flow_id": read.flow_id} == {
            "block_id": None,
            "flow_id": None,
            **references,
        }


@each(
    "payload",
    [
        "DEVELOPER_DEFINED_PAYLOAD",
        "{",
        "[1]",
        "5",
        '{"block_id": 1}',
        '{"block_id":1.5}',
        '{"block_id":true}',
        '{"block_id":null}',
        '{"block_id":""}',
        '{"block_id":NaN}',
        '{"block_id":1,"other":2}',
        '{"block_id":1,"block_id":2}',
        '{"block_id":"\\u4f60"}',
        '{"block_id":' + "9" * 5000 + "}",
        '{"block_id":' + "[" * 5000 + "]" * 5000 + "}",
        "{}",
        " ",
    ],
    ids=lambda payload: payload[:30],
)
def test_a_payload_given_as_text_goes_out_as_it_is(payload: str) -> None:
    button = PostbackButton(title="Go", payload=payload)
    assert button.to_dict()["payload"] == payload
    assert button_of(payload) == button
    assert button.block_id is None
    assert button.flow_id is None


def test_the_order_of_the_references_does_not_matter() -> None:
    backwards = '{"flow_id":12,"block_id":123}'
    assert button_of(backwards).to_dict()["payload"] == backwards
    assert button_of(json.loads(backwards)) == PostbackButton(title="Go", block_id=123, flow_id=12)


@each(
    ("payload", "path"),
    [
        ({}, "payload"),
        ({"block": 1}, "payload.block"),
        ({"block_id": 1, "text": "x"}, "payload.text"),
        ({"a\ud800\n": 1}, r"payload.'a\ud800\n'"),
        ({"block_id": None}, "payload.block_id"),
        ({"block_id": ""}, "payload.block_id"),
        ({"block_id": "a\0"}, "payload.block_id"),
        ({"block_id": "\udc00"}, "payload.block_id"),
        ({"block_id": True}, "payload.block_id"),
        ({"block_id": 1.0}, "payload.block_id"),
        ({"block_id": ["1"]}, "payload.block_id"),
        ({"block_id": 1, "flow_id": {}}, "payload.flow_id"),
    ],
)
def test_the_object_form_holds_references_only(payload: object, path: str) -> None:
    found = problems_of(menu(payload))
    assert list(found) == [f"buttons[0].{path}"]
    assert found[f"buttons[0].{path}"].encode()


def test_a_payload_has_one_meaning() -> None:
    with pytest.raises(InvalidMessage, match="payload: must be left out"):
        PostbackButton(title="Go", payload="GO", block_id=1)
    with pytest.raises(InvalidMessage, match="payload: must be left out"):
        PostbackButton(title="Go", payload='{"block_id":"1"}', block_id=1)
    same = PostbackButton(title="Go", payload='{"block_id":1}', block_id=1)
    assert same == PostbackButton(title="Go", block_id=1)
    assert dataclasses.replace(same, title="Start").block_id == 1


def test_a_postback_without_payload_or_reference_is_refused() -> None:
    with pytest.raises(InvalidMessage, match=r"payload: is required \(or block_id, flow_id\)"):
        PostbackButton(title="Go")


def test_a_reference_is_text_or_a_whole_number_that_can_be_written() -> None:
    wrong: list[Any] = ["", "\0", 1.5, True, [], 10**300, -(10**5000)]
    for value in wrong:
        with pytest.raises(InvalidMessage, match="block_id: must "):
            PostbackButton(title="Go", block_id=value)


def test_references_are_no_fields_of_the_json_object() -> None:
    data = menu("GO")
    data["buttons"][0]["block_id"] = 1
    assert list(problems_of(data)) == ["buttons[0].block_id"]


@each("ratio", ["compact", "tall", "full"])
@each("extensions", [True, False])
def test_web_url_buttons_and_default_actions_take_the_same_options(
    ratio: str, extensions: bool
) -> None:
    button = WebURLButton(
        title="x" * 20, url="x", webview_height_ratio=ratio, messenger_extensions=extensions
    )
    action = DefaultAction(url="x", webview_height_ratio=ratio, messenger_extensions=extensions)
    assert button.to_dict() == {**action.to_dict(), "title": "x" * 20}
    assert DefaultAction.from_dict(action.to_dict()) == action


def test_a_default_action_has_no_title() -> None:
    with pytest.raises(TypeError):
        DefaultAction(url="x", title="x")  # type: ignore[call-arg]


def test_a_button_names_its_type() -> None:
    for kind in ("postbak", "", None, 5):
        data = menu("GO")
        data["buttons"][0]["type"] = kind
        problem = problems_of(data)["buttons[0].type"]
        assert "must be one of web_url, postback" in problem
    del data["buttons"][0]["type"]
    assert "is required" in problems_of(data)["buttons[0].type"]
