"""One request opened: what came, how its signature was checked, what was answered."""

from __future__ import annotations

import hashlib
import html
import json
import re
import shlex
import subprocess
from collections.abc import Callable, Iterator

import pytest

from joinchat_django.api.signing import sign
from joinchat_django.sandbox import SandboxServer
from tests.programs import require_program

from .calling import Call
from .examples import PAGE_ID, SECRET, request, text

HELLO = text("Grüße 你好")
#: What a shell would take for something else.
TO_QUOTE = 'It\'s @ $HOME \\ `x`\n"!"'


@pytest.fixture
def opened(call: Call, sandbox: SandboxServer) -> Callable[[], str]:
    """Return the page of the latest request, as a person reads it."""

    def opened() -> str:
        entry = sandbox.inbox.entries()[1][-1]
        return html.unescape(call("GET", f"/?request={entry.number}").text)

    return opened


def shell_command(page: str) -> list[str]:
    """Return what a shell makes of the command to copy."""
    found = re.search(r'<pre hidden id="jc-curl-\d+">\n(.*?)</pre>', page, re.DOTALL)
    assert found
    return shlex.split(found[1])


def test_a_signature_that_matches_is_spelled_out(send: Call, opened: Callable[[], str]) -> None:
    body = json.dumps(HELLO).encode()
    send(body, {"X_Joinchat_Signature": sign(SECRET, body), "X-More": "a"})
    page = opened()
    assert "It matches." in page
    assert f"{len(body)} bytes" in page
    assert hashlib.sha256(body).hexdigest() in page
    assert f"X_Joinchat_Signature: {sign(SECRET, body)}" in page
    assert "<dt>X-More</dt><dd>a</dd>" in page
    assert '"success": true' in page


def test_a_signature_that_does_not_is_put_beside_the_right_one(
    send: Call, opened: Callable[[], str]
) -> None:
    body = json.dumps(HELLO).encode()
    send(body, {"x-joinchat-signature": sign("other", body)})
    page = opened()
    assert "the signature does not match" in page
    assert f"x-joinchat-signature: {sign('other', body)}" in page
    assert f"<code>{sign(SECRET, body)}</code>" in page
    assert '"success": false' in page


def test_a_request_without_a_signature_says_so(send: Call, opened: Callable[[], str]) -> None:
    send(json.dumps(HELLO).encode(), {"Content-Type": "application/json"})
    assert "no signature header" in opened()


def test_a_request_that_was_not_read_says_so(call: Call, opened: Callable[[], str]) -> None:
    call("POST", "/api/send_message", None, {"Content-Length": "2000000"})
    page = opened()
    assert "It was not checked" in page
    assert "Refused, answered with 413" in page


def test_the_json_is_shown_with_indents_and_the_body_byte_for_byte(
    call: Call, send: Call, opened: Callable[[], str], sandbox: SandboxServer
) -> None:
    body = b'{"page_id":12345,  "recipient":{"uuid":"1"},"message":{"text":"a\\u00fc"}}'
    send(body)
    page = opened()
    assert '{\n  "page_id": 12345,\n  "recipient": {' in page
    assert f">\n{body.decode()}</pre>" in page
    number = sandbox.inbox.entries()[1][-1].number
    answer = call("GET", f"/_sandbox/messages/{number}/body")
    assert answer.body == body
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert not answer.headers["Content-Type"].startswith("text/html")


def test_bytes_that_are_no_text_are_shown_in_hex(send: Call, opened: Callable[[], str]) -> None:
    send(b'{"a": "\xff\x00"}')
    page = opened()
    assert "000000  7b 22 61 22 3a 20 22 ff 00 22 7d" in page
    assert '{"a": "..' in page


def test_a_large_body_is_shown_in_part(send: Call, opened: Callable[[], str]) -> None:
    send(json.dumps({"surplus": "x" * 500_000}).encode())
    page = opened()
    assert "“Open” shows all of it" in page
    assert "Copy as curl" not in page
    assert len(page) < 100_000


def test_a_request_can_be_repeated_as_a_shell_command(
    send: Call, opened: Callable[[], str], sandbox: SandboxServer
) -> None:
    send(text(TO_QUOTE))
    words = shell_command(opened())
    assert words[:2] == ["curl", sandbox.api_url]
    assert words[-1].encode() == sandbox.inbox.accepted()[0].body


def test_curl_repeats_it_byte_by_byte(
    send: Call, opened: Callable[[], str], sandbox: SandboxServer
) -> None:
    require_program("curl")
    send(text(TO_QUOTE))
    words = shell_command(opened())
    subprocess.run([*words, "--silent", "--noproxy", "*"], check=True, capture_output=True)
    first, second = sandbox.inbox.accepted()
    assert first.body == second.body


def test_a_request_that_is_gone_says_so(call: Call) -> None:
    for number in ("999999", "x", "-1", "%00"):
        answer = call("GET", f"/?request={number}")
        assert answer.status == 200
        assert "not kept any more" in answer.text
    assert call("GET", "/_sandbox/messages/999999/body").status == 404


class TestForOtherMachines:
    """A sandbox that other machines can reach."""

    @pytest.fixture
    def sandbox(self) -> Iterator[SandboxServer]:
        with SandboxServer(page_id=PAGE_ID, api_secret=SECRET, allow_remote=True) as server:
            yield server

    def test_the_right_signature_is_not_told(self, send: Call, opened: Callable[[], str]) -> None:
        body = json.dumps(HELLO).encode()
        send(body, {"x_joinchat_signature": "AAAA"})
        page = opened()
        assert "not shown, since other machines can read this page" in page
        assert sign(SECRET, body) not in page


class TestLenient:
    """A sandbox that lets pass what the contract refuses."""

    @pytest.fixture
    def sandbox(self) -> Iterator[SandboxServer]:
        with SandboxServer(page_id=PAGE_ID, api_secret=SECRET, lenient=True) as server:
            yield server

    @pytest.mark.parametrize(
        "message",
        [{"template_type": "text", "text": "x" * 641}, {"template_type": "media"}, {}, [], "x", 1],
    )
    def test_what_it_let_pass_is_said_beside_the_message(
        self, message: object, call: Call, send: Call, opened: Callable[[], str]
    ) -> None:
        assert send(request(message)).json["success"] is True  # type: ignore[arg-type]
        for page in (call("GET", "/").text, opened()):
            assert "Let pass, since this sandbox is lenient" in page
            assert "message" in page
