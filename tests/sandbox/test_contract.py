"""The sandbox's own reading of the contract: what it accepts, and why it refuses the rest."""

from __future__ import annotations

import json

import pytest

from joinchat_django.sandbox.contract import MAX_REASONS, TAGS, NotAnObject, read_body

from .examples import FULL, PAGE_ID, full_request, request
from .payloads import GONE, KINDS, LINK, Path, changed, reasons, spelled


@pytest.mark.parametrize("kind", KINDS)
def test_a_message_with_every_field_is_accepted(kind: str) -> None:
    assert reasons(full_request(kind)) == []


@pytest.mark.parametrize("delay", [0, 10])
def test_a_delay_of_up_to_ten_seconds_is_accepted(delay: int) -> None:
    assert reasons(request(FULL["text"], delay=delay)) == []


@pytest.mark.parametrize("delay", [-1, 11, 1.0, "1", True, None])
def test_any_other_delay_is_refused(delay: object) -> None:
    assert len(reasons(request(FULL["text"], delay=delay))) == 1


def test_the_seventeen_tags_and_those_of_the_settings_are_accepted() -> None:
    assert len(set(TAGS)) == 17
    for tag in TAGS:
        assert reasons(request(FULL["text"], tag=tag)) == []
    assert reasons(request(FULL["text"], tag="HUMAN_AGENT"))
    assert reasons(request(FULL["text"], tag="HUMAN_AGENT"), extra_tags=["HUMAN_AGENT"]) == []
    assert reasons(request(FULL["text"], tag="account_update"))


@pytest.mark.parametrize("key", ["id", "phone", "email", "uuid"])
def test_each_recipient_key_is_accepted_alone(key: str) -> None:
    assert reasons(request(FULL["text"], recipient={key: "1"})) == []
    assert reasons(request(FULL["text"], recipient={key: ""})) == [
        f"recipient.{key}: must not be empty"
    ]
    assert reasons(request(FULL["text"], recipient={key: 1}))


@pytest.mark.parametrize("recipient", [{}, {"uuid": "1", "id": "1"}, {"psid": "1"}])
def test_a_recipient_is_named_by_exactly_one_key(recipient: dict[str, str]) -> None:
    found = reasons(request(FULL["text"], recipient=recipient))
    assert "recipient: must have exactly one of id, phone, email or uuid" in found[-1]


def test_another_page_is_refused() -> None:
    assert reasons(request(FULL["text"], page_id=PAGE_ID + 1)) == [
        "page_id: not the page of this bot; compare PAGE_ID in the JOINCHAT setting"
    ]


@pytest.mark.parametrize(
    ("kind", "path", "value"),
    [
        ("text", ("message", "template_type"), "media"),
        ("text", ("message", "sharable"), True),
        ("text", ("message", "buttons"), [LINK]),
        ("button", ("message", "buttons", 0, "type"), "phone_number"),
        ("button", ("message", "buttons", 0, "webview_height_ratio"), "huge"),
        ("button", ("message", "buttons", 0, "payload"), "x"),
        ("button", ("message", "buttons", 1, "url"), "https://shop.example/"),
        ("button", ("message", "buttons", 1, "payload"), {}),
        ("button", ("message", "buttons", 1, "payload"), {"block_id": ""}),
        ("button", ("message", "buttons", 1, "payload"), {"block_id": True}),
        ("button", ("message", "buttons", 1, "payload"), {"block_id": 1.5}),
        ("button", ("message", "buttons", 1, "payload"), {"block_id": 1, "other": 1}),
        ("generic", ("message", "image_aspect_ratio"), "round"),
        ("generic", ("message", "elements", 0, "default_action", "title"), "Open"),
        ("generic", ("message", "elements", 0, "default_action", "type"), "postback"),
        ("list", ("message", "top_element_style"), "huge"),
        ("list", ("message", "image_aspect_ratio"), "square"),
        ("receipt", ("message", "timestamp"), "2026-01-01"),
        ("receipt", ("message", "timestamp"), ""),
        ("receipt", ("message", "timestamp"), "١٢٣"),
        ("receipt", ("message", "timestamp"), "1\n"),
        ("receipt", ("message", "address", "country"), "USA"),
        ("receipt", ("message", "address", "country"), "U"),
        ("receipt", ("message", "address", "country"), "ÜS"),
        ("receipt", ("message", "summary", "total_cost"), "56.14"),
        ("receipt", ("message", "summary", "total_cost"), float("nan")),
        ("receipt", ("message", "summary", "total_cost"), float("inf")),
    ],
)
def test_what_the_contract_does_not_allow_is_refused_by_its_path(
    kind: str, path: Path, value: object
) -> None:
    found = reasons(changed(full_request(kind), path, value))
    assert found
    assert found[0].startswith(spelled(path))


@pytest.mark.parametrize(
    "payload", ["GO", '{"block_id":1}', {"block_id": "1"}, {"flow_id": 12}, {"block_id": 0}]
)
def test_a_postbacks_payload_is_a_string_or_names_a_block_or_flow(payload: object) -> None:
    path = ("message", "buttons", 1, "payload")
    assert reasons(changed(full_request("button"), path, payload)) == []


def test_a_list_element_needs_a_subtitle_or_a_picture() -> None:
    payload = full_request("list")
    at = ("message", "elements", 1)
    without_subtitle = changed(payload, (*at, "subtitle"), GONE)
    assert reasons(without_subtitle) == []
    assert reasons(changed(payload, (*at, "image_url"), GONE)) == []
    for nothing in (GONE, ""):
        assert reasons(changed(without_subtitle, (*at, "image_url"), nothing)) == [
            "message.elements[1]: must have at least one of subtitle or image_url"
        ]


def test_an_item_may_cost_nothing() -> None:
    path = ("message", "elements", 0, "price")
    assert reasons(changed(full_request("receipt"), path, 0)) == []


def test_all_faults_are_named_at_once_and_counted_when_they_are_many() -> None:
    payload = request({"template_type": "button", "text": "", "buttons": [{}, 1]}, delay=11)
    assert reasons(payload) == [
        "message.text: must not be empty",
        "message.buttons[0].type: required; must be web_url or postback",
        "message.buttons[1]: must be an object, found an integer",
        "delay: at most 10, found 11",
    ]
    many = reasons(changed(payload, ("message", "buttons"), [1] * 1000))
    assert len(many) == MAX_REASONS + 1
    assert many[-1] == "and 903 more"


@pytest.mark.parametrize("payload", [None, [], "x", 1])
def test_a_request_that_is_no_object_is_refused(payload: object) -> None:
    assert reasons(payload)[0].startswith("the body: must be an object")


def test_a_hostile_key_is_quoted_in_ascii() -> None:
    found = reasons({**full_request("text"), "\ud800<b>\0": 1})
    assert found[0].startswith('["\\ud800<b>\\u0000"]: unknown field')


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "not JSON"),
        (b"{", "not JSON"),
        (b"[]", "must be one JSON object"),
        (b'"text"', "must be one JSON object"),
        (b'{"a": 1} {"b": 2}', "not JSON"),
        (b'{"a": 1, "b": {"c": 1, "c": 1}}', 'the key "c" stands twice'),
        (b'{"a": NaN}', "NaN is no JSON number"),
        (b'{"a": -Infinity}', "-Infinity is no JSON number"),
        (b'{"a": "\xff"}', "not UTF-8"),
        (b'\xef\xbb\xbf{"a": 1}', "not JSON"),
        (json.dumps({"a": "é"}).encode("utf-16"), "not UTF-8"),
        (b'{"a": "' + b"\x01" + b'"}', "not JSON"),
        (b'{"a": ' + b"9" * 5000 + b"}", "not JSON"),
        (b'{"a":' * 200_000, "nested too deeply"),
    ],
)
def test_a_body_that_is_not_one_json_object_is_refused(body: bytes, reason: str) -> None:
    with pytest.raises(NotAnObject, match=reason):
        read_body(body)
