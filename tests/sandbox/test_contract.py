from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from typing import Any

import pytest

from joinchat_django.sandbox import check_request
from joinchat_django.sandbox.contract import MAX_REASONS, TAGS, NotAnObject, read_body

from .examples import FULL, PAGE_EXAMPLES, PAGE_ID, full_request, request

Path = tuple[Any, ...]
KINDS = list(FULL)
GONE = object()


def reasons(payload: object, **options: Any) -> list[str]:
    return check_request(payload, page_id=PAGE_ID, **options)


def changed(payload: Any, path: Path, value: object) -> Any:
    """A copy of the payload with one place set to a value, or taken out."""
    payload = copy.deepcopy(payload)
    *way, last = path
    place = payload
    for step in way:
        place = place[step]
    if value is GONE:
        del place[last]
    else:
        place[last] = value
    return payload


def places(value: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Every place in a payload, the payload itself excepted."""
    items = value.items() if isinstance(value, dict) else enumerate(value)
    for key, item in items:
        yield (*path, key), item
        if isinstance(item, (dict, list)):
            yield from places(item, (*path, key))


def spelled(path: Path) -> str:
    text = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)
    return text.removeprefix(".")


@pytest.mark.parametrize("name", PAGE_EXAMPLES)
def test_the_contract_pages_own_examples_are_accepted(name: str) -> None:
    assert reasons(PAGE_EXAMPLES[name]) == []


@pytest.mark.parametrize("kind", KINDS)
def test_a_message_with_every_field_is_accepted(kind: str) -> None:
    assert reasons(full_request(kind)) == []


LINK, ELEMENT, ROW, LINE, ADJUSTMENT = (
    FULL["button"]["buttons"][0],
    FULL["generic"]["elements"][0],
    FULL["list"]["elements"][0],
    FULL["receipt"]["elements"][0],
    FULL["receipt"]["adjustments"][0],
)
TEXT_LIMITS = [
    ("text", ("message", "text"), 640),
    ("button", ("message", "text"), 640),
    ("button", ("message", "buttons", 0, "title"), 20),
    ("button", ("message", "buttons", 1, "title"), 20),
    ("generic", ("message", "elements", 0, "title"), 80),
    ("generic", ("message", "elements", 0, "subtitle"), 80),
    ("generic", ("message", "elements", 0, "buttons", 0, "title"), 20),
    ("list", ("message", "elements", 1, "title"), 80),
    ("list", ("message", "elements", 1, "subtitle"), 80),
    ("list", ("message", "elements", 0, "buttons", 0, "title"), 20),
    ("list", ("message", "buttons", 0, "title"), 20),
]


@pytest.mark.parametrize(("kind", "path", "most"), TEXT_LIMITS)
@pytest.mark.parametrize("character", ["x", "字", "😀"])
def test_a_text_is_counted_in_code_points(kind: str, path: Path, most: int, character: str) -> None:
    payload = full_request(kind)
    for count in (1, most):
        assert reasons(changed(payload, path, character * count)) == []
    assert reasons(changed(payload, path, character * (most + 1))) == [
        f"{spelled(path)}: at most {most} characters, found {most + 1}"
    ]


LIST_LIMITS = [
    ("button", ("message", "buttons"), LINK, 1, 3),
    ("generic", ("message", "elements"), ELEMENT, 1, 10),
    ("generic", ("message", "elements", 0, "buttons"), LINK, 0, 3),
    ("list", ("message", "elements"), ROW, 2, 4),
    ("list", ("message", "elements", 0, "buttons"), LINK, 0, 1),
    ("list", ("message", "buttons"), LINK, 0, 1),
    ("receipt", ("message", "elements"), LINE, 0, 100),
]


@pytest.mark.parametrize(("kind", "path", "item", "least", "most"), LIST_LIMITS)
def test_a_list_has_as_many_items_as_the_contract_allows(
    kind: str, path: Path, item: object, least: int, most: int
) -> None:
    payload = full_request(kind)
    for count in (least, most):
        assert reasons(changed(payload, path, [item] * count)) == []
    assert reasons(changed(payload, path, [item] * (most + 1))) == [
        f"{spelled(path)}: at most {most}, found {most + 1}"
    ]
    if least:
        assert reasons(changed(payload, path, [item] * (least - 1))) == [
            f"{spelled(path)}: at least {least}, found {least - 1}"
        ]


def test_adjustments_have_no_limit_since_the_contract_names_none() -> None:
    payload = changed(full_request("receipt"), ("message", "adjustments"), [ADJUSTMENT] * 500)
    assert reasons(payload) == []


REQUIRED = {
    "text": ["text"],
    "button": ["text", "buttons", "buttons.0.type", "buttons.0.title", "buttons.0.url"]
    + ["buttons.1.title", "buttons.1.payload"],
    "generic": ["elements", "elements.0.title", "elements.0.buttons.0.url"]
    + ["elements.0.default_action.type", "elements.0.default_action.url"],
    "list": ["elements", "elements.0.title", "elements.0.default_action.url", "buttons.0.title"],
    "receipt": ["recipient_name", "order_number", "currency", "payment_method", "summary"]
    + ["summary.total_cost", "elements.0.title", "elements.0.price"]
    + [f"address.{key}" for key in ("street_1", "city", "postal_code", "state", "country")]
    + ["adjustments.0.name", "adjustments.0.amount"],
}


def dotted(path: str) -> Path:
    return ("message", *(int(step) if step.isdigit() else step for step in path.split(".")))


@pytest.mark.parametrize(
    ("kind", "path"), [(kind, path) for kind, paths in REQUIRED.items() for path in paths]
)
def test_a_required_field_is_required_and_not_empty(kind: str, path: str) -> None:
    place = dotted(path)
    missing = reasons(changed(full_request(kind), place, GONE))
    assert len(missing) == 1
    assert missing[0].startswith(f"{spelled(place)}: required")
    if isinstance(dict(places(full_request(kind)))[place], str):
        assert reasons(changed(full_request(kind), place, ""))


@pytest.mark.parametrize("key", ["page_id", "recipient", "message"])
def test_a_request_needs_page_recipient_and_message(key: str) -> None:
    assert reasons(changed(full_request("text"), (key,), GONE)) == [f"{key}: required"]


LINK_OPTIONS = ("webview_height_ratio", "messenger_extensions", "fallback_url")
OPTIONAL = {
    "button": ["sharable", *(f"buttons.0.{key}" for key in LINK_OPTIONS)],
    "generic": ["image_aspect_ratio", "sharable"]
    + [f"elements.0.{key}" for key in ("subtitle", "image_url", "default_action", "buttons")]
    + [f"elements.0.default_action.{key}" for key in LINK_OPTIONS],
    "list": ["top_element_style", "buttons", "sharable"]
    + [f"elements.0.{key}" for key in ("subtitle", "image_url", "default_action", "buttons")]
    + [f"elements.0.default_action.{key}" for key in LINK_OPTIONS],
    "receipt": ["order_url", "merchant_name", "timestamp", "elements", "address", "adjustments"]
    + ["sharable", "summary.subtotal", "summary.shipping_cost", "summary.total_tax"]
    + [f"elements.0.{key}" for key in ("subtitle", "quantity", "currency", "image_url")]
    + ["address.street_2"],
}


@pytest.mark.parametrize(
    ("kind", "path"), [(kind, path) for kind, paths in OPTIONAL.items() for path in paths]
)
def test_an_optional_field_may_be_left_out(kind: str, path: str) -> None:
    assert reasons(changed(full_request(kind), dotted(path), GONE)) == []


@pytest.mark.parametrize("key", ["tag", "delay"])
def test_a_request_may_go_without_tag_and_delay(key: str) -> None:
    assert reasons(changed(full_request("text"), (key,), GONE)) == []


# One value of each kind that JSON has.
SAMPLES = {
    "null": None,
    "boolean": True,
    "integer": 1,
    "number": 1.5,
    "string": "x",
    "list": [],
    "object": {},
}
AMOUNTS = ("total_cost", "subtotal", "shipping_cost", "total_tax", "price", "quantity", "amount")


def allowed_kinds(path: Path, value: object) -> set[str]:
    key = path[-1]
    if key in AMOUNTS:
        return {"integer", "number"}
    if key in ("block_id", "flow_id"):
        return {"string", "integer"}
    if key == "payload":
        return {"string", "object"}
    return {
        name
        for name, sample in SAMPLES.items()
        if isinstance(value, type(sample)) and isinstance(value, bool) == (name == "boolean")
    }


@pytest.mark.parametrize("kind", KINDS)
def test_no_place_takes_a_value_of_another_kind(kind: str) -> None:
    payload = full_request(kind)
    for path, value in places(payload):
        for name, sample in SAMPLES.items():
            if name not in allowed_kinds(path, value):
                found = reasons(changed(payload, path, sample))
                assert found, f"{spelled(path)} took {name}"
                assert found[0].startswith(spelled(path)), found


@pytest.mark.parametrize("kind", KINDS)
def test_no_object_takes_an_unknown_field(kind: str) -> None:
    payload = full_request(kind)
    objects = [(), *(path for path, value in places(payload) if isinstance(value, dict))]
    for path in objects:
        found = reasons(changed(payload, (*path, "surplus"), "x"))
        assert len(found) == 1
        assert found[0].startswith(f"{spelled((*path, 'surplus'))}: unknown field")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("text", ["a\0b", "a\ud800b", "\udfff"], ids=["NUL", "high", "low"])
def test_no_text_holds_nul_or_half_a_surrogate_pair(kind: str, text: str) -> None:
    payload = full_request(kind)
    for path, value in places(payload):
        if isinstance(value, str):
            assert reasons(changed(payload, path, text)), spelled(path)


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
