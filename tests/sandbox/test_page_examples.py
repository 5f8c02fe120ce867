"""Every example of JoinChat's own page is accepted, over HTTP, as it stands there."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re

import pytest
import requests

from joinchat_django.sandbox import SandboxServer

from .examples import PAGE_ID, SECRET
from .page_examples import PAGE_EXAMPLES, PAGE_TEXTS, SIGNED, quoted

SECRET_OF_THE_PAGE = "xxxxx"


def signature_as_the_page_makes_it(text: str, secret: str) -> str:
    """``base64_encode(hash_hmac('sha256', $params, API_SECRET, true))``, without our own code."""
    digest = hmac.new(secret.encode(), text.encode(), hashlib.sha256).digest()
    return base64.b64encode(digest).decode()


@pytest.mark.parametrize("name", PAGE_TEXTS)
def test_an_example_of_the_page_is_accepted_byte_by_byte(name: str, sandbox: SandboxServer) -> None:
    text = PAGE_TEXTS[name]
    answer = requests.post(
        sandbox.api_url,
        data=text.encode(),
        headers={"x_joinchat_signature": signature_as_the_page_makes_it(text, SECRET)},
        timeout=30,
    )
    assert (answer.status_code, answer.json()["success"]) == (200, True)
    assert answer.json()["message_id"]
    [entry] = sandbox.inbox.accepted()
    assert entry.payload == PAGE_EXAMPLES[name]
    assert entry.body == text.encode()


def test_the_page_s_own_page_id_secret_and_signature_are_accepted() -> None:
    headers = {"x_joinchat_signature": signature_as_the_page_makes_it(SIGNED, SECRET_OF_THE_PAGE)}
    with SandboxServer(page_id=12345, api_secret=SECRET_OF_THE_PAGE) as sandbox:
        answer = requests.post(sandbox.api_url, data=SIGNED.encode(), headers=headers, timeout=30)
        assert answer.json()["success"] is True


def test_nothing_but_the_slips_of_the_page_was_mended() -> None:
    """What was added or taken out, in brackets, commas and dots alone."""
    for name, fragment in (("a text", "text"), ("a carousel", "carousel"), ("a list", "list")):
        words = re.findall(r'"[^"]*"|\w+', quoted(fragment))
        assert re.findall(r'"[^"]*"|\w+', PAGE_TEXTS[name]) == words
    menu = PAGE_EXAMPLES["a menu with the buttons that the page explains"]["message"]["buttons"]
    assert [button["type"] for button in menu] == ["web_url", "web_url", "postback"]
    assert menu[2] == json.loads(quoted("postback_button"))


def test_the_examples_show_every_type_that_the_page_explains() -> None:
    kinds = {example["message"]["template_type"] for example in PAGE_EXAMPLES.values()}
    assert kinds == {"text", "button", "generic", "list"}
    assert {example["page_id"] for example in PAGE_EXAMPLES.values()} == {PAGE_ID}
