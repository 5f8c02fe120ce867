"""Which fields a request needs, which it may go without, and what each may hold."""

from __future__ import annotations

import pytest

from .examples import full_request
from .grammar import SAMPLES
from .payloads import GONE, KINDS, Path, changed, path_of, places, reasons, spelled

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


@pytest.mark.parametrize(
    ("kind", "path"), [(kind, path) for kind, paths in REQUIRED.items() for path in paths]
)
def test_a_required_field_is_required_and_not_empty(kind: str, path: str) -> None:
    place = path_of(path)
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
    assert reasons(changed(full_request(kind), path_of(path), GONE)) == []


@pytest.mark.parametrize("key", ["tag", "delay"])
def test_a_request_may_go_without_tag_and_delay(key: str) -> None:
    assert reasons(changed(full_request("text"), (key,), GONE)) == []


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
