"""A preview of what is hostile or malformed: text stays text, and nothing raises."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils.safestring import mark_safe

from joinchat_django.preview import render_message

from .pages import LINK, MESSAGES, page

MARKUP = "</p><script>alert(1)</script>\"'&<img src=x onerror=alert(1)>"


def everywhere(value: Any, text: str) -> Any:
    """The message with a text in the place of each string, the types excepted."""
    if isinstance(value, dict):
        keep = ("type", "template_type", "top_element_style")
        return {key: v if key in keep else everywhere(v, text) for key, v in value.items()}
    if isinstance(value, list):
        return [everywhere(item, text) for item in value]
    return text if isinstance(value, str) else value


@pytest.mark.parametrize("kind", MESSAGES)
@pytest.mark.parametrize("trusted", [False, True])
def test_markup_in_any_value_stays_text(kind: str, trusted: bool) -> None:
    text = mark_safe(MARKUP) if trusted else MARKUP
    found = page(everywhere(MESSAGES[kind], text))
    tags = {tag for tag, _ in found.elements}
    assert not tags & {"script", "img", "a"}
    assert "<script>alert(1)</script>" in found.text


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        " javascript:alert(1)",
        "java\nscript:alert(1)",
        "\x01javascript:alert(1)",
        "data:text/html,<script>alert(1)</script>",
        "vbscript:x",
        "file:///etc/passwd",
        "//shop.example/",
        "/relative",
        "https:",
        "https:///path",
        "http:shop.example",
        "https://[::1",
        "https://shop.example/a b",
        "ftp://shop.example/",
    ],
)
def test_an_address_that_is_not_http_is_text_and_no_link(url: str) -> None:
    for message in MESSAGES.values():
        found = page(everywhere(message, url))
        assert not found.all("a")
        assert not found.all("img")
    shown = page({"template_type": "generic", "elements": [{"image_url": url}]})
    assert url.strip() in shown.text


@pytest.mark.parametrize("url", ["http://shop.example", "HTTPS://SHOP.example:8/?q=%20&a=<b>#x"])
def test_an_http_address_is_a_link(url: str) -> None:
    button = {**LINK, "url": url}
    found = page({"template_type": "button", "text": "x", "buttons": [button]})
    assert found.values("a", "href") == [url]


def hostile_values() -> list[Any]:
    circle: dict[str, Any] = {}
    circle["circle"] = circle
    deep: list[Any] = []
    for _ in range(5000):
        deep = [deep]
    return [
        None,
        True,
        10**5000,
        float("inf"),
        "\0\ud800",
        b"bytes",
        [],
        [None, 1, "x", [], {}],
        {},
        {"": None, 1: 2},
        object(),
        {object(): 1},
        circle,
        deep,
    ]


@pytest.mark.parametrize("kind", MESSAGES)
def test_a_malformed_message_is_shown_as_far_as_it_goes(kind: str) -> None:
    def places(value: Any) -> Any:
        items = list(value.items() if isinstance(value, dict) else enumerate(value))
        for key, item in items:
            yield value, key, item
            if isinstance(item, (dict, list)):
                yield from places(item)

    for hostile in hostile_values():
        for holder, key, item in places(MESSAGES[kind]):
            holder[key] = hostile
            try:
                render_message(MESSAGES[kind]).encode()
            finally:
                holder[key] = item
    for holder, key, item in places(MESSAGES[kind]):
        del holder[key]
        try:
            page(MESSAGES[kind])
        finally:
            if isinstance(holder, list):
                holder.insert(key, item)
            else:
                holder[key] = item


@pytest.mark.parametrize("index", range(len(hostile_values())))
def test_what_is_no_message_at_all_is_shown_as_json(index: int) -> None:
    assert 'class="jc-json"' in render_message(hostile_values()[index])
